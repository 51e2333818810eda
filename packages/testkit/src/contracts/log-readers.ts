// Contract of the log: readers of channels, who have no place in it.
import { ChatError, type EntryBody, type UserId } from '@kith/protocol';
import type { Draft, Write } from '@kith/server/core/log';
import { arrive, depart, readerIn, seatOf } from '@kith/server/core/readers';
import { expect, test } from 'vitest';
import { codeOf, freshId, type LogWorld, numbersTo, type Place, people, write } from './log-world.js';

const MANY = 40;

/** Somebody comes to read, or goes, by themselves. */
function seating(place: Place, user: UserId, how: typeof arrive): Write {
  const plain = write(place, user, { drafts: [{ kind: 'member.left', body: {} }] });
  return {
    ...plain,
    about: user,
    decide: (record) => {
      if (!record) throw new ChatError('not_found', 'no such conversation');
      return how(record, { user, nowMs: 0 });
    },
  };
}

/** A member goes on as a reader. */
function lowering(place: Place, author: UserId, user: UserId): Write {
  const left: Draft = { kind: 'member.left', body: { users: [user], reading: true } };
  return {
    ...write(place, author, { drafts: [left] }),
    about: user,
    decide: (record) => {
      if (!record) throw new ChatError('not_found', 'no such conversation');
      return { drafts: [left], reader: seatOf(record, user) };
    },
  };
}

/** Reacts, as somebody who reads, or is a member. */
function reacting(place: Place, author: UserId, target: number): Write {
  const body: EntryBody<'reaction.set'> = {
    ...{ target, emoji: '👍', on: true, count: 1 },
    reactions: [{ emoji: '👍', count: 1 }],
  };
  const draft: Draft = { kind: 'reaction.set', body };
  return {
    ...write(place, author, { drafts: [draft] }),
    target,
    decide: (record, found) => {
      const isIn = record?.state.members.get(author)?.left === null;
      if (!record || (!isIn && readerIn(record, author)?.left !== null)) throw new ChatError('not_found', 'not in it');
      const own = found?.own.find(({ emoji }) => emoji === '👍');
      return own ? { settledBy: own } : [draft];
    },
  };
}

export function readerRules(world: LogWorld): void {
  const channel = async (...users: readonly [UserId, ...UserId[]]): Promise<Place> => {
    const place = await world.create('channel', users);
    const set: Draft = { kind: 'conversation.updated', body: { name: 'news', visibility: 'public' } };
    await world.log.append(write(place, users[0], { drafts: [set] }));
    return place;
  };
  const stateOf = async ({ conversation }: Place, node = world.log) =>
    (await node.read({ conversation, after: 0, limit: 1, from: 'lower' }))?.record.state;

  test('[LOG99] many come at once on both nodes, and the head stays', async () => {
    const [owner] = people(1);
    const place = await channel(owner);
    const head = (await stateOf(place))?.head;
    const readers = people(MANY);
    const answers = await Promise.all(
      readers.map((user, index) => (index % 2 ? world.log : world.other).append(seating(place, user, arrive))),
    );
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatchObject({ seq: head, duplicate: false, entries: [], reader: readers[index] });
    }
    for (const node of world.nodes) expect((await stateOf(place, node))?.head).toBe(head);
  });

  test('[LOG99] who reads already, or reads no more, is decided on as such', async () => {
    const [owner, reader = owner] = people(2);
    const place = await channel(owner);
    const twice = await Promise.all(world.nodes.map((node) => node.append(seating(place, reader, arrive))));
    expect(twice.map(({ duplicate }) => duplicate).toSorted()).toEqual([false, true]);
    expect(await world.other.append(seating(place, reader, depart))).toMatchObject({ duplicate: false, reader });
    expect(await world.log.append(seating(place, reader, depart))).toMatchObject({ duplicate: true });
  });

  test('[LOG99] one who goes and writes at once has no entry after they went', async () => {
    const [owner, reader = owner] = people(2);
    const place = await channel(owner);
    const { seq } = await world.send(place, owner);
    await world.log.append(seating(place, reader, arrive));
    const [gone, code] = await Promise.all([
      world.log.append(seating(place, reader, depart)),
      codeOf(world.other.append(reacting(place, reader, seq))),
    ]);
    const own = (await world.entries(place)).filter(({ author }) => author === reader);
    expect(own).toHaveLength(code === null ? 1 : 0);
    for (const entry of own) expect(entry.seq).toBeLessThanOrEqual(gone.seq);
    expect(await codeOf(world.other.append(reacting(place, reader, seq)))).toBe('not_found');
  });

  test('[LOG100] the state is the fold of the entries, and readers are told of where they are asked for', async () => {
    const [owner, ...readers] = people(5);
    const place = await channel(owner);
    for (const user of readers) await world.log.append(seating(place, user, arrive));
    const [gone = owner, ...rest] = readers;
    await world.other.append(seating(place, gone, depart));
    for (const node of world.nodes) {
      const state = await stateOf(place, node);
      expect([...(state?.members.keys() ?? [])]).toEqual([owner]);
      expect(state?.size).toBe(1);
      const listed: UserId[] = [];
      for (let after: UserId | undefined; ; after = listed.at(-1)) {
        const query = { conversation: place.conversation, limit: 2 };
        const page = await node.readers(after === undefined ? query : { ...query, after });
        listed.push(...page.map(({ user }) => user));
        if (page.length < 2) break;
      }
      expect(listed).toEqual(rest.toSorted());
      const standings = await node.readerStandings([place.conversation, freshId()], gone);
      expect([...standings]).toEqual([[place.conversation, { joined: 3, first: 1, left: 2 }]]);
      expect((await node.readerStandings([place.conversation], owner)).size).toBe(0);
    }
  });

  test('[LOG101] a reader has a summary, marks and counts, and their conversations name it', async () => {
    const [owner, reader = owner] = people(2);
    const place = await channel(owner);
    await world.send(place, owner, 'one');
    await world.log.append(seating(place, reader, arrive));
    await world.send(place, owner, 'two');
    const { conversation } = place;
    await world.other.advance([{ conversation, user: reader, delivered: 4, read: 3 }]);
    for (const node of world.nodes) {
      const summary = await node.summary(conversation, reader);
      expect(summary).toMatchObject({ role: 'reader', members: 1, readers: 1, read: 3, delivered: 4, unread: 1 });
      expect(summary).toMatchObject({ joined: 4, first: 1, head: 4, name: 'news' });
      expect(await node.conversationsOf(reader)).toMatchObject([{ id: conversation, head: 4, isReader: true }]);
      expect(await node.conversationsOf(owner)).toMatchObject([{ id: conversation, isReader: false }]);
      expect(await node.membershipsOf(reader)).toEqual([conversation]);
      expect(await world.list(place, reader)).toEqual([summary]);
      const [found] = await node.channels({ workspace: place.workspace, user: reader, limit: 10 });
      expect(found).toMatchObject({ size: 1, readers: 1, role: 'reader' });
    }
  });

  test('[LOG101] who comes while history is closed reads from there on', async () => {
    const [owner, reader = owner] = people(2);
    const place = await channel(owner);
    await world.log.append(
      write(place, owner, { drafts: [{ kind: 'conversation.updated', body: { history: 'closed' } }] }),
    );
    await world.log.append(seating(place, reader, arrive));
    for (const node of world.nodes) {
      const summary = await node.summary(place.conversation, reader);
      expect(summary).toMatchObject({ first: 4, head: 3, read: 3, last: null, unread: 0 });
    }
  });

  test('[LOG102] a listing since a cursor has who came and who went, and there it ends for them', async () => {
    const [owner, reader = owner] = people(2);
    const place = await channel(owner);
    const before = await world.cursor(place, reader);
    await world.log.append(seating(place, reader, arrive));
    expect(await world.list(place, reader, before)).toMatchObject([{ role: 'reader' }]);
    const between = await world.cursor(place, reader);
    const { seq } = await world.other.append(seating(place, reader, depart));
    await world.send(place, owner, 'unseen');
    await world.log.append(
      write(place, owner, { drafts: [{ kind: 'conversation.updated', body: { name: 'later' } }] }),
    );
    for (const node of world.nodes) {
      expect(await node.summary(place.conversation, reader)).toMatchObject({ role: 'none', head: seq, name: 'news' });
      expect(await node.conversationsOf(reader)).toEqual([]);
      expect(await node.summary(place.conversation, owner)).not.toHaveProperty('readers');
    }
    expect(await world.list(place, reader, between)).toMatchObject([{ role: 'none', head: seq }]);
    expect(await world.list(place, reader)).toEqual([]);
  });

  test('[LOG103] what a reader wrote is theirs, also when they have become a member', async () => {
    const [owner, reader = owner, other = owner] = people(3);
    const place = await channel(owner);
    const { conversation } = place;
    const { seq: target } = await world.send(place, owner);
    for (const user of [other, reader]) await world.log.append(seating(place, user, arrive));
    const once = reacting(place, reader, target);
    const first = await world.log.append(once);
    await world.other.append(reacting(place, other, target));
    await world.log.follow({ conversation, user: reader, thread: target }, true);
    await world.log.advance([{ conversation, user: reader, delivered: target, read: target }]);
    const look = async () => {
      for (const node of world.nodes) {
        const authors = (await world.entries(place, node)).filter(({ kind }) => kind === 'reaction.set');
        expect(authors.map(({ author }) => author)).toEqual([reader, other]);
        const page = await node.reactors({ conversation, target, after: 0, limit: 10 });
        expect(page?.reactors.map(({ user }) => user)).toEqual([reader, other]);
        const range = { conversation, after: 0, limit: 50, from: 'lower', reader } as const;
        expect((await node.readEdited(range))?.own).toEqual([{ target, emoji: '👍' }]);
        expect(await node.append(once)).toMatchObject({ seq: first.seq, duplicate: true });
        expect(await node.thread({ conversation, user: reader, thread: target })).toMatchObject({ follows: true });
        expect(await node.summary(conversation, reader)).toMatchObject({ read: target });
      }
    };
    await look();
    await world.add(place, owner, reader);
    await look();
    expect((await stateOf(place))?.members.get(reader)).toMatchObject({ ordinal: 2, role: 'member', left: null });
    expect((await world.log.readerStandings([conversation], reader)).size).toBe(0);
    expect(await world.other.summary(conversation, reader)).toMatchObject({ role: 'member', readers: 1, members: 2 });
    await world.log.append(lowering(place, owner, reader));
    await look();
    for (const node of world.nodes) {
      expect((await stateOf(place, node))?.members.get(reader)).toMatchObject({ ordinal: 2, role: 'none' });
      expect(await node.summary(conversation, reader)).toMatchObject({ role: 'reader', readers: 2, members: 1 });
    }
    await world.add(place, owner, reader);
    await look();
    expect(await world.log.summary(conversation, reader)).toMatchObject({ role: 'member', readers: 1, members: 2 });
  });

  test('[LOG104] the changes name who came and who went, and no page of marks has readers', async () => {
    const [owner, ...readers] = people(3);
    const place = await channel(owner);
    const { conversation } = place;
    for (const how of [arrive, depart, arrive]) {
      const { mark } = await world.other.changes(null);
      for (const user of readers) await world.log.append(seating(place, user, how));
      const { members } = await world.other.changes(mark);
      for (const user of readers) expect(members).toContainEqual({ conversation, user });
    }
    const advances = readers.map((user) => ({ conversation, user, delivered: 2, read: 2 }));
    expect(await world.log.advance(advances)).toHaveLength(readers.length);
    for (const node of world.nodes) {
      const page = await node.marks(conversation, { after: 0, limit: 10 });
      expect(page.map(({ user }) => user)).toEqual([owner]);
    }
  });

  test('[LOG103] of many who read, react and become members at once nothing gets lost or doubled', async () => {
    const [owner] = people(1);
    const place = await channel(owner);
    const { seq: target } = await world.send(place, owner);
    const readers = people(8);
    for (const user of readers) await world.log.append(seating(place, user, arrive));
    await Promise.all(
      readers.flatMap((user, index) => {
        const [one, other] = index % 2 ? [world.log, world.other] : [world.other, world.log];
        const joined: Draft = { kind: 'member.joined', body: { users: [user] } };
        const raise = { ...write(place, owner, { drafts: [joined] }), about: user };
        return [one.append(reacting(place, user, target)), other.append(raise)];
      }),
    );
    const entries = await world.entries(place);
    expect(entries.map(({ seq }) => seq)).toEqual(numbersTo(entries.length));
    const reacted = entries.filter(({ kind }) => kind === 'reaction.set').map(({ author }) => author);
    expect(reacted.toSorted()).toEqual(readers.toSorted());
    const page = await world.log.reactors({ conversation: place.conversation, target, after: 0, limit: 50 });
    expect(page?.reactors.map(({ user }) => user).toSorted()).toEqual(readers.toSorted());
    expect(await world.other.readers({ conversation: place.conversation, limit: 50 })).toEqual([]);
    expect((await world.log.summary(place.conversation, owner)) ?? {}).not.toHaveProperty('readers');
  });
}
