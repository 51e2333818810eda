// Who sees whom, on two nodes of the shipped core and a clock that the test moves: switches and blocks as the others meet
// them, over streams and in answers. Rules V1 to V9 of docs/protocol/v1.md.
import { ChatError, type ConversationId, type Key, makeId, PRIVACY } from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scene, type There } from '../src/cluster/scene.js';

let scene: Scene;
let ann: Principal;
let bob: Principal;

beforeEach(async () => {
  scene = await Scene.open();
  ann = await scene.cluster.addPerson('ann');
  bob = await scene.cluster.addPerson('bob');
});

afterEach(() => scene.close());

const set = (who: There, name: string, value: unknown) =>
  scene.done(who.node.core.execute(scene.callerOf(who), 'setting.set', { name, value }));
const key = () => makeId<Key>(scene.cluster.clock.now(), scene.cluster.random.bytes(10));
/** Within which a switch takes effect on every node. */
const soon = () => scene.cluster.clock.advanceAsync(4_000);

/** Ann on the first node, Bob on the second, and their direct conversation. */
async function both(): Promise<{ readonly a: There; readonly b: There; readonly conversation: ConversationId }> {
  const a = await scene.arrive(ann, 0);
  const b = await scene.arrive(bob, 1);
  return { a, b, conversation: await scene.talk(a, bob) };
}

async function codeOf(asked: Promise<unknown>): Promise<string | null> {
  return asked.then(
    () => null,
    (error: unknown) => (error instanceof ChatError ? error.code : String(error)),
  );
}

describe('presence', () => {
  it('[V2] who hides it is unknown to all and sees nobody, within seconds and on every node; both ways back, too', async () => {
    const { a, b } = await both();
    expect(await scene.watch(b, [ann])).toEqual(['online']);
    expect(await scene.watch(a, [bob])).toEqual(['online']);
    await set(a, 'privacy:presence', false);
    await soon();
    expect(b.sink.signals('presence').at(-1)?.presence).toEqual([{ user: ann.user, status: 'unknown' }]);
    expect(a.sink.signals('presence').at(-1)?.presence).toEqual([{ user: bob.user, status: 'unknown' }]);
    expect(await scene.watch(b, [ann])).toEqual(['unknown']);
    // Their own devices stay right.
    expect(await scene.watch(a, [bob, ann])).toEqual(['unknown', 'online']);
    const told = b.sink.signals('presence').length;
    a.stream.closed();
    await scene.cluster.clock.advanceAsync(30_000);
    expect(b.sink.signals('presence').length).toBe(told);
    const again = await scene.arrive(ann, 0);
    await set(again, 'privacy:presence', null);
    await soon();
    expect(b.sink.signals('presence').at(-1)?.presence).toEqual([{ user: ann.user, status: 'online' }]);
  });

  it('[V3] lastSeenAt is told by those alone who both give it', async () => {
    const { a, b } = await both();
    await scene.watch(b, [ann]);
    await set(a, 'privacy:lastSeen', false);
    await soon();
    a.stream.closed();
    await scene.cluster.clock.advanceAsync(30_000);
    expect(b.sink.signals('presence').at(-1)?.presence).toEqual([{ user: ann.user, status: 'offline' }]);
    const asked = await scene.done(b.node.core.execute(scene.callerOf(b), 'presence.watch', { users: [ann.user] }));
    expect(asked.presence).toEqual([{ user: ann.user, status: 'offline' }]);
    const again = await scene.arrive(ann, 1);
    await set(again, 'privacy:lastSeen', true);
    await set(b, 'privacy:lastSeen', false);
    again.stream.closed();
    await scene.cluster.clock.advanceAsync(30_000);
    expect(b.sink.signals('presence').at(-1)?.presence).toEqual([{ user: ann.user, status: 'offline' }]);
    await set(b, 'privacy:lastSeen', true);
    await soon();
    expect(b.sink.signals('presence').at(-1)?.presence).toEqual([
      { user: ann.user, status: 'offline', lastSeenAt: expect.any(Number) },
    ]);
  });
});

describe('receipts', () => {
  const mark = async (who: There, conversation: ConversationId, marks: { delivered?: number; read?: number }) => {
    who.node.core.signal(scene.callerOf(who), { name: 'marks', conversation, epoch: 1, ...marks });
    await scene.cluster.clock.advanceAsync(3_000);
  };
  const peerOf = async (who: There, conversation: ConversationId) =>
    (await scene.done(who.node.core.execute(scene.callerOf(who), 'conversation.read', { conversation }))).summary.peer;
  const listed = async (who: There, conversation: ConversationId, user: string) =>
    (await scene.done(who.node.core.execute(scene.callerOf(who), 'marks.read', { conversation }))).items.find(
      (one) => one.user === user,
    );

  it('[V4] of who hides them others are told what was delivered and never what was read, nor when', async () => {
    const { a, b, conversation } = await both();
    const phone = await scene.arrive(bob, 0);
    await set(b, 'privacy:receipts', false);
    await soon();
    const seq = await scene.say(a, conversation, 'hello');
    await mark(b, conversation, { delivered: seq });
    expect(a.sink.signals('marks').at(-1)?.marks).toEqual([{ user: bob.user, delivered: seq, read: 0 }]);
    const told = a.sink.signals('marks').filter(({ marks }) => marks.some(({ user }) => user === bob.user)).length;
    await mark(b, conversation, { read: seq });
    expect(a.sink.signals('marks').filter(({ marks }) => marks.some(({ user }) => user === bob.user))).toHaveLength(
      told,
    );
    expect(await peerOf(a, conversation)).toEqual({ user: bob.user, delivered: seq, read: 0 });
    expect(await listed(a, conversation, bob.user)).toEqual({ user: bob.user, delivered: seq, read: 0 });
    const fresh = await scene.arrive(ann, 1);
    const [welcome] = fresh.sink.of('welcome');
    expect(welcome?.conversations.find(({ id }) => id === conversation)?.peer).toMatchObject({ read: 0 });
    // Own devices are told all of their own marks.
    expect(phone.sink.signals('marks').at(-1)).toMatchObject({ unread: 0, marks: [{ user: bob.user, read: seq }] });
    expect(await listed(b, conversation, bob.user)).toMatchObject({ read: seq });
  });

  it('[V4] who hides them does not see those of others', async () => {
    const { a, b, conversation } = await both();
    await set(a, 'privacy:receipts', false);
    await soon();
    const seq = await scene.say(a, conversation, 'hello');
    await mark(b, conversation, { delivered: seq, read: seq });
    expect(a.sink.signals('marks').flatMap(({ marks }) => marks.filter(({ user }) => user === bob.user))).toEqual([
      { user: bob.user, delivered: seq, read: 0 },
    ]);
    expect(await peerOf(a, conversation)).toEqual({ user: bob.user, delivered: seq, read: 0 });
    await set(a, 'privacy:receipts', true);
    expect(await peerOf(a, conversation)).toEqual({ user: bob.user, delivered: seq, read: seq });
  });
});

describe('typing', () => {
  it('[V5] is neither shown of who hides it nor to them', async () => {
    const { a, b, conversation } = await both();
    await set(a, 'privacy:typing', false);
    await soon();
    for (const who of [a, b]) who.node.core.signal(scene.callerOf(who), { name: 'typing', conversation });
    await scene.cluster.clock.advanceAsync(2_000);
    expect([...a.sink.signals('typing'), ...b.sink.signals('typing')]).toEqual([]);
    await set(a, 'privacy:typing', true);
    await soon();
    for (const who of [a, b]) who.node.core.signal(scene.callerOf(who), { name: 'typing', conversation });
    await scene.cluster.clock.advanceAsync(2_000);
    expect(a.sink.signals('typing')).toHaveLength(1);
    expect(b.sink.signals('typing')).toHaveLength(1);
  });

  it('[V5] both switch at the same time as both type: afterwards nothing is shown to either, then all is', async () => {
    const { a, b, conversation } = await both();
    for (const value of [false, true]) {
      const type = () => {
        for (const who of [a, b]) who.node.core.signal(scene.callerOf(who), { name: 'typing', conversation });
      };
      type();
      await Promise.all([a, b].flatMap((who) => PRIVACY.map((name) => set(who, `privacy:${name}`, value))));
      type();
      await soon();
      const before = [a, b].map(({ sink }) => sink.signals('typing').length);
      type();
      await scene.cluster.clock.advanceAsync(2_000);
      const more = value ? 1 : 0;
      expect([a, b].map(({ sink }) => sink.signals('typing').length)).toEqual(before.map((count) => count + more));
    }
  });
});

describe('blocking', () => {
  it('[V7] neither writes to the other from the acknowledgement on, on any node; what is there is read, and keys are answered', async () => {
    const { a, b, conversation } = await both();
    const said = { conversation, key: key(), text: 'before' };
    const first = await scene.done(b.node.core.execute(scene.callerOf(b), 'message.send', said));
    await set(a, `block:${bob.user}`, true);
    for (const who of [a, b]) {
      const { core } = who.node;
      const caller = scene.callerOf(who);
      const refused = (name: 'message.send' | 'message.edit' | 'reaction.set', params: object) =>
        codeOf(scene.done(core.execute(caller, name, params as never)));
      expect(await refused('message.send', { conversation, key: key(), text: 'after' })).toBe('forbidden');
      const place = { conversation, epoch: 1, target: first.seq };
      expect(await refused('reaction.set', { ...place, emoji: '👍' })).toBe('forbidden');
      if (who === b) expect(await refused('message.edit', { ...place, text: 'other' })).toBe('forbidden');
      const page = await scene.done(core.execute(caller, 'messages.read', { conversation }));
      expect(page.items.at(-1)?.body).toEqual({ text: 'before' });
    }
    const again = await scene.done(b.node.core.execute(scene.callerOf(b), 'message.send', said));
    expect(again).toEqual({ ...first, duplicate: true });
    const deleted = { conversation, epoch: 1, target: first.seq };
    expect(await codeOf(scene.done(b.node.core.execute(scene.callerOf(b), 'message.delete', deleted)))).toBe(null);
    await set(a, `block:${bob.user}`, false);
    expect(await scene.say(b, conversation, 'again')).toBe(4);
  });

  it('[V7] a race of a block and of messages: nothing is in the log that was sent after its acknowledgement', async () => {
    const { a, b, conversation } = await both();
    for (let round = 0; round < 20; round += 1) {
      let isBlocked = false;
      const blocking = set(a, `block:${bob.user}`, true).then(() => {
        isBlocked = true;
      });
      const late: Promise<string | null>[] = [];
      for (let message = 0; message < 10; message += 1) {
        const wasBlocked = isBlocked;
        const params = { conversation, key: key(), text: `${round}/${message}` };
        const outcome = codeOf(b.node.core.execute(scene.callerOf(b), 'message.send', params));
        if (wasBlocked) late.push(outcome);
        await scene.cluster.clock.advanceAsync(1);
      }
      await blocking;
      const params = { conversation, key: key(), text: 'late' };
      late.push(codeOf(scene.done(b.node.core.execute(scene.callerOf(b), 'message.send', params))));
      await scene.cluster.clock.advanceAsync(100);
      expect(new Set(await Promise.all(late))).toEqual(new Set(['forbidden']));
      await set(a, `block:${bob.user}`, false);
    }
  });

  it('[V7] the order of messages stays that in which they came', async () => {
    const { b, conversation } = await both();
    const sends = Array.from({ length: 30 }, (_, index) => {
      const params = { conversation, key: key(), text: String(index) };
      return b.node.core.execute(scene.callerOf(b), 'message.send', params);
    });
    const written = await scene.done(Promise.all(sends));
    const seqs = written.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.toSorted((x, y) => x - y));
  });

  it('[V7] neither opens a direct conversation with the other, and both find the one that is there', async () => {
    const a = await scene.arrive(ann, 0);
    const b = await scene.arrive(bob, 1);
    await set(a, `block:${bob.user}`, true);
    for (const [from, to] of [
      [a, bob],
      [b, ann],
    ] as const)
      expect(await codeOf(scene.talk(from, to))).toBe('forbidden');
    await set(a, `block:${bob.user}`, null);
    const conversation = await scene.talk(b, ann);
    await set(a, `block:${bob.user}`, true);
    expect(await scene.talk(b, ann)).toBe(conversation);
  });

  it('[V8] neither brings the other into a group; a third person does', async () => {
    const { a, b } = await both();
    const carol = await scene.arrive(await scene.cluster.addPerson('carol'));
    await set(a, `block:${bob.user}`, true);
    const make = (who: There, members: readonly Principal[]) =>
      scene.done(
        who.node.core.execute(scene.callerOf(who), 'conversation.create', {
          kind: 'group',
          members: members.map(({ user }) => user),
          name: 'group',
        }),
      );
    expect(await codeOf(make(b, [ann, carol.who]))).toBe('forbidden');
    expect(await codeOf(make(a, [bob]))).toBe('forbidden');
    const { summary } = await make(b, [carol.who]);
    const add = { conversation: summary.id, user: ann.user };
    expect(await codeOf(scene.done(b.node.core.execute(scene.callerOf(b), 'member.add', add)))).toBe('forbidden');
    const together = await make(carol, [ann, bob]);
    expect(together.summary.members).toBe(3);
    // Both write there: what is in the log is everyone's.
    await scene.say(b, together.summary.id as ConversationId, 'to all');
    await scene.say(a, together.summary.id as ConversationId, 'to all');
  });

  it('[V9] the two see nothing of each other: presence, last seen, typing, marks', async () => {
    const { a, b, conversation } = await both();
    await scene.watch(a, [bob]);
    await scene.watch(b, [ann]);
    const seq = await scene.say(a, conversation, 'hello');
    await set(a, `block:${bob.user}`, true);
    await soon();
    expect(b.sink.signals('presence').at(-1)?.presence).toEqual([{ user: ann.user, status: 'unknown' }]);
    expect(a.sink.signals('presence').at(-1)?.presence).toEqual([{ user: bob.user, status: 'unknown' }]);
    const counts = () => [a, b].map(({ sink }) => sink.signals('typing').length);
    const before = counts();
    for (const who of [a, b]) who.node.core.signal(scene.callerOf(who), { name: 'typing', conversation });
    b.node.core.signal(scene.callerOf(b), { name: 'marks', conversation, epoch: 1, read: seq });
    await scene.cluster.clock.advanceAsync(3_000);
    expect(counts()).toEqual(before);
    const ofBob = a.sink.signals('marks').flatMap(({ marks }) => marks.filter(({ user }) => user === bob.user));
    expect(ofBob).toEqual([]);
    const { core } = a.node;
    const { items } = await scene.done(core.execute(scene.callerOf(a), 'marks.read', { conversation }));
    expect(items).toContainEqual({ user: bob.user, delivered: 0, read: 0 });
    const reached = await scene.done(core.execute(scene.callerOf(a), 'marks.read', { conversation, seq }));
    expect(reached.items.map(({ user }) => user)).toEqual([ann.user]);
    const { summary } = await scene.done(core.execute(scene.callerOf(a), 'conversation.read', { conversation }));
    expect(summary.peer).toEqual({ user: bob.user, delivered: 0, read: 0 });
  });

  it('[V1] reserved names take their own form alone', async () => {
    const { a } = await both();
    for (const [name, value] of [
      ['privacy:presence', 'no'],
      ['privacy:sleep', true],
      [`block:${ann.user}`, true],
      ['block:bob', true],
      [`block:${bob.user}`, 1],
      [`contact:${bob.user.toUpperCase()}`, {}],
      [`contact:${bob.user}`, { favourite: 'yes' }],
      ['folder:a b', { name: 'x' }],
      ['folder:a', {}],
      ['folder:a', { name: 'x', emoji: 'xx' }],
    ] as const)
      expect([name, await codeOf(set(a, name, value))]).toEqual([name, 'bad_request']);
    const stranger = makeId<Key>(scene.cluster.clock.now(), scene.cluster.random.bytes(10));
    expect(await codeOf(set(a, `block:${stranger}`, true))).toBe('not_found');
    await set(a, 'private', 'any');
    await set(a, 'folder:a', { name: 'x', emoji: '🎉', users: [bob.user], more: 1 });
    const { values } = await scene.done(a.node.core.execute(scene.callerOf(a), 'settings.read', {}));
    expect(values).toMatchObject({ private: 'any', 'folder:a': { name: 'x', emoji: '🎉', users: [bob.user] } });
    expect(values['folder:a']).not.toHaveProperty('more');
  });
});
