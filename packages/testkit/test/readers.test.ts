// Readers of channels on two nodes of the shipped core, with the log in memory and with the shipped one on its model: who is told
// what, also where what nodes say to each other is lost. Rules RD1 to RD6 of docs/protocol/v1.md.
import { type ConversationId, type Entry, type Key, makeId, type Params, type ServerFrame } from '@kith/protocol';
import type { Principal } from '@kith/server/core/principal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Scene, type There } from '../src/cluster/scene.js';
import { NO_BUS_FAULTS } from '../src/faulty-bus.js';

const DEAF = { ...NO_BUS_FAULTS, lose: 1 };
/** Within which every node knows. */
const SOON_MS = 5_000;
const MANY = 1_000;

describe.each([
  ['in memory', {}],
  ['on the model', { isModelled: true }],
  ['in memory, and nodes that never hear each other', { faults: DEAF }],
])('%s', (_, options) => {
  let scene: Scene;
  let owner: There;
  let ben: Principal;
  let channel: ConversationId;

  beforeEach(async () => {
    scene = await Scene.open(options);
    owner = await scene.arrive(await scene.cluster.addPerson('ann'), 0);
    ben = await scene.cluster.addPerson('ben');
    const params = { kind: 'channel', name: 'news', visibility: 'public', joining: 'reader' } as const;
    const made = await scene.done(
      owner.node.core.execute(scene.callerOf(owner), 'conversation.create', { ...params, members: [] }),
    );
    channel = made.summary.id as ConversationId;
    await soon();
  });
  afterEach(() => scene.close());

  const soon = () => scene.cluster.clock.advanceAsync(SOON_MS);
  const join = (who: There) =>
    scene.done(who.node.core.execute(scene.callerOf(who), 'channel.join', { conversation: channel }));
  const remove = (by: There, user: string) =>
    scene.done(by.node.core.execute(scene.callerOf(by), 'member.remove', { conversation: channel, user }));
  const rank = (by: There, params: Omit<Params<'member.role'>, 'conversation'>) =>
    scene.done(by.node.core.execute(scene.callerOf(by), 'member.role', { conversation: channel, ...params }));
  const textsOf = ({ sink }: There) =>
    sink.of('entry').flatMap(({ kind, body }) => (kind === 'message.sent' ? [body.text] : []));
  /** Roles of frames, and numbers of entries. */
  const about = ({ sink }: There) =>
    sink.frames.flatMap((frame: ServerFrame) => {
      if (frame.type === 'entry') return (frame as unknown as Entry).conversation === channel ? frame.seq : [];
      return frame.type === 'conversation' && frame.summary.id === channel ? frame.summary.role : [];
    });

  it('[RD2] [RD4] devices on both nodes get the frame and what is said, and nothing after they have left', async () => {
    const here = await scene.arrive(ben, 0);
    const there = await scene.arrive(ben, 1);
    await join(there);
    await soon();
    await scene.say(owner, channel, 'seen');
    await soon();
    for (const one of [here, there]) expect(textsOf(one)).toEqual(['seen']);
    await remove(here, ben.user);
    await soon();
    await scene.say(owner, channel, 'unseen');
    await soon();
    for (const one of [here, there]) {
      expect(textsOf(one)).toEqual(['seen']);
      expect(about(one)).toEqual(['reader', 3, 'none']);
    }
    await join(here);
    await soon();
    await scene.say(owner, channel, 'again');
    await soon();
    for (const one of [here, there]) expect(about(one)).toEqual(['reader', 3, 'none', 'reader', 5]);
  });

  it('[RD4] one whom a member takes out on another node hears nothing more', async () => {
    const there = await scene.arrive(ben, 1);
    await join(there);
    await soon();
    await remove(owner, ben.user);
    await soon();
    await scene.say(owner, channel, 'unseen');
    await soon();
    expect(about(there)).toEqual(['reader', 'none']);
    const params = { conversation: channel, limit: 50 };
    const page = await scene.done(there.node.core.execute(scene.callerOf(there), 'messages.read', params));
    expect(page.items.map(({ kind }) => kind)).not.toContain('message.sent');
  });

  it('[RD5] who is made a member, and a reader again, misses nothing and gets nothing twice', async () => {
    const there = await scene.arrive(ben, 1);
    await join(there);
    await soon();
    for (const role of ['member', 'reader', 'moderator'] as const) {
      await rank(owner, { user: ben.user, role });
      await scene.say(owner, channel, `to a ${role}`);
      await soon();
    }
    expect(textsOf(there)).toEqual(['to a member', 'to a reader', 'to a moderator']);
    const told = about(there);
    const numbers = told.filter((one) => typeof one === 'number');
    expect(numbers).toEqual([3, 4, 5, 6, 7, 8, 9]);
    // A frame says how it is now, and may do so twice where two things tell a node of one change.
    const roles = told.filter((one) => typeof one === 'string');
    expect(roles.filter((one, index) => one !== roles[index - 1])).toEqual(['reader', 'member', 'reader', 'moderator']);
    expect(told.indexOf('member')).toBeLessThan(told.indexOf(3));
  });

  it('[RD6] nobody hears of the marks of a reader, nor a reader of those of others, but their own devices do', async () => {
    const [here, there] = [await scene.arrive(ben, 0), await scene.arrive(ben, 1)];
    await join(here);
    await soon();
    const seq = await scene.say(owner, channel, 'seen');
    await soon();
    const epoch = here.sink.of('entry').at(-1)?.epoch ?? 0;
    here.node.core.signal(scene.callerOf(here), { name: 'marks', conversation: channel, epoch, read: seq });
    await soon();
    for (const one of [here, there]) {
      expect(one.sink.signals('marks').at(-1)).toMatchObject({ marks: [{ user: ben.user, read: seq }], unread: 0 });
    }
    expect(owner.sink.signals('marks').filter(({ marks }) => marks.some(({ user }) => user === ben.user))).toEqual([]);
  });

  it.runIf(Object.keys(options).length === 0)(
    '[RD1] a thousand people come, and the log has no entry of it',
    async () => {
      const people = await Promise.all(
        Array.from({ length: MANY }, (_value, index) => scene.cluster.addPerson(`p${index}`)),
      );
      const there = await scene.arrive(ben, 1);
      await scene.cluster.clock.until(
        Promise.all(
          people.map((principal, index) => {
            const node = scene.cluster.nodes[index % 2] ?? owner.node;
            const params = { conversation: channel, key: makeId<Key>(index, scene.cluster.random.bytes(10)) };
            return node.core.execute({ principal, stream: null }, 'channel.join', params);
          }),
        ),
        { mostMs: 20_000 },
      );
      await join(there);
      const read = { conversation: channel };
      const { summary } = await scene.done(there.node.core.execute(scene.callerOf(there), 'conversation.read', read));
      expect(summary).toMatchObject({ head: 2, members: 1, readers: MANY + 1, role: 'reader' });
      const { entries } = await scene.done(there.node.core.execute(scene.callerOf(there), 'entries.read', read));
      expect(entries.map(({ kind }) => kind)).toEqual(['conversation.created', 'conversation.updated']);
    },
  );
});
