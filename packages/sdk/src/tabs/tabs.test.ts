import { LIMITS } from '@kith/protocol';
import { TabLines } from '@kith/testkit/device/tab-lines';
import { FakeClock, settle } from '@kith/testkit/fake-clock';
import { Gate } from '@kith/testkit/gate';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeOwnLink } from '../../test/fixtures/person-scene.js';
import { welcome } from '../../test/fixtures/wire.js';
import { Value } from '../observable.js';
import { Presence } from '../presence/presence.js';
import { Refusal } from '../refusal.js';
import type { Link, LinkState } from '../wire/link.js';
import { type OutboxChange, Tabs, type Unkept } from './tabs.js';

const ANN = '00000000-0000-7000-8000-00000000000a';
const BEN = '00000000-0000-7000-8000-00000000000b';

type Tab = {
  readonly gate: Gate;
  readonly tabs: Tabs;
  readonly presence: Presence;
  readonly changed: OutboxChange[];
  readonly reloads: (Unkept | null)[];
  readonly own: () => FakeOwnLink;
};

let clock: FakeClock;
let channel: TabLines;
/** What the leader says to a change. */
let answer: (change: OutboxChange) => Promise<unknown>;
let settled: () => Promise<boolean>;

beforeEach(() => {
  const random = new SeededRandom(9);
  clock = new FakeClock();
  channel = new TabLines(clock, random);
  answer = async ({ key }) => ({ key });
  settled = async () => true;
});

function open(): Tab {
  const gate = new Gate(clock, 0);
  const random = new SeededRandom(11 + clock.monotonic());
  const changed: OutboxChange[] = [];
  const reloads: (Unkept | null)[] = [];
  let own: FakeOwnLink | null = null;
  const link: Pick<Link, 'command'> = { command: (name, params) => tabs.link.command(name, params) };
  const platform = { clock: gate.clock, random };
  const presence = new Presence({ ...platform, link });
  const connection = new Value<LinkState>({ kind: 'connecting' });
  const tabs: Tabs = new Tabs(channel.join(gate), {
    clock: gate.clock,
    random,
    owner: { ...link, platform, connection, presence, replica: { limits: LIMITS } },
    connect: (events) => {
      own = new FakeOwnLink(events);
      return own;
    },
    events: {
      onFrame: () => {},
      onState: ({ kind }) => {
        if (kind === 'open') presence.connected(LIMITS.watch);
        else presence.disconnected();
      },
    },
    onRole: async () => {},
    keeper: { isStoreGone: false, settled: () => settled() },
    reloadOutbox: async (unkept) => void reloads.push(unkept),
    changeOutbox: (change) => {
      changed.push(change);
      return answer(change);
    },
    forget: () => {},
  });
  tabs.link.start();
  const opened = () => {
    if (!own) throw new Error('this tab has no connection');
    return own;
  };
  return { gate, tabs, presence, changed, reloads, own: opened };
}

/** One that leads and is open, and others. */
async function several(count: number): Promise<readonly [Tab, ...Tab[]]> {
  const leader = open();
  await clock.advanceAsync(1_000);
  await leader.own().open(welcome());
  const followers = Array.from({ length: count - 1 }, () => open());
  await clock.advanceAsync(1_000);
  expect([leader, ...followers].map(({ tabs }) => tabs.isLeading)).toEqual([true, ...followers.map(() => false)]);
  // Each looks into the outbox as another joins.
  for (const { reloads } of [leader, ...followers]) reloads.length = 0;
  return [leader, ...followers];
}

/** Waits, on the clock, for what was asked. */
async function done<T>(asked: Promise<T>): Promise<T> {
  const watched = Promise.allSettled([asked]);
  await clock.advanceAsync(3_000);
  await watched;
  return await asked;
}

describe('one outbox of several tabs', () => {
  it.each(['edit', 'remove', 'retry', 'release', 'fail'] as const)(
    'is changed by the one that leads: %s',
    async (verb) => {
      const [leader, follower, other] = await several(3);
      const change = { verb, key: 'k', value: { text: 'a' } };
      await expect(done(follower?.tabs.changeOutbox(change) ?? Promise.reject())).resolves.toEqual({ key: 'k' });
      expect([leader.changed, follower?.changed, other?.changed]).toEqual([[change], [], []]);
      // It is between the tabs alone.
      expect(leader.own().calls.map(({ name }) => name)).not.toContain('outbox.change');
    },
  );

  it('tells what the leader refused with its code, and a bug of it as `unavailable`', async () => {
    const [, follower] = await several(2);
    const change = { verb: 'edit', key: 'k', value: {} } as const;
    answer = async () => {
      throw new Refusal({ code: 'conflict', message: 'on its way', retry: 'never' });
    };
    const refused = done(follower?.tabs.changeOutbox(change) ?? Promise.resolve());
    await expect(refused).rejects.toMatchObject({ code: 'conflict', message: 'on its way', retry: 'never' });
    answer = async () => {
      throw new Error('a bug');
    };
    const broken = done(follower?.tabs.changeOutbox(change) ?? Promise.resolve());
    await expect(broken).rejects.toMatchObject({ code: 'unavailable', retry: 'same_key' });
  });

  it('can not be changed without a leader, and can when there is another one', async () => {
    const [leader, follower, third] = await several(3);
    const change = { verb: 'edit', key: 'k', value: {} } as const;
    leader.gate.crash();
    const asked = done(follower?.tabs.changeOutbox(change) ?? Promise.resolve());
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', retry: 'same_key' });
    const tabs = [follower, third].filter((tab) => tab !== undefined);
    const next = tabs.find((tab) => tab.tabs.isLeading);
    await next?.own().open(welcome());
    await clock.advanceAsync(1_000);
    await done(tabs.find((tab) => !tab.tabs.isLeading)?.tabs.changeOutbox(change) ?? Promise.resolve());
    expect([leader.changed, next?.changed]).toEqual([[], [change]]);
  });

  it('is read anew by every other tab, once for all that one wrote in a turn', async () => {
    const tabs = await several(3);
    const [leader, follower, other] = tabs;
    for (let count = 0; count < 50; count += 1) follower?.tabs.wroteOutbox();
    await clock.advanceAsync(100);
    expect([leader.reloads, other?.reloads]).toEqual([[null], [null]]);
    for (const { reloads } of tabs) reloads.length = 0;
    for (let count = 0; count < 50; count += 1) leader.tabs.wroteOutbox();
    await clock.advanceAsync(100);
    expect(tabs.map(({ reloads }) => reloads)).toEqual([[], [null], [null]]);
    leader.tabs.wroteOutbox();
    await clock.advanceAsync(100);
    expect(other?.reloads).toEqual([null, null]);
  });

  it('is no news between one that has resigned and the one that leads next', async () => {
    const [leader, follower] = await several(2);
    // It is not let in yet.
    settled = () => new Promise(() => {});
    leader.tabs.link.resign();
    await clock.advanceAsync(300);
    expect([leader.tabs.isLeading, follower?.tabs.link.role]).toEqual([true, 'leader']);
    follower?.reloads.splice(0);
    follower?.tabs.wroteOutbox();
    await clock.advanceAsync(500);
    expect(follower?.reloads).toEqual([]);
  });

  it('has what the store did not take told to all as it is, at once', async () => {
    const [leader, follower, other] = await several(3);
    const unkept: Unkept = [
      ['k', { text: 'a' }],
      ['gone', null],
    ];
    follower?.tabs.wroteOutbox(unkept);
    await clock.advanceAsync(100);
    expect([leader.reloads, other?.reloads]).toEqual([[unkept], [unkept]]);
  });
});

describe('what several tabs want to see of people', () => {
  /** The person leaves the tab that leads for the other one. */
  async function atFollowerAlone(leader: Tab, follower: Tab | undefined): Promise<void> {
    follower?.tabs.say('away');
    await clock.advanceAsync(100);
    follower?.tabs.say('online');
    await clock.advanceAsync(100);
    leader.tabs.say('away');
    await clock.advanceAsync(5_000);
    expect(leader.own().calls.filter(({ name }) => name === 'presence.set')).toEqual([]);
  }

  it('is one watch of all of them, and what comes is shown by each', async () => {
    const [leader, follower] = await several(2);
    leader.presence.watch([ANN]);
    follower?.presence.watch([BEN]);
    await clock.advanceAsync(1_000);
    for (const call of leader.own().took('presence.watch')) await call.answer({ presence: [] });
    await clock.advanceAsync(5_000);
    leader.presence.take([{ user: BEN, status: 'online' }]);
    await clock.advanceAsync(100);
    expect(follower?.presence.of(BEN).getSnapshot()).toMatchObject({ status: 'online' });
    expect(follower?.presence.of(ANN).getSnapshot()).toMatchObject({ status: 'unknown' });
  });

  it('goes with a tab that is silent: whom it alone watched is watched no more, and it is not where the person is', async () => {
    const [leader, follower] = await several(2);
    const answerAll = async () => {
      for (const call of leader.own().calls.splice(0)) await call.answer({ presence: [] });
      await clock.advanceAsync(5_000);
    };
    leader.presence.watch([ANN]);
    follower?.presence.watch([BEN]);
    await atFollowerAlone(leader, follower);
    await answerAll();
    await answerAll();
    follower?.gate.crash();
    const seen: unknown[] = [];
    for (let waitedMs = 0; waitedMs < 90_000; waitedMs += 5_000) {
      seen.push(...leader.own().calls.map(({ name, params }) => [name, params]));
      await answerAll();
    }
    expect(seen).toContainEqual(['presence.watch', { users: [ANN] }]);
    expect(seen).toContainEqual(['presence.set', { status: 'away' }]);
  });

  it('lasts while a tab is only quiet: it says that it is there', async () => {
    const [leader, follower] = await several(2);
    await atFollowerAlone(leader, follower);
    await clock.advanceAsync(300_000);
    expect(leader.own().took('presence.set')).toEqual([]);
  });
});

describe('the end of a tab', () => {
  it('leaves no timer, whether it led or followed, also while it has news of the outbox to tell', async () => {
    const tabs = await several(3);
    for (const { tabs: one, gate, presence } of tabs.toReversed()) {
      one.wroteOutbox();
      presence.close();
      one.close();
      await settle();
      expect(gate.pending).toBe(0);
    }
    await clock.advanceAsync(10_000);
    expect(clock.pending).toBe(0);
  });
});
