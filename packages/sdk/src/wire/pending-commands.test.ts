import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { PendingCommands } from './pending-commands.js';
import type { OutgoingFrame } from './transport.js';

describe('commands that wait for their answers', () => {
  let clock: FakeClock;
  let sent: number[];
  let commands: PendingCommands;

  beforeEach(() => {
    clock = new FakeClock();
    sent = [];
    const send = (frame: OutgoingFrame) => {
      if (frame.type === 'command') sent.push(frame.id);
    };
    commands = new PendingCommands(clock, send);
  });
  const ask = () => {
    const asked = commands.ask('users.read', { ids: [] });
    asked.catch(() => {});
    return asked;
  };

  it('get the one that bears their id, in whatever order they come', async () => {
    const [first, second] = [ask(), ask()];
    commands.refused(2, { code: 'rate_limited', message: 'm', retry: 'same_key', retryAfterMs: 9 });
    commands.answered(1, { users: [] });
    commands.answered(1, { users: ['again'] });
    commands.answered(99, {});
    await expect(first).resolves.toEqual({ users: [] });
    await expect(second).rejects.toMatchObject({ code: 'rate_limited', retry: 'same_key', retryAfterMs: 9 });
    expect(clock.pending).toBe(0);
  });

  it('[E4] are refused by what is said of retrying where the code is not known', async () => {
    const asked = ask();
    commands.refused(1, { code: 'too_late', message: 'm', retry: 'new_key' });
    await expect(asked).rejects.toMatchObject({ code: 'too_late', retry: 'new_key' });
  });

  it('[W7] are no more on their way than the server takes, and the others go in order', () => {
    commands.allow(3);
    for (let count = 0; count < 6; count += 1) void ask();
    expect(sent).toEqual([1, 2, 3]);
    commands.answered(2, {});
    expect(sent).toEqual([1, 2, 3, 4]);
    commands.allow(5);
    expect(sent).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('go one by one where a server names no limit that is one', () => {
    commands.allow(0);
    void ask();
    void ask();
    expect(sent).toEqual([1]);
  });

  it('are refused where too many wait', async () => {
    commands.allow(1);
    for (let count = 0; count < 1_001; count += 1) void ask();
    await expect(ask()).rejects.toMatchObject({ code: 'unavailable' });
    commands.answered(1, {});
    void ask();
    expect(sent).toEqual([1, 2]);
  });

  it('[E3] are `unavailable` when the stream goes, sent or not', async () => {
    commands.allow(1);
    const asked = [ask(), ask()];
    commands.dropAll();
    for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'unavailable', retry: 'same_key' });
    expect(sent).toEqual([1]);
    expect(clock.pending).toBe(0);
    void ask();
    expect(sent).toEqual([1, 3]);
  });

  it('are `unavailable` after a minute without an answer, and make room', async () => {
    commands.allow(1);
    const first = ask();
    clock.advance(30_000);
    void ask();
    await clock.advanceAsync(30_000);
    await expect(first).rejects.toMatchObject({ code: 'unavailable' });
    expect(sent).toEqual([1, 2]);
    clock.advance(59_999);
    expect(clock.pending, 'the minute of the second began when it was sent').toBe(1);
    clock.advance(1);
    expect(clock.pending).toBe(0);
  });
});
