// Contract of the votes of the log: what a vote is decided on, what is read of it and by whom it is told, and its end.
import { type Entry, isMessage, LIMITS, toId, type UserId } from '@kith/protocol';
import type { ConversationLog, Draft, Target, Write } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import {
  amending,
  codeOf,
  deletion,
  freshId,
  type LogWorld,
  numbersTo,
  type Place,
  people,
  write,
} from './log-world.js';

const OPTIONS = 3;

export function voteRules(world: LogWorld): void {
  const ask = async (place: Place, author: UserId) => {
    const poll = { options: numbersTo(OPTIONS).map((text) => ({ text: String(text) })), most: OPTIONS };
    return (
      await world.log.append(write(place, author, { drafts: [{ kind: 'message.sent', body: { text: '?', poll } }] }))
    ).seq;
  };
  const vote = async (place: Place, author: UserId, { node = world.log, ...wish }: Wish & { node?: ConversationLog }) =>
    (await node.append(voting(place, author, wish))).seq;
  const look = async (place: Place, author: UserId, seq: number) => {
    const found: (Target | null)[] = [];
    await world.other.append({
      ...voting(place, author, { seq, choices: [] }),
      decide: (_, target) => {
        found.push(target);
        return { settledBy: { seq, at: 1 } };
      },
    });
    return found.at(-1);
  };

  test('[VOTE1] a vote is decided on what stands, on whether the poll is closed, and on what its author has chosen', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const seq = await ask(place, owner);
    expect(await look(place, owner, seq)).toMatchObject({ voted: null, closed: null, vote: null });
    await vote(place, owner, { seq, choices: [0, 2] });
    await vote(place, member, { seq, choices: [2], isUnnamed: true, node: world.other });
    const entries = await world.entries(place);
    const placeOf = (number: number) => ({ seq: number, at: entries[number - 1]?.at });
    const voted = { ...placeOf(seq + 2), counts: [1, 0, 2], voters: 2 };
    const mine = { ...placeOf(seq + 1), choices: [0, 2] };
    expect(await look(place, owner, seq)).toMatchObject({ voted, closed: null, vote: mine });
    expect(await look(place, member, seq)).toMatchObject({ voted, vote: { ...placeOf(seq + 2), choices: [2] } });
    await vote(place, owner, { seq, choices: [] });
    await world.log.append(amending(place, owner, closing(seq)));
    const found = await look(place, owner, seq);
    expect(found).toMatchObject({ voted: { seq: seq + 3, counts: [0, 0, 1], voters: 1 }, vote: null });
    expect(found?.closed).toEqual({ seq: seq + 4, at: (await world.entries(place))[seq + 3]?.at });
  });

  test('[VOTE1] [LOG66] however many vote at once on both nodes, each is decided on those before it', async () => {
    const users = people(5);
    const place = await world.create('group', users);
    const seq = await ask(place, users[0]);
    const answers = await Promise.all(
      numbersTo(20).map((count) => {
        const author = users[count % 5] ?? users[0];
        const wish = { seq, choices: [count % OPTIONS], isUnnamed: count % 2 === 0 };
        return codeOf((world.nodes[count % 2] ?? world.log).append(voting(place, author, wish)));
      }),
    );
    expect(answers.every((code) => code === null)).toBe(true);
    const last = (await world.entries(place)).at(-1)?.body;
    const { voters } = (await world.log.votes({ ...place, target: seq, after: 0, limit: 100 })) ?? {};
    expect(last?.voters).toBe(5);
    expect(last?.counts).toEqual(
      numbersTo(OPTIONS).map((number) => voters?.filter(({ choices }) => choices.includes(number - 1)).length),
    );
  });

  test('[VOTE1] a vote is decided on the time that its entry bears', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const seq = await ask(place, owner);
    const times: number[] = [];
    const wanted = voting(place, owner, { seq, choices: [1] });
    const { at } = await world.log.append({
      ...wanted,
      decide: (record, target, lastAt) => {
        times.push(target?.nowMs ?? 0);
        return wanted.decide(record, target, lastAt);
      },
    });
    expect(times.at(-1)).toBe(at);
  });

  test('[VOTE2] an entry that is written unnamed has no author and no key, and its key is known all the same', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const seq = await ask(place, owner);
    const wanted = voting(place, member, { seq, choices: [1], isUnnamed: true });
    const first = await world.log.append(wanted);
    const isNameless = (entry: Entry | undefined) =>
      entry?.seq === seq + 1 && !('author' in entry) && !('key' in entry);
    expect(first.entries.map(isNameless)).toEqual([true]);
    for (const node of world.nodes) {
      expect(isNameless((await world.entries(place, node)).at(-1))).toBe(true);
      const changes = await node.readChanges({ ...place, after: 0, limit: 10 });
      expect(changes?.entries.map(isNameless)).toEqual([true]);
      const { changes: edited = [] } = (await node.readEdited(pageOf(place, owner))) ?? {};
      expect(edited.map(isNameless)).toEqual([true]);
      expect(isNameless((await node.summary(place.conversation, owner))?.last ?? undefined)).toBe(true);
      expect(await node.append(wanted)).toMatchObject({ seq: first.seq, at: first.at, duplicate: true, entries: [] });
      expect(await codeOf(node.append({ ...wanted, content: 'other' }))).toBe('key_reused');
    }
    await vote(place, owner, { seq, choices: [1] });
    expect((await world.entries(place)).at(-1)).toMatchObject({ author: owner, body: { counts: [0, 2, 0] } });
  });

  test('[VOTE3] a page has the last vote and the closing of each poll up to an entry, and what its reader has chosen', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const [a, b] = [await ask(place, owner), await ask(place, owner)];
    await vote(place, owner, { seq: a, choices: [0] });
    await vote(place, member, { seq: b, choices: [1, 2], isUnnamed: true });
    await vote(place, member, { seq: a, choices: [2] });
    await world.log.append(amending(place, owner, closing(a)));
    for (const node of world.nodes) {
      const read = async (reader: UserId, range: { upToChange?: number; after?: number } = {}) => {
        const page = await node.readEdited({ ...pageOf(place, reader), ...range });
        return [page?.changes.map((entry) => entry.seq - b), page?.votes];
      };
      expect(await read(owner)).toEqual([[2, 3, 4], [{ target: a, choices: [0] }]]);
      const theirs = [
        { target: a, choices: [2] },
        { target: b, choices: [1, 2] },
      ];
      expect(await read(member)).toEqual([[2, 3, 4], theirs]);
      expect(await read(member, { upToChange: b + 2 })).toEqual([[1, 2], theirs]);
      expect(await read(member, { after: a })).toEqual([[2], theirs.slice(1)]);
      expect(await read(freshId<UserId>())).toEqual([[2, 3, 4], []]);
    }
  });

  test('[VOTE4] those who vote are read page by page, with one option or with any', async () => {
    const users = people(4);
    const place = await world.create('group', users);
    const seq = await ask(place, users[0]);
    const wanted = users.map((user, index) => ({ user, choices: index % 2 === 0 ? [0] : [0, 1] }));
    const seqs: number[] = [];
    for (const { user, choices } of wanted) seqs.push(await vote(place, user, { seq, choices }));
    await vote(place, users[1] ?? users[0], { seq, choices: [] });
    const last = await vote(place, users[0], { seq, choices: [2] });
    const [, , three, four] = wanted.map((one, index) => ({ ...one, seq: seqs[index] }));
    const again = { user: users[0], choices: [2], seq: last };
    for (const node of world.nodes) {
      const read = async (range: { option?: number; after?: number; limit?: number } = {}) =>
        (await node.votes({ ...place, target: seq, after: 0, limit: 100, ...range }))?.voters;
      expect(await read()).toEqual([three, four, again]);
      expect(await read({ option: 0 })).toEqual([three, four]);
      expect(await read({ option: 2 })).toEqual([again]);
      expect(await read({ option: LIMITS.pollOptions - 1 })).toEqual([]);
      expect(await read({ limit: 1 })).toEqual([three]);
      expect(await read({ after: three?.seq ?? 0 })).toEqual([four, again]);
      const nowhere = freshId<Place['conversation']>();
      expect(await node.votes({ conversation: nowhere, target: seq, after: 0, limit: 1 })).toBeNull();
    }
  });

  test('[VOTE5] a deletion erases the votes and the closing, and nobody has chosen anything', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const [seq, other] = [await ask(place, owner), await ask(place, owner)];
    const wanted = voting(place, member, { seq, choices: [1] });
    await world.log.append(wanted);
    await vote(place, owner, { seq, choices: [1], isUnnamed: true });
    await vote(place, owner, { seq: other, choices: [0] });
    await world.log.append(amending(place, owner, closing(seq)));
    await world.log.append(amending(place, owner, deletion(seq, owner)));
    for (const node of world.nodes) {
      const entries = await world.entries(place, node);
      expect(
        entries
          .filter((entry) => !isMessage(entry))
          .slice(-5)
          .map(({ body, erased = false }) => [body, erased]),
      ).toEqual([
        [{ target: seq }, true],
        [{ target: seq }, true],
        [expect.objectContaining({ target: other, counts: [1, 0, 0] }), false],
        [{ target: seq }, true],
        [{ target: seq, author: owner }, false],
      ]);
      expect((await node.votes({ ...place, target: seq, after: 0, limit: 9 }))?.voters).toEqual([]);
      expect((await node.readEdited(pageOf(place, owner)))?.votes).toEqual([{ target: other, choices: [0] }]);
      expect(await node.append({ ...wanted, content: 'anything' })).toMatchObject({ duplicate: true });
    }
    expect(await look(place, member, seq)).toMatchObject({ vote: null });
  });

  test('[VOTE6] what a reader has chosen stays theirs as a member, and the other way round', async () => {
    const [owner, reader = owner] = people(2);
    const place = await world.create('channel', [owner]);
    const seq = await ask(place, owner);
    const seat = (drafts: readonly Draft[], first: number | null): Write => ({
      ...write(place, owner, { drafts: [{ kind: 'member.left', body: {} }] }),
      about: reader,
      decide: () => ({ drafts, reader: { user: reader, first } }),
    });
    await world.log.append(seat([], 1));
    const choices = [0, 1];
    const voted = await vote(place, reader, { seq, choices, isUnnamed: true });
    const expectTheirs = async () => {
      for (const node of world.nodes) {
        expect((await node.readEdited(pageOf(place, reader)))?.votes).toEqual([{ target: seq, choices }]);
        const { voters } = (await node.votes({ ...place, target: seq, after: 0, limit: 9 })) ?? {};
        expect(voters).toEqual([{ user: reader, choices, seq: voted }]);
      }
      expect(await look(place, reader, seq)).toMatchObject({ vote: { seq: voted, choices } });
    };
    await expectTheirs();
    await world.add(place, owner, reader);
    await expectTheirs();
    await world.log.append(seat([{ kind: 'member.left', body: { users: [reader], reading: true } }], 1));
    await expectTheirs();
  });
}

type Wish = { readonly seq: number; readonly choices: readonly number[]; readonly isUnnamed?: boolean };

function pageOf({ conversation }: Place, reader: UserId) {
  return { conversation, after: 0, limit: 100, from: 'lower', reader: toId<UserId>(reader) } as const;
}

function closing(target: number): Draft {
  return { kind: 'poll.closed', body: { target, counts: [0, 0, 0], voters: 0 } };
}

/** Decided as the server does, but for what is refused or settled. */
function voting(place: Place, author: UserId, { seq, choices, isUnnamed = false }: Wish): Write {
  return {
    ...amending(place, author, { kind: 'poll.voted', body: { target: seq, choices } }),
    decide: (_, target) => {
      const before = target?.vote?.choices ?? [];
      const { counts = numbersTo(OPTIONS).map(() => 0), voters = 0 } = target?.voted ?? {};
      const change = (option: number) => Number(choices.includes(option)) - Number(before.includes(option));
      const body = {
        target: seq,
        counts: counts.map((count, option) => count + change(option)),
        voters: voters + Number(choices.length > 0) - Number(before.length > 0),
      };
      const draft = { kind: 'poll.voted', body, choices } as const;
      return [isUnnamed ? { ...draft, isUnnamed: true } : draft];
    },
  };
}
