// Typing, marks and settings as others see them, on two nodes of the shipped core and a clock that the test moves.
import { type ConversationId, type Key, LIMITS, makeId, toId } from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { Scene, type There } from '../src/cluster/scene.js';
import type { FakeClock } from '../src/fake-clock.js';

let scene: Scene;
let ann: Principal;
let bob: Principal;

beforeEach(async () => {
  scene = await Scene.open();
  ann = await scene.cluster.addPerson('ann');
  bob = await scene.cluster.addPerson('bob');
});

afterEach(() => scene.close());

describe('typing', () => {
  it('is shown to the others, on every node, and never to the one who types', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    const conversation = await scene.talk(here, bob);
    here.node.core.signal(scene.callerOf(here), { name: 'typing', conversation });
    await scene.cluster.clock.advanceAsync(100);
    expect(there.sink.signals('typing')).toMatchObject([{ users: [ann.user], expiresInMs: 5_000 }]);
    expect(here.sink.signals('typing')).toEqual([]);
  });

  it('is gathered: fifty who type in a large group make at most one frame a second', async () => {
    const here = await scene.arrive(ann);
    const typists: There[] = [];
    for (let index = 0; index < 50; index += 1)
      typists.push(await scene.arrive(await scene.cluster.addPerson(`typist${index}`)));
    const params = { kind: 'group' as const, members: typists.map(({ who }) => who.user), name: 'many' };
    const made = await scene.done(here.node.core.execute(scene.callerOf(here), 'conversation.create', params));
    await scene.cluster.clock.advanceAsync(500);
    const conversation = made.summary.id;
    for (let second = 0; second < 10; second += 1) {
      for (const typist of typists) typist.node.core.signal(scene.callerOf(typist), { name: 'typing', conversation });
      await scene.cluster.clock.advanceAsync(1_000);
    }
    expect(here.sink.signals('typing').length).toBeGreaterThan(5);
    expect(here.sink.signals('typing').length).toBeLessThanOrEqual(11);
  });

  it('leaves nothing in the log and nothing for one who comes later', async () => {
    const here = await scene.arrive(ann);
    const conversation = await scene.talk(here, bob);
    const before = scene.cluster.store.conversations.get(conversation)?.entries.length;
    here.node.core.signal(scene.callerOf(here), { name: 'typing', conversation });
    await scene.cluster.clock.advanceAsync(100);
    const late = await scene.arrive(bob);
    await scene.cluster.clock.advanceAsync(10_000);
    expect(late.sink.signals('typing')).toEqual([]);
    expect(scene.cluster.store.conversations.get(conversation)?.entries.length).toBe(before);
  });

  it('is not told any more once what was typed is sent', async () => {
    const here = await scene.arrive(ann);
    const there = await scene.arrive(bob);
    const conversation = await scene.talk(here, bob);
    for (let key = 0; key < 3; key += 1) {
      here.node.core.signal(scene.callerOf(here), { name: 'typing', conversation });
      await scene.cluster.clock.advanceAsync(200);
    }
    await scene.say(here, conversation, 'here it is');
    await scene.cluster.clock.advanceAsync(5_000);
    expect(there.sink.signals('typing')).toHaveLength(1);
  });

  it('of a stranger is dropped', async () => {
    const here = await scene.arrive(ann);
    const conversation = await scene.talk(here, bob);
    const stranger = await scene.arrive(await scene.cluster.addPerson('eve'));
    stranger.node.core.signal(scene.callerOf(stranger), { name: 'typing', conversation });
    await scene.cluster.clock.advanceAsync(100);
    expect(here.sink.signals('typing')).toEqual([]);
  });
});

describe('marks', () => {
  it('of two hundred messages read one by one make at most two frames for the others', async () => {
    const here = await scene.arrive(ann, 0);
    const there = await scene.arrive(bob, 1);
    const conversation = await scene.talk(here, bob);
    for (let index = 0; index < 200; index += 1) await scene.say(here, conversation, `message ${index}`);
    await scene.cluster.clock.advanceAsync(3_000);
    here.sink.clear();
    const epoch = scene.cluster.store.conversations.get(conversation)?.entries[0]?.entry.epoch ?? 0;
    for (let read = 2; read <= 201; read += 1) {
      there.node.core.signal(scene.callerOf(there), { name: 'marks', conversation, epoch, read });
      await scene.cluster.clock.advanceAsync(5);
    }
    await scene.cluster.clock.advanceAsync(3_000);
    const told = here.sink.signals('marks');
    expect(told.length).toBeLessThanOrEqual(2);
    expect(told.at(-1)?.marks).toEqual([{ user: bob.user, delivered: 201, read: 201 }]);
  });

  it('[S66] of a group that reads a burst come to each member in few frames, without their own, on every node', async () => {
    const people: There[] = [];
    for (let count = 0; count < 12; count += 1) {
      people.push(await scene.arrive(await scene.cluster.addPerson(`reader ${count}`), count % 2));
    }
    const [first] = people;
    if (!first) throw new Error('nobody is there');
    const members = people.slice(1).map(({ who }) => who.user);
    const key = makeId<Key>(scene.cluster.clock.now(), scene.cluster.random.bytes(10));
    const made = await scene.done(
      first.node.core.execute(scene.callerOf(first), 'conversation.create', { key, kind: 'group', members }),
    );
    const conversation = toId<ConversationId>(made.summary.id);
    const seq = await scene.say(first, conversation, 'read this');
    const epoch = scene.cluster.store.conversations.get(conversation)?.entries[0]?.entry.epoch ?? 0;
    await scene.cluster.clock.advanceAsync(3_000);
    for (const one of people) one.sink.clear();
    for (const one of people.slice(1)) {
      one.node.core.signal(scene.callerOf(one), { name: 'marks', conversation, epoch, read: seq });
      await scene.cluster.clock.advanceAsync(15);
    }
    await scene.cluster.clock.advanceAsync(1_000);
    for (const one of people) {
      const frames = one.sink.signals('marks').filter(({ unread }) => unread === undefined);
      const readers = frames.flatMap(({ marks }) => marks.map(({ user }) => user));
      expect(readers.toSorted()).toEqual(
        people
          .slice(1)
          .map(({ who }) => who.user as string)
          .filter((user) => user !== one.who.user)
          .toSorted(),
      );
      // At once, and after a quarter of a second.
      expect(frames.length).toBeLessThanOrEqual(3);
    }
  });

  it('reach the own other device within a second, with fresh counts', async () => {
    const here = await scene.arrive(ann);
    const phone = await scene.arrive(bob, 0);
    const desk = await scene.arrive(bob, 1);
    const conversation = await scene.talk(here, bob);
    const seq = await scene.say(here, conversation, 'hello');
    const epoch = scene.cluster.store.conversations.get(conversation)?.entries[0]?.entry.epoch ?? 0;
    phone.node.core.signal(scene.callerOf(phone), { name: 'marks', conversation, epoch, read: seq });
    await scene.cluster.clock.advanceAsync(1_000);
    expect(desk.sink.signals('marks').at(-1)).toMatchObject({ unread: 0, mentions: 0, marks: [{ read: seq }] });
  });

  it('that rest wake nobody: their node looks again when they may be written next, and when they end it has no timer left', async () => {
    const here = await scene.arrive(ann);
    const conversation = await scene.talk(here, bob);
    await scene.cluster.clock.advanceAsync(5_000);
    const { gate, core } = here.node;
    const resting = gate.pending;
    const count = vi.spyOn(scene.cluster.clock, 'after');
    const before = await timersOf(count, 4_000);
    const epoch = scene.cluster.store.conversations.get(conversation)?.entries[0]?.entry.epoch ?? 0;
    await scene.say(here, conversation, 'hello');
    core.signal(scene.callerOf(here), { name: 'marks', conversation, epoch, read: 2 });
    // Written at once, written again after TIMES.marksMs at the earliest, and forgotten then.
    expect((await timersOf(count, 4_000)) - before).toBeLessThan(10);
    expect(gate.pending).toBe(resting);
    core.signal(scene.callerOf(here), { name: 'marks', conversation, epoch, read: 2 });
    // The end comes while they are written.
    await scene.cluster.clock.advanceAsync(50);
    await scene.done(core.stop());
    expect(gate.pending).toBe(0);
  });

  it('never go back, pass the head or cross an epoch', async () => {
    const here = await scene.arrive(ann);
    const there = await scene.arrive(bob);
    const conversation = await scene.talk(here, bob);
    const seq = await scene.say(here, conversation, 'hello');
    const epoch = scene.cluster.store.conversations.get(conversation)?.entries[0]?.entry.epoch ?? 0;
    for (const [at, read] of [
      [epoch, seq],
      [epoch, 1],
      [epoch, 1_000],
      [epoch + 1, seq],
    ] as const) {
      there.node.core.signal(scene.callerOf(there), { name: 'marks', conversation, epoch: at, read });
      await scene.cluster.clock.advanceAsync(2_500);
    }
    const { summary } = await scene.done(
      there.node.core.execute(scene.callerOf(there), 'conversation.read', { conversation }),
    );
    expect(summary).toMatchObject({ read: seq, delivered: seq, unread: 0 });
  });

  it('are not pushed to others in a group above the limit', async () => {
    const here = await scene.arrive(ann);
    const members: string[] = [];
    for (let index = 0; index < LIMITS.receiptMembers + 1; index += 1) {
      members.push((await scene.cluster.addPerson(`member${index}`)).user);
    }
    const there = await scene.arrive(bob);
    const params = { kind: 'group' as const, members: [bob.user, ...members], name: 'large' };
    const made = await scene.done(here.node.core.execute(scene.callerOf(here), 'conversation.create', params));
    const conversation = made.summary.id as ConversationId;
    const seq = await scene.say(here, conversation, 'hello all');
    there.node.core.signal(scene.callerOf(there), {
      name: 'marks',
      conversation,
      epoch: made.summary.epoch,
      read: seq,
    });
    await scene.cluster.clock.advanceAsync(3_000);
    expect(here.sink.signals('marks')).toEqual([]);
    const asked = await scene.done(here.node.core.execute(scene.callerOf(here), 'marks.read', { conversation, seq }));
    expect(asked.items.map(({ user }) => user)).toContain(bob.user);
  });
});

describe('settings', () => {
  it('[B3] that mute a conversation bring its summary before the entry that says so, on every device', async () => {
    const here = await scene.arrive(ann);
    const conversation = await scene.talk(here, bob);
    const phone = await scene.arrive(ann, 1);
    const name = `mute:${conversation}`;
    await scene.done(here.node.core.execute(scene.callerOf(here), 'setting.set', { name, value: true }));
    await scene.say(here, conversation, 'still heard');
    await scene.cluster.clock.advanceAsync(100);
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

/** Timers that were set within some time. */
async function timersOf(after: MockInstance<FakeClock['after']>, ms: number): Promise<number> {
  after.mockClear();
  await scene.cluster.clock.advanceAsync(ms);
  return after.mock.calls.length;
}
