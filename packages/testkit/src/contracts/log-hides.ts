// Contract of the log: what people hid for themselves.
import type { ConversationId, UserId } from '@kith/protocol';
import { expect, test } from 'vitest';
import { freshId, type LogWorld, type Place, people, write } from './log-world.js';

type Message = { readonly conversation: ConversationId; readonly epoch: number; readonly seq: number };

export function hideRules(world: LogWorld): void {
  const hide = (self: Place, user: UserId, message: Message) =>
    world.log.append(write(self, user, { drafts: [{ kind: 'message.hidden', body: { message } }] }));
  const sorted = (messages: readonly Message[]) => messages.toSorted((a, b) => a.seq - b.seq || a.epoch - b.epoch);

  test('[LOG96] what a person hid is found by ranges of conversations, and by nobody else, on every node', async () => {
    const [me, other, nobody] = people(3) as [UserId, UserId, UserId];
    const self = await world.create('self', [me]);
    const theirs = await world.create('self', [other]);
    const [one, two] = [freshId<ConversationId>(), freshId<ConversationId>()];
    const of = (conversation: ConversationId, seq: number, epoch = 1) => ({ conversation, epoch, seq });
    for (const message of [of(one, 7), of(one, 3), of(one, 3, 2), of(one, 12), of(two, 3)])
      await hide(self, me, message);
    await hide(theirs, other, of(one, 4));
    const range = (conversation: ConversationId, from: number, to: number) => ({ conversation, from, to });
    for (const node of world.nodes) {
      const hidden = async (user: UserId, ...ranges: readonly ReturnType<typeof range>[]) =>
        sorted(await node.hidden({ user, ranges }));
      expect(await hidden(me, range(one, 3, 7))).toEqual([of(one, 3), of(one, 3, 2), of(one, 7)]);
      expect(await hidden(me, range(one, 4, 6))).toEqual([]);
      expect(await hidden(me, range(two, 1, 9), range(one, 12, 12))).toEqual([of(two, 3), of(one, 12)]);
      expect(await hidden(me, range(freshId<ConversationId>(), 1, 99))).toEqual([]);
      expect(await hidden(other, range(one, 1, 99))).toEqual([of(one, 4)]);
      expect(await hidden(nobody, range(one, 1, 99))).toEqual([]);
      expect(await hidden(me)).toEqual([]);
    }
  });

  test('[LOG106] a listing says whether its person had hidden anything by then, in that workspace', async () => {
    const [me, other] = people(2) as [UserId, UserId];
    const self = await world.create('self', [me]);
    const { workspace } = await world.create('group', [me, other], self.workspace);
    const elsewhere = await world.create('self', [me]);
    const hides = (user: UserId, of = workspace) =>
      Promise.all(world.nodes.map(async (node) => (await node.summaries({ workspace: of, user, limit: 10 })).hides));
    const all = (is: boolean) => world.nodes.map(() => is);
    expect(await hides(me)).toEqual(all(false));
    await hide(self, me, { conversation: freshId<ConversationId>(), epoch: 1, seq: 3 });
    expect(await hides(me)).toEqual(all(true));
    expect(await hides(other)).toEqual(all(false));
    expect(await hides(me, elsewhere.workspace)).toEqual(all(false));
  });

  test('[LOG97] of a message the first entry that hides it is known, and how many hide any', async () => {
    const [me, nobody] = people(2) as [UserId, UserId];
    const self = await world.create('self', [me]);
    const conversation = freshId<ConversationId>();
    const message = { conversation, epoch: 1, seq: 5 };
    await hide(self, me, { ...message, epoch: 2 });
    const { seq, at } = await hide(self, me, message);
    await hide(self, me, message);
    for (const node of world.nodes) {
      expect(await node.hidingOf({ user: me, ...message })).toEqual({ hiddenBy: { seq, at }, count: 3 });
      for (const seq of [6, 2 ** 31 + 5, Number.MAX_SAFE_INTEGER]) {
        expect(await node.hidingOf({ user: me, ...message, seq })).toEqual({ hiddenBy: null, count: 3 });
      }
      expect(await node.hidingOf({ user: nobody, ...message })).toEqual({ hiddenBy: null, count: 0 });
    }
  });

  test('[LOG98] the entries that hide something are read in their order, page by page, with the record', async () => {
    const [me] = people(1) as [UserId];
    const self = await world.create('self', [me]);
    const conversation = freshId<ConversationId>();
    for (const seq of [9, 2, 4]) {
      await hide(self, me, { conversation, epoch: 1, seq });
      await world.send(self, me, 'a note');
    }
    for (const node of world.nodes) {
      const read = async (after: number, limit: number) => {
        const page = await node.hidings({ conversation: self.conversation, after, limit });
        expect(page?.record.state.head).toBe(7);
        return page?.entries.map(({ seq, body }) => [seq, (body.message as Message).seq]);
      };
      expect(await read(0, 2)).toEqual([
        [2, 9],
        [4, 2],
      ]);
      expect(await read(4, 2)).toEqual([[6, 4]]);
      expect(await read(6, 2)).toEqual([]);
      expect(await node.hidings({ conversation: freshId<ConversationId>(), after: 0, limit: 1 })).toBeNull();
    }
  });
}
