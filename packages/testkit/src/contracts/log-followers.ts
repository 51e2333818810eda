// Contract of the log: who follows which thread, how far they have read in it, and what of it is unread to them.
import type { Key, UserId } from '@kith/protocol';
import { standingOf } from '@kith/server/core/followers';
import type { ConversationLog, ThreadMark, ThreadOf, Write } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { amending, deletion, freshId, type LogWorld, type Place, people, write } from './log-world.js';

type Mentions = { readonly users?: readonly UserId[]; readonly all?: boolean };
type Answer = {
  readonly thread?: number;
  readonly mentions?: Mentions;
  /** Where it is written. */
  readonly node?: ConversationLog;
};

export function followerRules(world: LogWorld): void {
  const send = async (place: Place, author: UserId, { node = world.log, ...body }: Answer = {}) =>
    (await node.append(saying(place, author, body))).seq;
  const of = ({ conversation }: Place, user: UserId, thread: number): ThreadOf => ({ conversation, user, thread });
  /** The same on both nodes. */
  const mark = async (place: Place, user: UserId, thread: number) => {
    const [one, other] = await Promise.all(world.nodes.map((node) => node.thread(of(place, user, thread))));
    expect(one).toEqual(other);
    return standingOf(one as ThreadMark);
  };
  const nobody = { follows: false, read: 0, unread: 0, mentions: 0 };

  test('[LOG84] who begins a thread, answers or is named follows it, from before the message that made it so', async () => {
    const [owner, named = owner, member = owner, late = owner] = people(4);
    const place = await world.create('group', [owner, named, member, late]);
    const stranger = freshId<UserId>();
    const first = await send(place, owner, { mentions: { users: [named, stranger] } });
    expect(await mark(place, owner, first)).toEqual(nobody);
    const one = await send(place, member, { thread: first });
    await send(place, owner);
    const two = await send(place, member, { thread: first, mentions: { users: [late, owner] } });
    expect(await mark(place, owner, first)).toEqual({ follows: true, read: one - 1, unread: 2, mentions: 1 });
    expect(await mark(place, named, first)).toEqual({ follows: true, read: one - 1, unread: 2, mentions: 0 });
    expect(await mark(place, member, first)).toEqual({ follows: true, read: two, unread: 0, mentions: 0 });
    expect(await mark(place, late, first)).toEqual({ follows: true, read: two - 1, unread: 1, mentions: 1 });
    expect(await world.log.thread(of(place, stranger, first))).toBeNull();
    const three = await send(place, owner, { thread: first, mentions: { all: true }, node: world.other });
    expect(await mark(place, owner, first)).toMatchObject({ read: three, unread: 0 });
    expect(await mark(place, late, first)).toMatchObject({ read: two - 1, unread: 2, mentions: 2 });
  });

  test('[LOG85] marks of a thread only grow, never past the head, and only of those who follow it', async () => {
    const [owner, member = owner, other = owner] = people(3);
    const place = await world.create('group', [owner, member, other]);
    const first = await send(place, owner);
    const answers: number[] = [];
    for (let count = 0; count < 4; count += 1) answers.push(await send(place, member, { thread: first }));
    const [one = 0, two = 0, , last = 0] = answers;
    const advance = (user: UserId, read: number) => world.log.advanceThreads([{ ...of(place, user, first), read }]);
    expect(await advance(owner, two)).toEqual([
      { ...of(place, owner, first), epoch: expect.any(Number), follows: true, read: two, unread: 2, mentions: 0 },
    ]);
    expect(await advance(owner, one)).toEqual([]);
    expect(await advance(other, two)).toEqual([]);
    expect(await advance(freshId<UserId>(), two)).toEqual([]);
    const rows = [two, last, Number.MAX_SAFE_INTEGER].map((read) => ({ ...of(place, owner, first), read }));
    const far = { ...of(place, owner, 2 ** 40), read: 5 };
    expect(await world.other.advanceThreads([...rows, far])).toMatchObject([{ read: last, unread: 0 }]);
    expect(await mark(place, owner, first)).toMatchObject({ read: last });
    expect(await world.log.summary(place.conversation, owner)).toMatchObject({ read: 0 });
  });

  test('[LOG86] what is deleted is not unread, nor is what came after somebody left', async () => {
    const [owner, member = owner, leaver = owner] = people(3);
    const place = await world.create('group', [owner, member, leaver]);
    const first = await send(place, leaver);
    const one = await send(place, owner, { thread: first, mentions: { users: [leaver] } });
    await send(place, owner, { thread: first });
    expect(await mark(place, leaver, first)).toMatchObject({ unread: 2, mentions: 1 });
    await world.log.append(amending(place, owner, deletion(one, owner)));
    expect(await mark(place, leaver, first)).toMatchObject({ unread: 1, mentions: 0 });
    await world.remove(place, owner, leaver);
    await send(place, member, { thread: first });
    expect(await mark(place, leaver, first)).toMatchObject({ unread: 1 });
    expect((await world.log.threads({ ...asking(place, leaver), limit: 9 })).threads).toEqual([]);
  });

  test('[LOG87] following by hand begins at the head, ending it forgets what is unread, and a mention begins it anew', async () => {
    const [owner, member = owner, other = owner] = people(3);
    const place = await world.create('group', [owner, member, other]);
    const first = await send(place, owner);
    const one = await send(place, member, { thread: first });
    await world.log.follow(of(place, other, first), false);
    expect(await mark(place, other, first)).toEqual(nobody);
    await world.log.follow(of(place, other, first), true);
    expect(await mark(place, other, first)).toEqual({ follows: true, read: one, unread: 0, mentions: 0 });
    const two = await send(place, member, { thread: first });
    await world.other.follow(of(place, other, first), true);
    expect(await mark(place, other, first)).toMatchObject({ read: one, unread: 1 });
    await world.log.follow(of(place, other, first), false);
    expect(await mark(place, other, first)).toEqual(nobody);
    expect(await world.log.advanceThreads([{ ...of(place, other, first), read: two }])).toEqual([]);
    const three = await send(place, owner, { thread: first, mentions: { users: [other] } });
    expect(await mark(place, other, first)).toEqual({ follows: true, read: three - 1, unread: 1, mentions: 1 });
    await world.log.follow(of(place, freshId<UserId>(), first), true);
  });

  test('[LOG88] threads are listed by their last answer, each once over all pages, with how many have something unread', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const elsewhere = { ...(await world.create('group', [owner, member], place.workspace)) };
    const threads: { readonly place: Place; readonly first: number; readonly last: number }[] = [];
    for (const there of [place, elsewhere, place, elsewhere, place]) {
      const first = await send(there, owner);
      world.jump(10);
      threads.push({ place: there, first, last: await send(there, member, { thread: first }) });
    }
    await send(place, owner);
    await world.log.follow(of(place, owner, await send(place, member)), true);
    const expected = threads.toReversed().map((one) => [one.place.conversation, one.first, one.last]);
    const seen: unknown[] = [];
    let after: { at: number; conversation: Place['conversation']; thread: number } | undefined;
    for (let pages = 0; pages < 4; pages += 1) {
      const query = { ...asking(place, owner), limit: 2, ...(after ? { after } : {}) };
      const page = await world.nodes[pages % 2]?.threads(query);
      expect(page?.unread).toBe(5);
      const found = page?.threads ?? [];
      seen.push(...found.map(({ conversation, thread, last }) => [conversation, thread, last.seq]));
      const end = found.at(-1);
      if (end) after = { at: end.last.at, conversation: end.conversation, thread: end.thread };
    }
    expect(seen).toEqual(expected);
    const [newest] = threads.slice(-1);
    if (newest) await world.log.advanceThreads([{ ...of(place, owner, newest.first), read: newest.last }]);
    const here = await world.other.threads({ ...asking(place, owner), conversation: place.conversation, limit: 9 });
    expect(here.threads.map(({ thread, unread }) => [thread, unread])).toEqual(
      threads
        .filter((one) => one.place === place)
        .toReversed()
        .map(({ first }) => [first, first === newest?.first ? 0 : 1]),
    );
    expect(here.unread).toBe(2);
    expect((await world.log.threads({ ...asking(place, member), limit: 9 })).unread).toBe(0);
    expect((await world.log.threads({ ...asking(place, freshId<UserId>()), limit: 9 })).threads).toEqual([]);
    expect((await world.log.threads({ workspace: freshId(), user: owner, limit: 9 })).threads).toEqual([]);
  });

  test('[LOG89] a thread that begins where a member may not read is none of theirs', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner]);
    const closed = { kind: 'conversation.updated', body: { history: 'closed' } } as const;
    await world.log.append(write(place, owner, { drafts: [closed] }));
    const first = await send(place, owner);
    await send(place, owner, { thread: first });
    await world.add(place, owner, member);
    await send(place, owner, { thread: first, mentions: { users: [member] } });
    expect((await world.log.threads({ ...asking(place, member), limit: 9 })).threads).toEqual([]);
  });

  test('[LOG90] the feed names who stands otherwise to a thread by what they said', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const first = await send(place, owner);
    const one = await send(place, member, { thread: first });
    const { mark: before } = await world.other.changes(null);
    await world.log.advanceThreads([{ ...of(place, owner, first), read: one }]);
    const second = await send(place, member);
    await world.log.follow(of(place, owner, second), true);
    const { threads } = await world.other.changes(before);
    const named = threads.filter(({ conversation }) => conversation === place.conversation);
    const epoch = (await world.log.records([place.conversation])).get(place.conversation)?.state.epoch;
    expect(named.toSorted((a, b) => a.thread - b.thread)).toEqual([
      { ...of(place, owner, first), epoch, follows: true, read: one },
      { ...of(place, owner, second), epoch, follows: true, read: second },
    ]);
  });
}

function asking({ workspace }: Place, user: UserId) {
  return { workspace, user };
}

/** A message that is decided as the server decides it: the count of an answer is one above that of the last. */
function saying(place: Place, author: UserId, { thread, mentions }: Answer): Write {
  const body = { text: 'x', ...(mentions ? { mentions } : {}), ...(thread === undefined ? {} : { thread }) };
  return {
    ...place,
    author,
    key: freshId<Key>(),
    content: JSON.stringify(body),
    ...(thread === undefined ? {} : { target: thread }),
    decide: (_record, target) => [
      {
        kind: 'message.sent',
        body: { ...body, ...(thread === undefined ? {} : { count: (target?.answers ?? 0) + 1 }) },
      },
    ],
  };
}
