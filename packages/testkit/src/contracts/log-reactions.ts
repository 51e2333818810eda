// Contract of the log: who reacts to which message, what a reaction is decided on, and what is read of it.
import type { Entry, UserId } from '@kith/protocol';
import type { ConversationLog, Draft, Target, Write } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import {
  amending,
  codeOf,
  deletion,
  edit,
  freshId,
  type LogWorld,
  numbersTo,
  type Place,
  people,
} from './log-world.js';

type Kind = { readonly emoji: string; readonly count: number };

export function reactionRules(world: LogWorld): void {
  const react = async (place: Place, author: UserId, wish: Wish) => {
    const { node = world.log } = wish;
    return (await node.append(reaction(place, author, wish))).seq;
  };

  test('[LOG73] a reaction is decided on what stands by then, and on what its author has put there', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const { seq } = await world.send(place, owner);
    const [found, heads]: [(Target | null)[], number[]] = [[], []];
    const looking = (author: UserId): Write => ({
      ...amending(place, author, edit(seq, 'x')),
      decide: (record, target) => {
        found.push(target);
        heads.push(record?.state.head ?? 0);
        return { settledBy: { seq, at: 1 } };
      },
    });
    const look = async (author: UserId) => {
      await world.other.append(looking(author));
      return found.at(-1);
    };
    expect(await look(owner)).toMatchObject({ reacted: null, own: [] });
    await react(place, owner, { seq, emoji: '👍' });
    await react(place, member, { seq, emoji: '❤️', node: world.other });
    await react(place, owner, { seq, emoji: '❤️' });
    const entries = await world.entries(place);
    const placeOf = (number: number) => ({ seq: number, at: entries[number - 1]?.at });
    const reactions = [kind('👍', 1), kind('❤️', 2)];
    const reacted = { ...placeOf(seq + 3), reactions };
    const own = [
      { ...placeOf(seq + 1), emoji: '👍' },
      { ...placeOf(seq + 3), emoji: '❤️' },
    ];
    expect(await look(owner)).toMatchObject({ edits: 0, deletion: null, reacted, own });
    expect(await look(member)).toMatchObject({ reacted, own: [{ ...placeOf(seq + 2), emoji: '❤️' }] });
    await react(place, owner, { seq, emoji: '👍', on: false, node: world.other });
    expect(await look(owner)).toMatchObject({ reacted: { seq: seq + 4, reactions: [kind('❤️', 2)] }, own: [own[1]] });
    await react(place, owner, { seq, emoji: '👍' });
    expect((await look(owner))?.own.map((one) => one.emoji)).toEqual(['❤️', '👍']);
    expect(heads.at(-1)).toBe(seq + 5);
  });

  test('[LOG73] [LOG66] however many react at once on both nodes, each is decided on those before it', async () => {
    const users = people(5);
    const place = await world.create('group', users);
    const { seq } = await world.send(place, users[0]);
    const answers = await Promise.all(
      numbersTo(20).map((count) => {
        const author = users[count % 5] ?? users[0];
        const emoji = count % 4 < 2 ? '👍' : '❤️';
        return codeOf((world.nodes[count % 2] ?? world.log).append(reaction(place, author, { seq, emoji })));
      }),
    );
    expect(answers.every((code) => code === null)).toBe(true);
    const entries = await world.entries(place);
    const standing = new Map<string, number>();
    for (const { kind: what, body } of entries) {
      if (what !== 'reaction.set') continue;
      standing.set(String(body.emoji), (standing.get(String(body.emoji)) ?? 0) + 1);
      expect(body.reactions).toEqual([...standing].map(([emoji, count]) => ({ emoji, count })));
    }
    expect([...standing.values()].reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(10);
    expect([...standing.keys()].sort()).toEqual(['❤️', '👍'].sort());
  });

  test('[LOG74] a page has the last reaction to each message up to an entry, and what its reader has put there', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const [a, b, c] = [await world.send(place, owner), await world.send(place, owner), await world.send(place, owner)];
    await react(place, owner, { seq: a.seq, emoji: '👍' });
    await react(place, member, { seq: b.seq, emoji: '❤️' });
    await world.log.append(amending(place, owner, edit(a.seq, 'x')));
    await react(place, member, { seq: a.seq, emoji: '👍' });
    await react(place, member, { seq: b.seq, emoji: '❤️', on: false });
    await world.log.append(amending(place, owner, deletion(c.seq, owner)));
    for (const node of world.nodes) {
      const read = async (reader: UserId, range: { after?: number; limit?: number; upToChange?: number } = {}) => {
        const page = await node.readEdited({ ...place, after: 0, limit: 100, from: 'lower', reader, ...range });
        return [page?.changes.map((entry) => entry.seq - c.seq), page?.own];
      };
      const thumb = { target: a.seq, emoji: '👍' };
      expect(await read(owner)).toEqual([[3, 4, 5], [thumb]]);
      expect(await read(member)).toEqual([[3, 4, 5], [thumb]]);
      expect(await read(owner, { upToChange: c.seq + 2 })).toEqual([[1, 2], [thumb]]);
      expect(await read(owner, { after: a.seq })).toEqual([[5], []]);
      expect(await read(owner, { after: a.seq - 1, limit: 1 })).toEqual([[3, 4], [thumb]]);
      expect(await read(freshId<UserId>())).toEqual([[3, 4, 5], []]);
    }
  });

  test('[LOG75] those who react are read page by page, with one emoji or with any', async () => {
    const users = people(4);
    const place = await world.create('group', users);
    const { seq } = await world.send(place, users[0]);
    const other = await world.send(place, users[0]);
    const seqs: number[] = [];
    for (const [index, user] of users.entries()) {
      seqs.push(await react(place, user, { seq, emoji: index % 2 === 0 ? '👍' : '❤️' }));
    }
    await react(place, users[0], { seq: other.seq, emoji: '👍' });
    await react(place, users[1] ?? users[0], { seq, emoji: '❤️', on: false });
    const [one, , three, four] = users.map((user, index) => ({
      user,
      emoji: index % 2 === 0 ? '👍' : '❤️',
      seq: seqs[index],
    }));
    for (const node of world.nodes) {
      const { conversation } = place;
      const read = async (range: { emoji?: string; after?: number; limit?: number } = {}) =>
        (await node.reactors({ conversation, target: seq, after: 0, limit: 100, ...range }))?.reactors;
      expect(await read()).toEqual([one, three, four]);
      expect(await read({ emoji: '👍' })).toEqual([one, three]);
      expect(await read({ limit: 2 })).toEqual([one, three]);
      expect(await read({ after: three?.seq ?? 0 })).toEqual([four]);
      expect(await read({ emoji: '🎉' })).toEqual([]);
      const page = await node.reactors({ conversation, target: 2 ** 33, after: 0, limit: 1 });
      expect(page).toMatchObject({ record: { id: conversation, state: { head: other.seq + 6 } }, reactors: [] });
      const nowhere = freshId<Place['conversation']>();
      expect(await node.reactors({ conversation: nowhere, target: seq, after: 0, limit: 1 })).toBeNull();
    }
  });

  test('[LOG65] [LOG71] reactions outlive the message in the log, and are no part of its history', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const { seq } = await world.send(place, owner);
    await react(place, owner, { seq, emoji: '👍' });
    await world.log.append(amending(place, owner, edit(seq, 'x')));
    await world.log.append(amending(place, owner, deletion(seq, owner)));
    for (const node of world.nodes) {
      const entries = await world.entries(place, node);
      expect(entries.slice(-3).map(({ kind: what, erased = false }) => [what, erased])).toEqual([
        ['reaction.set', false],
        ['message.edited', true],
        ['message.deleted', false],
      ]);
      const history = await node.history(place.conversation, seq);
      expect(history?.entries.map((entry: Entry) => entry.seq)).toEqual([seq, seq + 2, seq + 3]);
    }
  });
}

type Wish = {
  readonly seq: number;
  readonly emoji: string;
  readonly on?: boolean;
  /** Where it is written. */
  readonly node?: ConversationLog;
};

/** Decided as the server does, but for what is settled: there nothing is written either. */
function reaction(place: Place, author: UserId, { seq, emoji, on = true }: Wish): Write {
  const draft = (reactions: readonly Kind[]): Draft => {
    const count = reactions.find((one) => one.emoji === emoji)?.count ?? 0;
    return { kind: 'reaction.set', body: { target: seq, emoji, on, count, reactions } };
  };
  return {
    ...amending(place, author, draft([])),
    decide: (_, target) => {
      const own = target?.own.find((one) => one.emoji === emoji);
      if (target && on === (own !== undefined)) return { settledBy: own ?? target.entry };
      const before = target?.reacted?.reactions ?? [];
      const counts = new Map(before.map((one) => [one.emoji, one.count]));
      counts.set(emoji, (counts.get(emoji) ?? 0) + (on ? 1 : -1));
      return [draft([...counts].flatMap(([one, count]) => (count > 0 ? [kind(one, count)] : [])))];
    },
  };
}

function kind(emoji: string, count: number): Kind {
  return { emoji, count };
}
