// Contract of the log: messages that answer another, what the next is decided on, and how they are read.
import type { UserId } from '@kith/protocol';
import type { ConversationLog, Write } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { amending, deletion, edit, freshId, type LogWorld, type Place, people, sent, write } from './log-world.js';

export function threadRules(world: LogWorld): void {
  const answer = async (place: Place, author: UserId, { thread, node = world.log }: Wish) =>
    (await node.append(answering(place, author, thread))).seq;

  test('[LOG82] an answer is decided on how many there are, and is in no count', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const { seq } = await world.send(place, owner);
    const nodes = Array.from({ length: 10 }, (_, index) => world.nodes[index % 2] ?? world.log);
    await Promise.all(
      nodes.map((node, index) => answer(place, index % 3 === 0 ? owner : member, { thread: seq, node })),
    );
    const answers = (await world.entries(place)).slice(seq);
    expect(answers.map(({ body }) => body.count)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await world.log.append(amending(place, owner, deletion(seq + 10, owner)));
    await answer(place, owner, { thread: seq });
    await world.send(place, owner, 'outside');
    for (const node of world.nodes) {
      const [gone, , next, outside] = (await world.entries(place, node)).slice(-4);
      expect(gone).toMatchObject({ erased: true, body: { thread: seq, count: 10 } });
      expect([next?.body.count, outside?.n]).toEqual([11, 2]);
      const read = await node.summary(place.conversation, member);
      expect(read).toMatchObject({ unread: 2 });
    }
  });

  test('[LOG83] a thread is read from either end, each message with its last changes up to an entry', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const first = await world.send(place, owner);
    const other = await world.send(place, owner);
    const a = await answer(place, member, { thread: first.seq });
    await answer(place, owner, { thread: other.seq });
    const b = await answer(place, owner, { thread: first.seq });
    await world.log.append(amending(place, member, edit(a, 'x')));
    const c = await answer(place, member, { thread: first.seq });
    for (const node of world.nodes) {
      type Range = { after?: number; upTo?: number; limit?: number; from?: 'upper' | 'lower'; upToChange?: number };
      const read = async (range: Range = {}) => {
        const thread = { ...place, thread: first.seq, after: 0, limit: 100, from: 'lower' as const, reader: owner };
        const page = await node.readEdited({ ...thread, ...range });
        return [page?.entries.map(({ seq }) => seq), page?.changes.map(({ seq }) => seq)];
      };
      expect(await read()).toEqual([
        [first.seq, a, b, c],
        [c - 1, c],
      ]);
      expect(await read({ upToChange: b })).toEqual([[first.seq, a, b, c], [b]]);
      expect(await read({ limit: 2 })).toEqual([
        [first.seq, a],
        [c - 1, c],
      ]);
      expect(await read({ limit: 2, from: 'upper' })).toEqual([[b, c], []]);
      expect(await read({ limit: 2, from: 'upper', upTo: b - 1 })).toEqual([
        [first.seq, a],
        [c - 1, c],
      ]);
      expect(await read({ after: a })).toEqual([[b, c], []]);
      const page = await node.readEdited({ ...place, after: 0, limit: 100, from: 'lower', reader: owner });
      expect(page?.changes.map(({ seq }) => seq)).toEqual([a + 1, c - 1, c]);
      for (const thread of [c, 99, 2 ** 33]) {
        const none = await node.readEdited({ ...place, thread, after: 0, limit: 9, from: 'lower', reader: owner });
        expect(none?.entries.filter(({ body }) => body.thread === thread)).toEqual([]);
      }
      const nowhere = { ...place, conversation: freshId<Place['conversation']>() };
      const range = { after: 0, limit: 9, from: 'lower', reader: owner, thread: 1 } as const;
      expect(await node.readEdited({ ...nowhere, ...range })).toBeNull();
    }
  });
}

type Wish = {
  readonly thread: number;
  /** Where it is written. */
  readonly node?: ConversationLog;
};

/** Decided as the server does. */
function answering(place: Place, author: UserId, thread: number): Write {
  return {
    ...write(place, author, { drafts: [sent('an answer', { thread })] }),
    target: thread,
    decide: (_, target) => [sent('an answer', { thread, count: (target?.answers ?? 0) + 1 })],
  };
}
