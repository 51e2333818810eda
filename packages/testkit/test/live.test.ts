// What people see of each other while they are there: presence with its grace period, typing, marks, and what a second
// node makes of it. Two nodes of the shipped core on a clock that the test moves; nothing is lost unless the test says so.
import { type ConversationId, type Key, LIMITS, makeId, TIMES } from '@kith/protocol';
import type { Stream } from '@kith/server/core/chat';
import type { Principal } from '@kith/server/core/principal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Cluster, type ClusterNode } from '../src/cluster/cluster.js';
import { Recorder } from '../src/cluster/recorder.js';
import { NO_BUS_FAULTS } from '../src/faulty-bus.js';

type There = { readonly who: Principal; readonly node: ClusterNode; readonly stream: Stream; readonly sink: Recorder };

let cluster: Cluster;
let ann: Principal;
let bob: Principal;

beforeEach(async () => {
  cluster = new Cluster(1, { faults: NO_BUS_FAULTS, maxStoreDelayMs: 2 });
  await cluster.start(2);
  ann = await cluster.addPerson('ann');
  bob = await cluster.addPerson('bob');
});

afterEach(async () => {
  await cluster.stop();
  expect(cluster.reported).toEqual([]);
});

/** Waits, on the fake clock, for what was asked. */
async function done<T>(asked: Promise<T>): Promise<T> {
  let isDone = false;
  const watched = asked.finally(() => {
    isDone = true;
  });
  watched.catch(() => {});
  for (let round = 0; round < 200 && !isDone; round += 1) await cluster.clock.advanceAsync(1);
  return watched;
}

async function arrive(who: Principal, node = 0, since?: string): Promise<There> {
  const sink = new Recorder();
  const at = cluster.nodes[node];
  if (!at) throw new Error('no such node');
  const hello = { type: 'hello', token: 'none', ...(since === undefined ? {} : { since }) } as const;
  const stream = await done(at.core.open(who, hello, sink));
  return { who, node: at, stream, sink };
}

async function talk(from: There, to: Principal): Promise<ConversationId> {
  const params = { kind: 'direct' as const, members: [to.user] };
  const made = await done(from.node.core.execute(callerOf(from), 'conversation.create', params));
  await cluster.clock.advanceAsync(50);
  return made.summary.id as ConversationId;
}

async function say(from: There, conversation: ConversationId, text: string): Promise<number> {
  const key = makeId<Key>(cluster.clock.now(), cluster.random.bytes(10));
  const written = await done(from.node.core.execute(callerOf(from), 'message.send', { conversation, key, text }));
  return written.seq;
}

function callerOf({ who, stream }: There) {
  return { principal: who, stream };
}

async function watch(from: There, users: readonly Principal[]) {
  const answer = await done(
    from.node.core.execute(callerOf(from), 'presence.watch', { users: users.map(({ user }) => user) }),
  );
  return answer.presence.map(({ status }) => status);
}

describe('presence', () => {
  it('[G2] is told to one who watches on another node within a second', async () => {
    const here = await arrive(ann, 0);
    expect(await watch(here, [bob])).toEqual(['offline']);
    await arrive(bob, 1);
    await cluster.clock.advanceAsync(1_100);
    expect(here.sink.signals('presence').flatMap(({ presence }) => presence)).toEqual([
      { user: bob.user, status: 'online' },
    ]);
  });

  it('finds out about one who was there before, on another node', async () => {
    await arrive(bob, 1);
    const here = await arrive(ann, 0);
    await watch(here, [bob]);
    await cluster.clock.advanceAsync(1_100);
    expect(here.sink.signals('presence').at(-1)?.presence).toEqual([{ user: bob.user, status: 'online' }]);
  });

  it('publishes no offline when the person is back within the grace period', async () => {
    const here = await arrive(ann);
    const first = await arrive(bob);
    expect(await watch(here, [bob])).toEqual(['online']);
    first.stream.closed();
    await cluster.clock.advanceAsync(TIMES.presenceGraceMs - 1_000);
    await arrive(bob);
    await cluster.clock.advanceAsync(60_000);
    expect(here.sink.signals('presence')).toEqual([]);
  });

  it('publishes exactly one offline, with the time, when nobody comes back', async () => {
    const here = await arrive(ann);
    const there = await arrive(bob);
    await watch(here, [bob]);
    there.stream.closed();
    await cluster.clock.advanceAsync(TIMES.presenceGraceMs + 1_100);
    const told = here.sink.signals('presence').flatMap(({ presence }) => presence);
    expect(told).toEqual([{ user: bob.user, status: 'offline', lastSeenAt: expect.any(Number) }]);
    await cluster.clock.advanceAsync(60_000);
    expect(here.sink.signals('presence')).toHaveLength(1);
  });

  it('shows no change of a socket that flaps every 5 s for 5 minutes', async () => {
    const here = await arrive(ann, 0);
    let there = await arrive(bob, 1);
    await watch(here, [bob]);
    await cluster.clock.advanceAsync(2_000);
    here.sink.clear();
    for (let flap = 0; flap < 60; flap += 1) {
      there.stream.closed();
      await cluster.clock.advanceAsync(5_000);
      there = await arrive(bob, 1);
    }
    expect(here.sink.signals('presence')).toEqual([]);
  });

  it('shows away when every device is away, and online again', async () => {
    const here = await arrive(ann);
    const phone = await arrive(bob);
    const desk = await arrive(bob, 1);
    await watch(here, [bob]);
    await cluster.clock.advanceAsync(2_000);
    here.sink.clear();
    await done(phone.node.core.execute(callerOf(phone), 'presence.set', { status: 'away' }));
    await cluster.clock.advanceAsync(2_000);
    expect(here.sink.signals('presence')).toEqual([]);
    await done(desk.node.core.execute(callerOf(desk), 'presence.set', { status: 'away' }));
    await cluster.clock.advanceAsync(2_000);
    await done(desk.node.core.execute(callerOf(desk), 'presence.set', { status: 'online' }));
    await cluster.clock.advanceAsync(2_000);
    const told = here.sink.signals('presence').flatMap(({ presence }) => presence.map(({ status }) => status));
    expect(told).toEqual(['away', 'online']);
  });

  it('forgets a node that died when its lease runs out', async () => {
    const here = await arrive(ann, 0);
    const there = await arrive(bob, 1);
    await watch(here, [bob]);
    await cluster.clock.advanceAsync(2_000);
    cluster.kill(there.node);
    here.sink.clear();
    await cluster.clock.advanceAsync(100_000);
    expect(here.sink.signals('presence').flatMap(({ presence }) => presence.map(({ status }) => status))).toEqual([
      'offline',
    ]);
  });

  it('answers unknown for somebody who is not in the workspace', async () => {
    const here = await arrive(ann);
    const stranger = { ...bob, user: ann.workspace as never };
    expect(await watch(here, [stranger])).toEqual(['unknown']);
  });
});

describe('typing', () => {
  it('is shown to the others, on every node, and never to the one who types', async () => {
    const here = await arrive(ann, 0);
    const there = await arrive(bob, 1);
    const conversation = await talk(here, bob);
    here.node.core.signal(callerOf(here), { name: 'typing', conversation });
    await cluster.clock.advanceAsync(100);
    expect(there.sink.signals('typing')).toMatchObject([{ users: [ann.user], expiresInMs: 5_000 }]);
    expect(here.sink.signals('typing')).toEqual([]);
  });

  it('is gathered: fifty who type in a large group make at most one frame a second', async () => {
    const here = await arrive(ann);
    const typists: There[] = [];
    for (let index = 0; index < 50; index += 1) typists.push(await arrive(await cluster.addPerson(`typist${index}`)));
    const params = { kind: 'group' as const, members: typists.map(({ who }) => who.user), name: 'many' };
    const made = await done(here.node.core.execute(callerOf(here), 'conversation.create', params));
    await cluster.clock.advanceAsync(500);
    const conversation = made.summary.id;
    for (let second = 0; second < 10; second += 1) {
      for (const typist of typists) typist.node.core.signal(callerOf(typist), { name: 'typing', conversation });
      await cluster.clock.advanceAsync(1_000);
    }
    expect(here.sink.signals('typing').length).toBeGreaterThan(5);
    expect(here.sink.signals('typing').length).toBeLessThanOrEqual(11);
  });

  it('leaves nothing in the log and nothing for one who comes later', async () => {
    const here = await arrive(ann);
    const conversation = await talk(here, bob);
    const before = cluster.store.conversations.get(conversation)?.entries.length;
    here.node.core.signal(callerOf(here), { name: 'typing', conversation });
    await cluster.clock.advanceAsync(100);
    const late = await arrive(bob);
    await cluster.clock.advanceAsync(10_000);
    expect(late.sink.signals('typing')).toEqual([]);
    expect(cluster.store.conversations.get(conversation)?.entries.length).toBe(before);
  });

  it('is not told any more once what was typed is sent', async () => {
    const here = await arrive(ann);
    const there = await arrive(bob);
    const conversation = await talk(here, bob);
    for (let key = 0; key < 3; key += 1) {
      here.node.core.signal(callerOf(here), { name: 'typing', conversation });
      await cluster.clock.advanceAsync(200);
    }
    await say(here, conversation, 'here it is');
    await cluster.clock.advanceAsync(5_000);
    expect(there.sink.signals('typing')).toHaveLength(1);
  });

  it('of a stranger is dropped', async () => {
    const here = await arrive(ann);
    const conversation = await talk(here, bob);
    const stranger = await arrive(await cluster.addPerson('eve'));
    stranger.node.core.signal(callerOf(stranger), { name: 'typing', conversation });
    await cluster.clock.advanceAsync(100);
    expect(here.sink.signals('typing')).toEqual([]);
  });
});

describe('marks', () => {
  it('of two hundred messages read one by one make at most two frames for the others', async () => {
    const here = await arrive(ann, 0);
    const there = await arrive(bob, 1);
    const conversation = await talk(here, bob);
    for (let index = 0; index < 200; index += 1) await say(here, conversation, `message ${index}`);
    await cluster.clock.advanceAsync(3_000);
    here.sink.clear();
    const epoch = cluster.store.conversations.get(conversation)?.entries[0]?.entry.epoch ?? 0;
    for (let read = 2; read <= 201; read += 1) {
      there.node.core.signal(callerOf(there), { name: 'marks', conversation, epoch, read });
      await cluster.clock.advanceAsync(5);
    }
    await cluster.clock.advanceAsync(3_000);
    const told = here.sink.signals('marks');
    expect(told.length).toBeLessThanOrEqual(2);
    expect(told.at(-1)?.marks).toEqual([{ user: bob.user, delivered: 201, read: 201 }]);
  });

  it('reach the own other device within a second, with fresh counts', async () => {
    const here = await arrive(ann);
    const phone = await arrive(bob, 0);
    const desk = await arrive(bob, 1);
    const conversation = await talk(here, bob);
    const seq = await say(here, conversation, 'hello');
    const epoch = cluster.store.conversations.get(conversation)?.entries[0]?.entry.epoch ?? 0;
    phone.node.core.signal(callerOf(phone), { name: 'marks', conversation, epoch, read: seq });
    await cluster.clock.advanceAsync(1_000);
    expect(desk.sink.signals('marks').at(-1)).toMatchObject({ unread: 0, mentions: 0, marks: [{ read: seq }] });
  });

  it('never go back, pass the head or cross an epoch', async () => {
    const here = await arrive(ann);
    const there = await arrive(bob);
    const conversation = await talk(here, bob);
    const seq = await say(here, conversation, 'hello');
    const epoch = cluster.store.conversations.get(conversation)?.entries[0]?.entry.epoch ?? 0;
    for (const [at, read] of [
      [epoch, seq],
      [epoch, 1],
      [epoch, 1_000],
      [epoch + 1, seq],
    ] as const) {
      there.node.core.signal(callerOf(there), { name: 'marks', conversation, epoch: at, read });
      await cluster.clock.advanceAsync(2_500);
    }
    const { summary } = await done(there.node.core.execute(callerOf(there), 'conversation.read', { conversation }));
    expect(summary).toMatchObject({ read: seq, delivered: seq, unread: 0 });
  });

  it('are not pushed to others in a group above the limit', async () => {
    const here = await arrive(ann);
    const members: string[] = [];
    for (let index = 0; index < LIMITS.receiptMembers + 1; index += 1) {
      members.push((await cluster.addPerson(`member${index}`)).user);
    }
    const there = await arrive(bob);
    const params = { kind: 'group' as const, members: [bob.user, ...members], name: 'large' };
    const made = await done(here.node.core.execute(callerOf(here), 'conversation.create', params));
    const conversation = made.summary.id as ConversationId;
    const seq = await say(here, conversation, 'hello all');
    there.node.core.signal(callerOf(there), { name: 'marks', conversation, epoch: made.summary.epoch, read: seq });
    await cluster.clock.advanceAsync(3_000);
    expect(here.sink.signals('marks')).toEqual([]);
    const asked = await done(here.node.core.execute(callerOf(here), 'marks.read', { conversation, seq }));
    expect(asked.items.map(({ user }) => user)).toContain(bob.user);
  });
});

describe('settings', () => {
  it('[B3] that mute a conversation bring its summary before the entry that says so, on every device', async () => {
    const here = await arrive(ann);
    const conversation = await talk(here, bob);
    const phone = await arrive(ann, 1);
    const name = `mute:${conversation}`;
    await done(here.node.core.execute(callerOf(here), 'setting.set', { name, value: true }));
    await say(here, conversation, 'still heard');
    await cluster.clock.advanceAsync(100);
    for (const { sink } of [here, phone]) {
      const at = sink.frames.findLastIndex((frame) => frame.type === 'entry' && frame.kind === 'setting.set');
      const before = sink.frames.findLastIndex((frame) => frame.type === 'conversation');
      expect(sink.frames[before]).toMatchObject({ summary: { id: conversation, muted: true, pushedAfter: 1 } });
      expect(before).toBe(at - 1);
      const said = sink.of('entry').filter((entry) => entry.conversation === conversation);
      expect(said.at(-1)?.seq).toBe(2);
    }
  });
});

describe('a second node', () => {
  it('brings everything to one who slept for an hour and wakes at another node, and ends the old stream', async () => {
    const here = await arrive(ann, 0);
    const sink = new Recorder();
    const hello = { type: 'hello', token: 'none', instance: 'a-laptop' } as const;
    const [one, two] = cluster.nodes;
    await done(one?.core.open(bob, hello, sink) ?? Promise.reject(new Error('no node')));
    const conversation = await talk(here, bob);
    await cluster.clock.advanceAsync(15_000);
    const since = sink.of('synced').at(-1)?.since ?? '';
    sink.clear();
    // The lid is closed: nothing that is sent now will ever be read.
    for (let minute = 0; minute < 60; minute += 1) {
      await say(here, conversation, `minute ${minute}`);
      await cluster.clock.advanceAsync(60_000);
    }
    const awake = new Recorder();
    await done(two?.core.open(bob, { ...hello, since }, awake) ?? Promise.reject(new Error('no node')));
    await cluster.clock.advanceAsync(100);
    expect(sink.closed).toBe('replaced');
    const missed = awake.of('entry').filter((entry) => entry.conversation === conversation);
    expect(missed.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, index) => index + 2));
  });

  it('delivers in order what the other one wrote, at once', async () => {
    const here = await arrive(ann, 0);
    const there = await arrive(bob, 1);
    const conversation = await talk(here, bob);
    for (let index = 0; index < 20; index += 1) await say(here, conversation, `message ${index}`);
    await cluster.clock.advanceAsync(50);
    const seqs = there.sink.of('entry').filter((entry) => entry.conversation === conversation);
    expect(seqs.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  it('mends a lost last publish within five seconds without further traffic', async () => {
    const here = await arrive(ann, 0);
    const there = await arrive(bob, 1);
    const conversation = await talk(here, bob);
    cluster.hub.setFaults({ lose: 1, double: 0, delay: 0, maxDelayMs: 1 });
    const seq = await say(here, conversation, 'unheard');
    expect(there.sink.of('entry').some((entry) => entry.seq === seq && entry.conversation === conversation)).toBe(
      false,
    );
    await cluster.clock.advanceAsync(5_000);
    expect(
      there.sink.of('entry').filter((entry) => entry.conversation === conversation && entry.seq === seq),
    ).toHaveLength(1);
  });

  it('learns of a new conversation within five seconds although the bus lost the first word of it', async () => {
    const here = await arrive(ann, 0);
    const there = await arrive(bob, 1);
    cluster.hub.setFaults({ lose: 1, double: 0, delay: 0, maxDelayMs: 1 });
    const conversation = await talk(here, bob);
    await cluster.clock.advanceAsync(5_000);
    const kinds = there.sink.frames.flatMap((frame) =>
      frame.type === 'conversation' && frame.summary.id === conversation
        ? ['announced']
        : frame.type === 'entry' && frame.conversation === conversation
          ? [`entry ${frame.seq}`]
          : [],
    );
    expect(kinds).toEqual(['announced', 'entry 1']);
  });

  it('ends the streams of a session that was revoked elsewhere', async () => {
    const there = await arrive(bob, 1);
    cluster.nodes[0]?.core.revoked(bob.user, bob.session);
    await cluster.clock.advanceAsync(100);
    expect(there.sink.closed).toBe('session_revoked');
  });

  it('takes the place of an earlier connection of the same run of an app', async () => {
    const first = new Recorder();
    const second = new Recorder();
    const hello = { type: 'hello', token: 'none', instance: 'one-run' } as const;
    const [one, two] = cluster.nodes;
    await done(one?.core.open(bob, hello, first) ?? Promise.reject(new Error('no node')));
    await done(two?.core.open(bob, hello, second) ?? Promise.reject(new Error('no node')));
    await cluster.clock.advanceAsync(50);
    expect([first.closed, second.closed]).toEqual(['replaced', null]);
  });
});

describe('catching up', () => {
  it('[C2] brings exactly what was missed during a brief cut, in order, with no full reload', async () => {
    const here = await arrive(ann);
    const first = await arrive(bob);
    const conversation = await talk(here, bob);
    const unchanged = await talk(here, await cluster.addPerson('carl'));
    await cluster.clock.advanceAsync(12_000);
    const since = first.sink.of('synced').at(-1)?.since;
    first.stream.closed();
    for (let index = 0; index < 100; index += 1) await say(here, conversation, `missed ${index}`);
    const back = await arrive(bob, 1, since);
    const [welcome] = back.sink.of('welcome');
    expect(welcome?.conversations.map(({ id }) => id)).toEqual([conversation]);
    expect(welcome?.conversations.map(({ id }) => id)).not.toContain(unchanged);
    expect(welcome?.conversations[0]).toMatchObject({ pushedAfter: 1, head: 101, unread: 100 });
    const missed = back.sink.of('entry').map(({ seq }) => seq);
    expect(missed).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
    expect(back.sink.of('synced')).toHaveLength(1);
  });

  it('leaves it to the client to read where too much was missed', async () => {
    const here = await arrive(ann);
    const first = await arrive(bob);
    const conversation = await talk(here, bob);
    await cluster.clock.advanceAsync(12_000);
    const since = first.sink.of('synced').at(-1)?.since;
    first.stream.closed();
    for (let index = 0; index <= LIMITS.catchUpEntries; index += 1) await say(here, conversation, `missed ${index}`);
    const back = await arrive(bob, 0, since);
    const head = LIMITS.catchUpEntries + 2;
    expect(back.sink.of('welcome')[0]?.conversations[0]).toMatchObject({ pushedAfter: head, head });
    expect(back.sink.of('entry')).toEqual([]);
    await say(here, conversation, 'live');
    expect(back.sink.of('entry').map(({ seq }) => seq)).toEqual([head + 1]);
  });

  it('with a cursor of another store is a reset with everything', async () => {
    const here = await arrive(ann);
    await talk(here, bob);
    const back = await arrive(bob, 0, 'nonsense');
    expect(back.sink.of('welcome')[0]).toMatchObject({ reset: true, more: false });
    expect(
      back.sink
        .of('welcome')[0]
        ?.conversations.map(({ kind }) => kind)
        .sort(),
    ).toEqual(['direct', 'self']);
  });
});
