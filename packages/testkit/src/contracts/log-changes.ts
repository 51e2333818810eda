// Contract of the log: the change feed, by which a node learns what others wrote. It may name too much, never too little.
import type { ConversationId, Cursor, Entry, UserId } from '@kith/protocol';
import type { Appended, Changes, ConversationLog } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { freshId, type LogWorld, message, numbersTo, type Place, people, write } from './log-world.js';
import { soon } from './soon.js';

export function changeRules(world: LogWorld): void {
  test('[LOG56] without a mark the feed starts at now, with nothing', async () => {
    const [owner] = people(1);
    await world.create('group', [owner]);
    const { mark, ...rest } = await world.log.changes(null);
    expect(rest).toEqual({ conversations: [], members: [], reads: [], threads: [], revoked: [], trimmed: [] });
    expect(mark).not.toBe('');
  });

  test('[LOG57] every write acknowledged since the mark is named, on every node, with a head that reaches it', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    for (const writer of world.nodes) {
      const marks = await Promise.all(world.nodes.map(async (node) => (await node.changes(null)).mark));
      const { seq } = await writer.append(message(place, owner, 'hello'));
      for (const [index, node] of world.nodes.entries()) {
        const changes = await node.changes(marks[index] ?? null);
        expect(headsOf([changes]).get(place.conversation)).toBe(seq);
      }
    }
  });

  test('[LOG57] nothing is missed by polls while two nodes write many conversations', async () => {
    const [owner] = people(1);
    const places: Place[] = [];
    for (const _ of numbersTo(8)) places.push(await world.create('group', [owner]));
    const polls = world.nodes.map((node) => startPolling(node));
    await Promise.all(polls.map(({ started }) => started));
    const writes = numbersTo(25).flatMap((count) =>
      places.map((place, index) => {
        const writer = (count + index) % 2 === 0 ? world.log : world.other;
        return writer.append(message(place, owner, `${count}`));
      }),
    );
    const written = await Promise.allSettled(writes);
    const answers = await Promise.all(polls.map((poll) => poll.finish()));
    expect(written.filter(({ status }) => status === 'rejected')).toEqual([]);
    const appended = await Promise.all(writes);
    for (const heads of answers.map(headsOf)) {
      for (const { conversation } of places) {
        const seqs = appended.filter((one) => one.conversation === conversation).map(({ seq }) => seq);
        expect(heads.get(conversation)).toBe(Math.max(...seqs));
      }
    }
  });

  test('[LOG58] the people whose membership or role changed are named with their conversation', async () => {
    const [owner, member = owner, guest = owner, quiet = owner] = people(4);
    const place = await world.create('group', [owner, member, quiet]);
    let mark = (await world.other.changes(null)).mark;
    const promotion = { kind: 'member.role', body: { user: member, role: 'admin' } } as const;
    const steps: readonly [UserId, () => Promise<unknown>][] = [
      [guest, () => world.add(place, owner, guest)],
      [member, () => world.log.append(write(place, owner, { drafts: [promotion] }))],
      [guest, () => world.remove(place, owner, guest)],
    ];
    for (const [user, step] of steps) {
      await step();
      const changes = await world.other.changes(mark);
      mark = changes.mark;
      expect(changes.members).toContainEqual({ conversation: place.conversation, user });
    }
    const fresh = await world.create('direct', [quiet, guest]);
    const { members } = await world.other.changes(mark);
    for (const user of [quiet, guest]) expect(members).toContainEqual({ conversation: fresh.conversation, user });
  });

  test('[LOG59] where nothing happens the feed soon names nothing', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    let { mark } = await world.other.changes(null);
    await world.send(place, owner);
    await soon(async () => {
      const changes = await world.other.changes(mark);
      mark = changes.mark;
      expect({ ...changes, mark: null }).toEqual({
        mark: null,
        conversations: [],
        members: [],
        reads: [],
        threads: [],
        revoked: [],
        trimmed: [],
      });
    });
  });

  test('[LOG60] records are at least as new as the changes that the node has seen', async () => {
    const [owner, guest = owner] = people(2);
    const place = await world.create('group', [owner]);
    await world.other.records([place.conversation]);
    const { mark } = await world.other.changes(null);
    const { seq } = await world.add(place, owner, guest);
    await world.other.changes(mark);
    const record = (await world.other.records([place.conversation])).get(place.conversation);
    expect(record?.state.head).toBe(seq);
    expect(record?.state.members.get(guest)?.left).toBeNull();
  });

  test('[LOG60] records are at least as new as what the node was told by another', async () => {
    const [owner, guest = owner, third = owner] = people(3);
    const place = await world.create('group', [owner]);
    const membersOn = async (node: ConversationLog) =>
      (await node.records([place.conversation])).get(place.conversation)?.state.members;
    await membersOn(world.other);
    const { entries, seq, epoch } = await world.add(place, owner, guest);
    for (const entry of entries) world.other.told(entry);
    expect((await membersOn(world.other))?.get(guest)?.left).toBeNull();
    // Of another life of the log, and of one that is not known here.
    const [added] = entries as [Entry];
    world.other.told({ ...added, epoch: epoch - 1, seq: seq + 9 });
    world.other.told({ ...added, epoch: epoch + 1, seq: 1 });
    world.other.told({ ...added, conversation: freshId<ConversationId>() });
    await world.add(place, owner, third);
    expect((await membersOn(world.other))?.get(third)?.left).toBeNull();
  });

  test('[LOG5] [LOG60] what a node is told in whatever way, its numbers follow those of the log', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const { log, other } = world;
    const on = (node: ConversationLog) => node.append(message(place, owner, 'hello'));
    const told = (...all: readonly Appended[]) => {
      for (const { entries } of all) for (const entry of entries) other.told(entry);
    };
    let [last] = (await on(other)).entries as [Entry];
    const later = (by: number, rest: Partial<Entry> = {}): Entry => ({
      ...last,
      seq: last.seq + by,
      n: last.n + by,
      ...rest,
    });
    const tales: readonly (() => Promise<unknown>)[] = [
      // What was never written.
      async () => other.told(later(1)),
      async () => [later(1), later(2)].map((one) => other.told(one)),
      async () => other.told(later(1, { epoch: last.epoch + 1 })),
      // As it is, doubled, the other way round, in part, and late.
      async () => told(await on(log), await on(log)),
      async () => told(...[await on(log)].flatMap((one) => [one, one])),
      async () => told(...[await on(log), await on(log)].toReversed()),
      async () => told(...[await on(log), await on(log)].slice(0, 1)),
      async () => told(...[await on(log), await on(log)].slice(1)),
      () => on(log),
    ];
    for (const [index, tell] of tales.entries()) {
      await tell();
      const before = await world.entries(place);
      for (let written = 1; written <= 2; written += 1) {
        [last] = (await on(other)).entries as [Entry];
        expect([index, last.seq]).toEqual([index, before.length + written]);
      }
    }
    const entries = await world.entries(place);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
    expect(entries.map(({ n }) => n)).toEqual(entries.map((_, index) => index));
  });

  test('[LOG72] read marks that devices elsewhere are told of are named, as they are now, and no others', async () => {
    const [owner, guest = owner] = people(2);
    const place = await world.create('group', [owner, guest]);
    const { conversation } = place;
    const { seq, epoch } = await world.send(place, owner);
    let { mark } = await world.other.changes(null);
    await world.log.advance([
      { conversation, user: owner, delivered: seq, read: seq },
      { conversation, user: guest, delivered: 0, read: seq - 1, isTold: true },
    ]);
    const first = await world.other.changes(mark);
    expect(first.reads.filter((one) => one.conversation === conversation)).toEqual([
      { conversation, user: guest, epoch, read: seq - 1 },
    ]);
    mark = first.mark;
    // Of two advances of one batch either may ask for it.
    await world.log.advance([
      { conversation, user: guest, delivered: seq, read: 0, isTold: true },
      { conversation, user: guest, delivered: 0, read: seq },
    ]);
    expect((await world.other.changes(mark)).reads).toContainEqual({ conversation, user: guest, epoch, read: seq });
    const everything = await world.other.changes('another store' as Cursor);
    expect(everything.reads).toContainEqual({ conversation, user: guest, epoch, read: seq });
  });

  test('[LOG72] polls that go on from mark to mark miss no read mark, whoever writes it', async () => {
    const [owner, ...guests] = people(9);
    const place = await world.create('group', [owner, ...guests]);
    const { conversation } = place;
    for (let n = 0; n < 10; n += 1) await world.send(place, owner);
    const { seq } = await world.send(place, owner);
    const poll = startPolling(world.other);
    await poll.started;
    await Promise.all(
      guests.map(async (user, index) => {
        const node = world.nodes[index % world.nodes.length] ?? world.log;
        for (let read = 3; read <= seq; read += 2) {
          await node.advance([{ conversation, user, delivered: 0, read, isTold: true }]);
        }
        await node.advance([{ conversation, user, delivered: 0, read: seq, isTold: true }]);
      }),
    );
    const polls = await poll.finish();
    for (const user of guests) {
      const reads = polls.flatMap(({ reads }) => reads).filter((one) => one.user === user);
      expect(Math.max(...reads.map(({ read }) => read))).toBe(seq);
    }
  });
}

/** The highest head named for each conversation. */
function headsOf(polls: readonly Changes[]): Map<ConversationId, number> {
  const heads = new Map<ConversationId, number>();
  for (const { id, head } of polls.flatMap(({ conversations }) => conversations)) {
    heads.set(id, Math.max(head, heads.get(id) ?? 0));
  }
  return heads;
}

/** Asks again and again, each time from the mark before, until `finish` asks once more and gives all answers. */
function startPolling(node: ConversationLog) {
  const polls: Changes[] = [];
  let isLast = false;
  const started = node.changes(null);
  const done = started.then(async (first) => {
    for (let mark = first.mark; ; ) {
      const wasLast = isLast;
      const changes = await node.changes(mark);
      polls.push(changes);
      mark = changes.mark;
      if (wasLast) return polls;
    }
  });
  const finish = () => {
    isLast = true;
    return done;
  };
  return { started, finish };
}
