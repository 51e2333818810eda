// Contract of the log: entries that change earlier ones, what they are decided on, and what a deletion leaves.
import { ChatError, type Entry, type Key, type UserId } from '@kith/protocol';
import type { ConversationLog, Target, Write } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import {
  amending,
  codeOf,
  deletion,
  edit,
  freshId,
  type LogWorld,
  message,
  numbersTo,
  type Place,
  people,
  sent,
  write,
} from './log-world.js';

export function amendmentRules(world: LogWorld): void {
  const change = (place: Place, author: UserId, seq: number) =>
    world.log.append(amending(place, author, edit(seq, 'x')));
  const remove = (place: Place, author: UserId, seq: number) =>
    world.other.append(amending(place, author, deletion(seq, author)));

  test('[LOG63] a write about an entry is decided on it, as of the head that it is decided against', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const { seq } = await world.send(place, owner, 'one');
    const targets: unknown[] = [];
    const looking = (target: number): Write => ({
      ...amending(place, member, edit(target, 'two')),
      decide: (record, found) => {
        targets.push(found && { ...found, head: record?.state.head });
        if (!found) throw new ChatError('not_found', 'no such entry');
        return [edit(target, 'two')];
      },
    });
    const [entry] = (await world.entries(place)).slice(-1);
    for (const node of world.nodes) await node.append(looking(seq));
    await remove(place, owner, seq);
    await world.log.append(looking(seq));
    for (const nowhere of [99, 2 ** 33]) expect(await codeOf(world.other.append(looking(nowhere)))).toBe('not_found');
    const noPoll = { voted: null, closed: null, vote: null, nowMs: expect.any(Number) };
    const untouched = { answers: 0, deletion: null, reacted: null, pinned: null, pins: 0, own: [], ...noPoll };
    const [, , deleted, changed] = (await world.entries(place)).slice(seq);
    expect(targets.slice(0, 3)).toEqual([
      { entry, edits: 0, ...untouched, head: seq },
      { entry, edits: 1, ...untouched, head: seq + 1 },
      {
        entry: { ...entry, body: {}, erased: true },
        ...untouched,
        edits: 2,
        deletion: { seq: seq + 3, at: deleted?.at },
        head: seq + 3,
      },
    ]);
    // A refusal may be asked for again, once the key was looked up.
    expect(new Set(targets.slice(3))).toEqual(new Set([null]));
    expect(changed).toMatchObject({ kind: 'message.edited', body: { target: seq, text: 'two' } });
  });

  test('[LOG63] where there is no conversation there is no entry either, nor for another workspace', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const { seq } = await world.send(place, owner);
    const found: unknown[] = [];
    const refusing = (where: Place): Write => ({
      ...amending(where, owner, edit(seq, 'x')),
      decide: (...given) => {
        found.push(given);
        throw new ChatError('not_found', 'no such conversation');
      },
    });
    const elsewhere = { ...place, workspace: freshId<Place['workspace']>() };
    const nowhere = { ...place, conversation: freshId<Place['conversation']>() };
    for (const where of [elsewhere, nowhere]) expect(await codeOf(world.log.append(refusing(where)))).toBe('not_found');
    expect(new Set(found.map((each) => JSON.stringify(each)))).toEqual(new Set(['[null,null,null]']));
  });

  test('[LOG64] what is settled is answered with what settled it, and its key may be used', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const { seq } = await world.send(place, owner);
    const first = await remove(place, owner, seq);
    const settled = (): Write => ({
      ...amending(place, owner, deletion(seq, owner)),
      decide: (_, found) => ({ settledBy: found?.deletion ?? { seq: 0, at: 0 } }),
    });
    for (const node of world.nodes) {
      const one = settled();
      const answer = { ...first, duplicate: true, entries: [] };
      expect(await node.append(one)).toEqual(answer);
      expect(await node.append({ ...one })).toEqual(answer);
      const { content: _, ...other } = message(place, owner, 'with that key');
      expect(await node.append({ ...other, content: 'another', key: one.key })).toMatchObject({ duplicate: false });
    }
    expect(await world.entries(place)).toHaveLength(5);
  });

  test('[LOG65] a deletion erases the message and its edits on every node, and leaves the rest as it was', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const { seq } = await world.log.append(
      write(place, owner, { drafts: [sent('secret', { replyTo: 1, mentions: { all: true } })] }),
    );
    await change(place, owner, seq);
    const kept = await world.send(place, member, 'kept');
    await change(place, member, kept.seq);
    await change(place, owner, seq);
    const before = await world.entries(place);
    const answer = await remove(place, owner, seq);
    const isGone = (entry: Entry) => entry.seq === seq || entry.body.target === seq;
    const emptied = before.map((entry) =>
      isGone(entry) ? { ...entry, body: entry.seq === seq ? {} : { target: seq }, erased: true as const } : entry,
    );
    for (const node of world.nodes) {
      expect(await world.entries(place, node)).toEqual([...emptied, ...answer.entries]);
      expect((await node.history(place.conversation, seq))?.entries).toEqual(
        [...emptied, ...answer.entries].filter(isGone),
      );
    }
    expect(answer.entries[0]).toMatchObject({ seq: kept.seq + 3, kind: 'message.deleted', body: { target: seq } });
  });

  test('[LOG66] one of many deletions is written, and no edit above it, whatever races on both nodes', async () => {
    const users = people(4);
    const place = await world.create('group', users);
    for (const round of numbersTo(6)) {
      const { seq } = await world.send(place, users[0], `round ${round}`);
      const answers = await Promise.all(
        numbersTo(16).map((count) => {
          const node: ConversationLog = world.nodes[count % 2] ?? world.log;
          const author = users[count % 4] ?? users[0];
          if (count % 4 === 3) return codeOf(node.append(message(place, author, `between ${count}`)));
          return codeOf(node.append(count % 4 === 2 ? once(place, author, seq) : unlessGone(place, author, seq)));
        }),
      );
      expect(answers.filter((code) => code !== null && code !== 'conflict')).toEqual([]);
      const about = (await world.entries(place)).filter(({ body }) => body.target === seq);
      expect(about.map(({ kind }) => kind === 'message.deleted').indexOf(true)).toBe(about.length - 1);
      expect(about.slice(0, -1).every(({ erased }) => erased)).toBe(true);
    }
    const entries = await world.entries(place);
    expect(entries.map(({ seq }) => seq)).toEqual(numbersTo(entries.length));
  });

  test('[LOG67] the key of what was erased gets its first answer, whatever is said under it', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const one = message(place, owner, 'one');
    const first = await world.log.append(one);
    const two = amending(place, owner, edit(first.seq, 'two'));
    const second = await world.log.append(two);
    await remove(place, owner, first.seq);
    for (const node of world.nodes) {
      for (const content of [one.content, 'something else']) {
        expect(await node.append({ ...one, content })).toEqual({ ...first, duplicate: true, entries: [] });
        expect(await node.append({ ...two, content })).toEqual({ ...second, duplicate: true, entries: [] });
      }
    }
  });

  test('[LOG17] the key of an edit or a deletion with other content is key_reused', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const { seq } = await world.send(place, owner);
    const [changed, removed] = [amending(place, owner, edit(seq, 'x')), amending(place, owner, deletion(seq, owner))];
    const { seq: other } = await world.send(place, owner);
    await world.log.append({ ...changed, target: other, decide: () => [edit(other, 'x')] });
    await world.log.append(removed);
    for (const node of world.nodes) {
      for (const { key } of [changed, removed]) expect(await reused(node, place, { owner, key })).toBe('key_reused');
    }
  });

  test('[LOG68] what was erased is unread no more, and an edit changes no count', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const counts = async () => {
      const summary = await world.other.summary(place.conversation, member);
      return [summary?.unread, summary?.mentions];
    };
    const mentioning = write(place, owner, { drafts: [sent('a', { mentions: { users: [member] } })] });
    const { seq } = await world.log.append(mentioning);
    const { seq: other } = await world.send(place, owner, 'b');
    await change(place, owner, other);
    expect(await counts()).toEqual([2, 1]);
    await remove(place, owner, seq);
    expect(await counts()).toEqual([1, 0]);
    const advance = { conversation: place.conversation, user: member, delivered: seq, read: seq };
    expect(await world.log.advance([advance])).toMatchObject([{ unread: 1, mentions: 0 }]);
  });

  test('[LOG69] a page with edits is the page, and the last edit of each message in it up to a seq', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const seqs: number[] = [];
    for (const text of ['a', 'b', 'c', 'd']) seqs.push((await world.send(place, owner, text)).seq);
    const [a = 0, b = 0, c = 0, d = 0] = seqs;
    for (const target of [b, a, b, d, c]) await change(place, owner, target);
    await remove(place, owner, d);
    const edited = async (node: ConversationLog, range: { after: number; limit: number; upToChange?: number }) => {
      const lower = { conversation: place.conversation, from: 'lower', ...range } as const;
      const page = await node.readEdited({ ...lower, reader: owner });
      expect(page).toEqual({ ...(await node.read(lower)), changes: page?.changes, own: [], votes: [] });
      return page?.changes.map(({ seq, body, erased }) => [seq - d, body.target, erased ?? false]);
    };
    for (const node of world.nodes) {
      const all = [
        [2, a, false],
        [3, b, false],
        [4, d, true],
        [5, c, false],
      ];
      expect(await edited(node, { after: 0, limit: 100 })).toEqual(all);
      expect(await edited(node, { after: 0, limit: 100, upToChange: d + 2 })).toEqual([[1, b, false], all[0]]);
      expect(await edited(node, { after: a, limit: 1 })).toEqual([all[1]]);
      expect(await edited(node, { after: d, limit: 9 })).toEqual([]);
      const upper = {
        conversation: place.conversation,
        after: 0,
        upTo: b,
        limit: 1,
        from: 'upper',
        reader: owner,
      } as const;
      expect((await node.readEdited(upper))?.changes.map(({ seq }) => seq - d)).toEqual([3]);
      expect(await node.readEdited({ ...upper, conversation: freshId<Place['conversation']>() })).toBeNull();
    }
  });

  test('[LOG76] several edited pages come in the order asked for, without those of nowhere', async () => {
    const [owner] = people(1);
    const [one, two] = [await world.create('group', [owner]), await world.create('group', [owner])];
    const { seq } = await world.send(one, owner);
    const other = await world.send(two, owner);
    for (const place of [one, one, two]) await change(place, owner, place === one ? seq : other.seq);
    const range = (place: Place) => ({ conversation: place.conversation, after: 0, limit: 9, from: 'lower' }) as const;
    const nowhere = { ...one, conversation: freshId<Place['conversation']>() };
    for (const node of world.nodes) {
      const pages = await node.readManyEdited({ ranges: [two, nowhere, one, two].map(range), reader: owner });
      expect(pages).toEqual([
        await node.readEdited({ ...range(two), reader: owner }),
        await node.readEdited({ ...range(one), reader: owner }),
        await node.readEdited({ ...range(two), reader: owner }),
      ]);
      const earlier = { ranges: [range(one), range(two)], reader: owner, upToChange: seq + 1 };
      const changes = (await node.readManyEdited(earlier)).map((page) => page.changes.map((entry) => entry.seq));
      expect(changes).toEqual([[seq + 1], [other.seq + 1]]);
      expect(await node.readManyEdited({ ranges: [], reader: owner })).toEqual([]);
    }
  });

  test('[LOG70] the entries that change earlier ones are read alone, page by page', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const { seq } = await world.send(place, owner);
    for (const _ of numbersTo(3)) {
      await world.send(place, owner, 'between');
      await change(place, owner, seq);
    }
    await remove(place, owner, seq);
    const all = [seq + 2, seq + 4, seq + 6, seq + 7];
    for (const node of world.nodes) {
      const changes = async (after: number, limit: number) => {
        const page = await node.readChanges({ conversation: place.conversation, after, limit });
        expect(page?.record.state.head).toBe(seq + 7);
        return page?.entries.map((entry) => entry.seq);
      };
      expect(await changes(0, 100)).toEqual(all);
      expect(await changes(0, 2)).toEqual(all.slice(0, 2));
      expect(await changes(seq + 4, 100)).toEqual(all.slice(2));
      expect(await changes(2 ** 33, 100)).toEqual([]);
      const nowhere = freshId<Place['conversation']>();
      expect(await node.readChanges({ conversation: nowhere, after: 0, limit: 1 })).toBeNull();
    }
  });

  test('[LOG71] a history is an entry with its edits and its deletion', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const [one, other] = [await world.send(place, owner, 'one'), await world.send(place, owner, 'other')];
    await change(place, owner, one.seq);
    await change(place, owner, other.seq);
    await change(place, owner, one.seq);
    for (const node of world.nodes) {
      const history = async (seq: number) => (await node.history(place.conversation, seq))?.entries;
      const entries = await world.entries(place);
      const about = (seq: number) => entries.filter((entry) => entry.seq === seq || entry.body.target === seq);
      expect(await history(one.seq)).toEqual(about(one.seq));
      expect(await history(1)).toEqual(about(1));
      for (const none of [0, 99, 2 ** 33]) expect(await history(none)).toEqual([]);
      expect(await node.history(freshId<Place['conversation']>(), 1)).toBeNull();
    }
    expect((await world.other.history(place.conversation, one.seq))?.entries).toHaveLength(3);
  });

  test('[LOG42] [LOG44] a deletion is new to a cursor from before, and what it erased may be so again', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const { seq } = await world.send(place, owner);
    const since = await world.cursor(place, member);
    await remove(place, owner, seq);
    const [summary] = await world.list(place, member, since);
    expect(summary).toMatchObject({ head: seq + 1, unread: 0, last: { kind: 'message.deleted' } });
    expect(summary?.seenHead).toBeLessThanOrEqual(seq);
  });
}

/** Deletes what is not deleted yet. */
function once(place: Place, author: UserId, seq: number): Write {
  const drafts = [deletion(seq, author)] as const;
  const decide = (_: unknown, found: Target | null) => (found?.deletion ? { settledBy: found.deletion } : drafts);
  return { ...amending(place, author, drafts[0]), decide };
}

/** Edits what is not deleted yet. */
function unlessGone(place: Place, author: UserId, seq: number): Write {
  const drafts = [edit(seq, 'y')] as const;
  const decide = (_: unknown, found: Target | null) => {
    if (found?.deletion) throw new ChatError('conflict', 'it is gone');
    return drafts;
  };
  return { ...amending(place, author, drafts[0]), decide };
}

function reused(node: ConversationLog, place: Place, { owner, key }: { owner: UserId; key: Key }) {
  return codeOf(node.append({ ...message(place, owner, 'other'), key }));
}
