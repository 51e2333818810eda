import type { Presence as PresenceState } from '@kith/protocol';
import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeLink } from '../../test/fixtures/fake-link.js';
import { Presence } from './presence.js';

const NOW = { retry: 'same_key' } as const;
const online = (...users: string[]): PresenceState[] => users.map((user) => ({ user, status: 'online' }));

describe('presence', () => {
  let clock: FakeClock;
  let link: FakeLink;
  let presence: Presence;

  beforeEach(() => {
    clock = new FakeClock();
    link = new FakeLink();
    presence = new Presence({ clock, link, random: new SeededRandom(1) });
    presence.connected(200);
  });
  const asked = () => link.calls.splice(0).map(({ params }) => params.users);
  const statusOf = (user: string) => presence.of(user).getSnapshot().status;
  const answer = async (...states: PresenceState[]) => link.calls.splice(0)[0]?.answer({ presence: states });

  it('[G5] is watched for all parts of an app with one command, and again only when somebody comes or goes', async () => {
    const list = presence.watch(['a', 'b']);
    const header = presence.watch(['b', 'c']);
    expect(asked()).toEqual([]);
    clock.advance(0);
    expect(link.calls.map(({ params }) => params.users)).toEqual([['a', 'b', 'c']]);
    await answer(...online('a', 'b', 'c'));
    list.set(['b', 'a']);
    header.set(['c']);
    clock.advance(0);
    expect(asked()).toEqual([]);
    list.end();
    clock.advance(0);
    expect(link.calls.map(({ params }) => params.users)).toEqual([['c']]);
    await answer(...online('c'));
    expect([statusOf('a'), statusOf('c')]).toEqual(['unknown', 'online']);
    header.end();
    clock.advance(0);
    expect(asked()).toEqual([[]]);
  });

  it('watches those whom everybody wants most where there is no room for all', () => {
    presence.connected(3);
    presence.watch(['a', 'b', 'c', 'd']);
    presence.watch(['x', 'a', 'y']);
    clock.advance(0);
    expect(asked()).toEqual([['a', 'x', 'b']]);
  });

  it('has one command on its way, and sends what was wanted meanwhile after its answer', async () => {
    const list = presence.watch(['a']);
    clock.advance(0);
    list.set(['b']);
    clock.advance(0);
    list.set(['c']);
    clock.advance(0);
    expect(link.calls.map(({ params }) => params.users)).toEqual([['a']]);
    await answer(...online('a'));
    expect(asked()).toEqual([['c']]);
    expect(statusOf('a')).toBe('unknown');
  });

  it('[G5] is watched again after each welcome, and unknown while there is no connection', async () => {
    presence.watch(['a']);
    clock.advance(0);
    const late = link.calls.splice(0)[0];
    presence.disconnected();
    await late?.answer({ presence: online('a') });
    expect([statusOf('a'), asked()]).toEqual(['unknown', []]);
    presence.connected(200);
    await answer(...online('a'));
    expect(statusOf('a')).toBe('online');
    presence.disconnected();
    expect(statusOf('a')).toBe('unknown');
    presence.take(online('a'));
    expect(statusOf('a')).toBe('unknown');
    presence.connected(200);
    expect(asked()).toEqual([['a']]);
  });

  it('takes no notice of answers and refusals of an earlier connection', async () => {
    const list = presence.watch(['a']);
    clock.advance(0);
    const [first] = link.calls.splice(0);
    presence.connected(200);
    const [second] = link.calls.splice(0);
    await first?.answer({ presence: online('a') });
    presence.connected(200);
    await second?.refuse('unavailable', NOW);
    list.set(['b']);
    clock.advance(30_000);
    expect([statusOf('a'), asked()]).toEqual(['unknown', [['a']]]);
  });

  it('[G6] follows signals about those who are watched, and tells of changes alone', async () => {
    let calls = 0;
    presence.watch(['a']);
    const a = presence.of('a');
    a.subscribe(() => {
      calls += 1;
    });
    clock.advance(0);
    await answer({ user: 'a', status: 'offline', lastSeenAt: 5 });
    const shown = a.getSnapshot();
    presence.take([{ user: 'a', status: 'offline', lastSeenAt: 5 }, ...online('b')]);
    expect([a.getSnapshot() === shown, calls, statusOf('b')]).toEqual([true, 1, 'unknown']);
    presence.take([{ user: 'a', status: 'offline', lastSeenAt: 6 }]);
    expect([a.getSnapshot().lastSeenAt, calls]).toEqual([6, 2]);
  });

  it('believes a signal more than an answer that it has overtaken', async () => {
    presence.watch(['a', 'b']);
    clock.advance(0);
    const [call] = link.calls.splice(0);
    const answered = call?.answer({ presence: online('a', 'b') });
    presence.take([{ user: 'a', status: 'offline' }]);
    await answered;
    expect([statusOf('a'), statusOf('b')]).toEqual(['offline', 'online']);
  });

  it('[E2] is asked for again as late as the server says, and not before it changes where that refuses for good', async () => {
    const list = presence.watch(['a']);
    clock.advance(0);
    await link.calls.splice(0)[0]?.refuse('rate_limited', { ...NOW, retryAfterMs: 7_000 });
    list.set(['a', 'b']);
    clock.advance(6_999);
    expect(asked()).toEqual([]);
    clock.advance(1);
    await link.calls.splice(0)[0]?.refuse('forbidden', { retry: 'new_key' });
    clock.advance(60_000);
    list.set(['b', 'a']);
    clock.advance(0);
    expect(asked()).toEqual([]);
    list.set(['a']);
    clock.advance(0);
    expect(asked()).toEqual([['a']]);
  });

  it('is asked for again after a refusal even where that changes nothing, later each time until it succeeds', async () => {
    const list = presence.watch(['a']);
    clock.advance(0);
    for (const waitMs of [500, 1_000, 2_000]) {
      await link.calls.splice(0)[0]?.refuse('unavailable', NOW);
      clock.advance(waitMs / 2 - 1);
      expect(link.calls).toEqual([]);
      clock.advance(waitMs / 2 + 1);
      expect(link.calls.map(({ params }) => params.users)).toEqual([['a']]);
    }
    await answer(...online('a'));
    list.set(['b']);
    clock.advance(0);
    await link.calls.splice(0)[0]?.refuse('unavailable', NOW);
    clock.advance(500);
    expect(asked()).toEqual([['b']]);
  });

  it('is asked for what was wanted while it was refused for good', async () => {
    const list = presence.watch(['a']);
    clock.advance(0);
    list.set(['b']);
    clock.advance(0);
    await link.calls.splice(0)[0]?.refuse('forbidden', { retry: 'new_key' });
    expect(asked()).toEqual([['b']]);
  });

  it('[G7] says that the person is away, again after each welcome and refusal, and no more than that', async () => {
    presence.say('online');
    expect(link.calls).toEqual([]);
    presence.say('away');
    presence.say('away');
    expect(link.calls.map(({ name, params }) => [name, params.status])).toEqual([['presence.set', 'away']]);
    await link.calls.splice(0)[0]?.refuse('rate_limited', { ...NOW, retryAfterMs: 9_000 });
    presence.say('online');
    presence.say('away');
    expect(link.calls).toEqual([]);
    clock.advance(9_000);
    expect(link.calls.splice(0).map(({ params }) => params.status)).toEqual(['away']);
    presence.disconnected();
    presence.connected(200);
    expect(link.calls.splice(0).map(({ params }) => params.status)).toEqual(['away']);
    presence.disconnected();
    presence.say('online');
    presence.connected(200);
    expect(link.calls).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    presence.watch(['a']);
    clock.advance(0);
    await link.calls.splice(0)[0]?.refuse('rate_limited', { ...NOW, retryAfterMs: 7_000 });
    presence.watch(['b']);
    presence.close();
    expect(clock.pending).toBe(0);
  });
});
