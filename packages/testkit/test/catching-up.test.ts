// What a second node makes of the first one's writes, and what comes back to one who was away.
import { randomUUID } from 'node:crypto';
import { LIMITS } from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Recorder } from '../src/cluster/recorder.js';
import { Scene } from '../src/cluster/scene.js';

let scene: Scene;
let ann: Principal;
let bob: Principal;

beforeEach(async () => {
  scene = await Scene.open();
  ann = await scene.cluster.addPerson('ann');
  bob = await scene.cluster.addPerson('bob');
});

afterEach(() => scene.close());

describe('a second node', () => {
  it('brings everything to one who slept for an hour and wakes at another node, and ends the old stream', async () => {
    const here = await scene.arrive(ann, 0);
    const sink = new Recorder();
    const hello = { type: 'hello', token: 'none', instance: 'a-laptop' } as const;
    const [one, two] = scene.cluster.nodes;
    await scene.done(one?.core.open(bob, hello, sink) ?? Promise.reject(new Error('no node')));
    const conversation = await scene.talk(here, bob);
    await scene.cluster.clock.advanceAsync(15_000);
    const since = sink.of('synced').at(-1)?.since ?? '';
    sink.clear();
    // The lid is closed: nothing that is sent now will ever be read.
    for (let minute = 0; minute < 60; minute += 1) {
      await scene.say(here, conversation, `minute ${minute}`);
      await scene.cluster.clock.advanceAsync(60_000);
    }
    const awake = new Recorder();
    await scene.done(two?.core.open(bob, { ...hello, since }, awake) ?? Promise.reject(new Error('no node')));
    await scene.cluster.clock.advanceAsync(100);
    expect(sink.closed).toBe('replaced');
    const missed = awake.of('entry').filter((entry) => entry.conversation === conversation);
    expect(missed.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, index) => index + 2));
  });

  it('delivers in order what the other one wrote, at once', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    const conversation = await scene.talk(here, bob);
    for (let index = 0; index < 20; index += 1) await scene.say(here, conversation, `message ${index}`);
    await scene.cluster.clock.advanceAsync(50);
    const seqs = there.sink.of('entry').filter((entry) => entry.conversation === conversation);
    expect(seqs.map(({ seq }) => seq)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  it('mends a lost last publish within five seconds without further traffic', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    const conversation = await scene.talk(here, bob);
    scene.cluster.hub.setFaults({ lose: 1, double: 0, delay: 0, maxDelayMs: 1 });
    const seq = await scene.say(here, conversation, 'unheard');
    expect(there.sink.of('entry').some((entry) => entry.seq === seq && entry.conversation === conversation)).toBe(
      false,
    );
    await scene.cluster.clock.advanceAsync(5_000);
    expect(
      there.sink.of('entry').filter((entry) => entry.conversation === conversation && entry.seq === seq),
    ).toHaveLength(1);
  });

  it('learns of a new conversation within five seconds although the bus lost the first word of it', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    scene.cluster.hub.setFaults({ lose: 1, double: 0, delay: 0, maxDelayMs: 1 });
    const conversation = await scene.talk(here, bob);
    await scene.cluster.clock.advanceAsync(5_000);
    const kinds = there.sink.frames.flatMap((frame) =>
      frame.type === 'conversation' && frame.summary.id === conversation
        ? ['announced']
        : frame.type === 'entry' && frame.conversation === conversation
          ? [`entry ${frame.seq}`]
          : [],
    );
    expect(kinds).toEqual(['announced', 'entry 1']);
  });

  it('tells the other device of a person what was read within five seconds although the bus lost it, and only then again', async () => {
    const here = await scene.arrive(ann, 0);
    const [one, two] = [await scene.arrive(bob, 0), await scene.arrive(bob, 1)];
    const conversation = await scene.talk(here, bob);
    const seq = await scene.say(here, conversation, 'read me');
    const { epoch = 0 } = scene.cluster.store.conversations.get(conversation)?.state ?? {};
    const reads = ({ sink }: typeof one) =>
      sink.of('signal').flatMap((frame) => (frame.name === 'marks' && frame.unread === 0 ? frame.marks : []));
    const mark = { user: bob.user, delivered: seq, read: seq };
    scene.cluster.hub.setFaults({ lose: 1, double: 0, delay: 0, maxDelayMs: 1 });
    one.node.core.signal(scene.callerOf(one), { name: 'marks', conversation, epoch, read: seq });
    await scene.cluster.clock.advanceAsync(1_000);
    expect([reads(one), reads(two)]).toEqual([[mark], []]);
    await scene.cluster.clock.advanceAsync(5_000);
    expect([reads(one), reads(two)]).toEqual([[mark], [mark]]);
  });

  it('writes what was read while the database was away when it is back, and tells the other device', async () => {
    const modelled = await Scene.open({ isModelled: true });
    const { database } = modelled.cluster;
    const [ann, bob] = [await modelled.cluster.addPerson('ann'), await modelled.cluster.addPerson('bob')];
    const here = await modelled.arrive(ann, 0);
    const [one, two] = [await modelled.arrive(bob, 0), await modelled.arrive(bob, 1)];
    const conversation = await modelled.talk(here, bob);
    const seq = await modelled.say(here, conversation, 'read me');
    const stored = () =>
      database
        ?.inspect()
        .conversations()
        .find(({ id }) => id === conversation);
    const { epoch = 0 } = stored() ?? {};
    database?.goAway();
    one.node.core.signal(modelled.callerOf(one), { name: 'marks', conversation, epoch, read: seq });
    await modelled.cluster.clock.advanceAsync(5_000);
    database?.comeBack();
    await modelled.cluster.clock.advanceAsync(10_000);
    const mark = { user: bob.user, delivered: seq, read: seq };
    expect(database?.inspect().marksIn(conversation)).toContainEqual(mark);
    const told = two.sink.of('signal').flatMap((frame) => (frame.name === 'marks' ? frame.marks : []));
    expect(told).toContainEqual(mark);
    await modelled.close();
  });

  it('[B2] tells one who was added and removed while the bus lost everything, once', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    scene.cluster.hub.setFaults({ lose: 1, double: 0, delay: 0, maxDelayMs: 1 });
    const ask = (name: string, params: object) =>
      scene.done(here.node.core.execute(scene.callerOf(here), name as 'member.add', params as never));
    const group = { kind: 'group', name: 'Lunch', members: [bob.user], key: randomUUID() };
    const { summary } = (await ask('conversation.create', group)) as unknown as { summary: { id: string } };
    // What was read says that one is a member.
    const read = await scene.done(there.node.core.execute(scene.callerOf(there), 'conversations.list', {}));
    expect(read.items.map(({ id, role }) => [id, role])).toContainEqual([summary.id, 'member']);
    await ask('member.remove', { conversation: summary.id, user: bob.user, key: randomUUID() });
    await scene.cluster.clock.advanceAsync(10_000);
    const told = there.sink.of('conversation').filter((frame) => frame.summary.id === summary.id);
    expect(told.map((frame) => [frame.summary.role, frame.summary.head, frame.summary.pushedAfter])).toEqual([
      ['none', 3, 3],
    ]);
  });

  it('does not tell once more of a removal that was delivered', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    const ask = (name: string, params: object) =>
      scene.done(here.node.core.execute(scene.callerOf(here), name as 'member.add', params as never));
    const group = { kind: 'group', name: 'Lunch', members: [bob.user], key: randomUUID() };
    const { summary } = (await ask('conversation.create', group)) as unknown as { summary: { id: string } };
    await scene.cluster.clock.advanceAsync(5_000);
    await ask('member.remove', { conversation: summary.id, user: bob.user, key: randomUUID() });
    await scene.cluster.clock.advanceAsync(10_000);
    const came = there.sink.of('entry').filter(({ conversation }) => conversation === summary.id);
    expect(came.map(({ seq }) => seq)).toEqual([2, 3]);
    const told = there.sink.of('conversation').filter((frame) => frame.summary.id === summary.id);
    expect(told.map((frame) => frame.summary.role)).toEqual(['member']);
  });

  it('ends the streams of a session that was revoked elsewhere', async () => {
    const there = await scene.arrive(bob, 1);
    scene.cluster.nodes[0]?.core.revoked(bob.user, bob.session);
    await scene.cluster.clock.advanceAsync(100);
    expect(there.sink.closed).toBe('session_revoked');
  });

  it('takes the place of an earlier connection of the same run of an app', async () => {
    const first = new Recorder();
    const second = new Recorder();
    const hello = { type: 'hello', token: 'none', instance: 'one-run' } as const;
    const [one, two] = scene.cluster.nodes;
    await scene.done(one?.core.open(bob, hello, first) ?? Promise.reject(new Error('no node')));
    await scene.done(two?.core.open(bob, hello, second) ?? Promise.reject(new Error('no node')));
    await scene.cluster.clock.advanceAsync(50);
    expect([first.closed, second.closed]).toEqual(['replaced', null]);
  });
});

describe('catching up', () => {
  it('[C2] brings exactly what was missed during a brief cut, in order, with no full reload', async () => {
    const here = await scene.arrive(ann);
    const first = await scene.arrive(bob);
    const conversation = await scene.talk(here, bob);
    const unchanged = await scene.talk(here, await scene.cluster.addPerson('carl'));
    await scene.cluster.clock.advanceAsync(12_000);
    const since = first.sink.of('synced').at(-1)?.since;
    first.stream.closed();
    for (let index = 0; index < 100; index += 1) await scene.say(here, conversation, `missed ${index}`);
    const back = await scene.arrive(bob, 1, since);
    const [welcome] = back.sink.of('welcome');
    expect(welcome?.conversations.map(({ id }) => id)).toEqual([conversation]);
    expect(welcome?.conversations.map(({ id }) => id)).not.toContain(unchanged);
    expect(welcome?.conversations[0]).toMatchObject({ pushedAfter: 1, head: 101, unread: 100 });
    const missed = back.sink.of('entry').map(({ seq }) => seq);
    expect(missed).toEqual(Array.from({ length: 100 }, (_, index) => index + 2));
    expect(back.sink.of('synced')).toHaveLength(1);
  });

  it('leaves it to the client to read where too much was missed', async () => {
    const here = await scene.arrive(ann);
    const first = await scene.arrive(bob);
    const conversation = await scene.talk(here, bob);
    await scene.cluster.clock.advanceAsync(12_000);
    const since = first.sink.of('synced').at(-1)?.since;
    first.stream.closed();
    for (let index = 0; index <= LIMITS.catchUpEntries; index += 1)
      await scene.say(here, conversation, `missed ${index}`);
    const back = await scene.arrive(bob, 0, since);
    const head = LIMITS.catchUpEntries + 2;
    expect(back.sink.of('welcome')[0]?.conversations[0]).toMatchObject({ pushedAfter: head, head });
    expect(back.sink.of('entry')).toEqual([]);
    await scene.say(here, conversation, 'live');
    expect(back.sink.of('entry').map(({ seq }) => seq)).toEqual([head + 1]);
  });

  it('with a cursor of another store is a reset with everything', async () => {
    const here = await scene.arrive(ann);
    await scene.talk(here, bob);
    const back = await scene.arrive(bob, 0, 'nonsense');
    expect(back.sink.of('welcome')[0]).toMatchObject({ reset: true, more: false });
    expect(
      back.sink
        .of('welcome')[0]
        ?.conversations.map(({ kind }) => kind)
        .sort(),
    ).toEqual(['direct', 'self']);
  });
});
