import { FakeClock, settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { outgoing } from '../core/live/sink.js';
import type { SocketListener } from './client-socket.js';
import { PollSocket } from './poll-socket.js';

class Log implements SocketListener {
  readonly said: string[] = [];
  message(): void {}
  ping(): void {}
  pong(): void {}
  closing(): void {
    this.said.push('closing');
  }
  closed(): void {
    this.said.push('closed');
  }
}

describe('polls', () => {
  let clock: FakeClock;
  let log: Log;
  let socket: PollSocket;
  let answers: string[];
  let hungUp: number;

  beforeEach(() => {
    clock = new FakeClock();
    log = new Log();
    socket = new PollSocket(clock);
    socket.listen(log);
    answers = [];
    hungUp = 0;
  });
  const poll = (waitMs: number | null = 25_000) => {
    const hangUp = () => {
      hungUp += 1;
    };
    void socket.poll(waitMs, hangUp).then((list) => answers.push(list.toString()));
  };
  const item = (afterMs: number) => outgoing({ type: 'bye', code: 'c', reconnect: true, afterMs });
  const write = (afterMs: number) => socket.write(socket.framing.bytesOf(item(afterMs)));
  const seen = () => answers.map((list) => (JSON.parse(list) as { afterMs?: number }[]).map((each) => each.afterMs));

  it('[F7] are answered with all of a flush at once, and with nothing when the time is up', async () => {
    poll();
    write(1);
    write(2);
    await settle();
    expect(seen()).toEqual([[1, 2]]);
    socket.left(true);
    poll(1_000);
    await clock.advanceAsync(999);
    expect(answers).toHaveLength(1);
    await clock.advanceAsync(1);
    expect(answers[1]).toBe('[]');
    expect(clock.pending).toBe(0);
  });

  it('[F7] are answered at once where something waits, and the opening only then', async () => {
    poll(null);
    await clock.advanceAsync(100_000);
    expect(answers).toEqual([]);
    write(1);
    await settle();
    socket.left(true);
    write(2);
    await settle();
    expect(socket.writableLength).toBeGreaterThan(0);
    poll();
    await settle();
    expect(seen()).toEqual([[1], [2]]);
    expect(socket.writableLength).toBe(0);
  });

  it('take what waits behind them into the same answer, and no more than is good', async () => {
    let behind = 20;
    const more = () => {
      behind -= 1;
      socket.write(Buffer.from(`,"${'x'.repeat(65_536)}"`));
      if (behind > 0) socket.once('drain', more);
    };
    socket.once('drain', more);
    write(1);
    poll();
    await settle();
    expect(answers[0]?.length).toBeGreaterThan(262_144);
    expect(answers[0]?.length).toBeLessThan(2 * 262_144);
    socket.left(true);
    poll();
    await settle();
    expect(answers).toHaveLength(2);
    expect(JSON.parse(answers[1] ?? '')).not.toHaveLength(0);
  });

  it('wait for the answer before theirs to be gone, so that nothing overtakes', async () => {
    poll();
    write(1);
    await settle();
    poll();
    write(2);
    await settle();
    expect(seen()).toEqual([[1]]);
    expect(socket.isPresent).toBe(true);
    socket.left(true);
    await settle();
    expect(seen()).toEqual([[1], [2]]);
  });

  it('[F8] end with the code, in the answer that waits or in the next one', async () => {
    poll();
    socket.close(4_403);
    await settle();
    expect(answers).toEqual(['[{"type":"end","code":4403}]']);
    expect(log.said).toEqual(['closing']);
    socket.left(true);
    expect(log.said).toEqual(['closing', 'closed']);

    const [later, other] = [new PollSocket(clock), new Log()];
    later.listen(other);
    later.write(later.framing.bytesOf(item(1)));
    await settle();
    later.close(4_000);
    later.close(4_001);
    const list = await later.poll(1_000, () => {});
    expect(JSON.parse(list.toString())).toMatchObject([{ afterMs: 1 }, { type: 'end', code: 4_000 }]);
    later.left(true);
    expect(other.said).toEqual(['closing', 'closed']);
  });

  it('[F9] end their connection where one is cut, before or while it is answered', async () => {
    poll();
    socket.left(false);
    expect(log.said).toEqual(['closed']);
    write(1);
    await settle();
    expect(clock.pending).toBe(0);

    const [other, otherLog] = [new PollSocket(clock), new Log()];
    other.listen(otherLog);
    void other.poll(1_000, () => {});
    other.write(other.framing.bytesOf(item(1)));
    await settle();
    other.left(false);
    expect(otherLog.said).toEqual(['closed']);
    expect(other.destroyed).toBe(true);
  });

  it('are hung up on where the connection ends without a word', async () => {
    poll();
    write(1);
    await settle();
    socket.terminate();
    expect(hungUp).toBe(1);
    expect(log.said).toEqual(['closed']);
    socket.left(false);
    expect(log.said).toEqual(['closed']);
    poll();
    await settle();
    expect(answers.at(-1)).toBe('[]');
  });
});
