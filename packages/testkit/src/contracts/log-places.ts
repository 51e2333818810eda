// Contract of the log: what conversations are set to, and writes of which each author has one in a while.
import { ChatError, type UserId, type WorkspaceId } from '@kith/protocol';
import type { Draft, Write } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { codeOf, freshId, type LogWorld, message, numbersTo, type Place, people, write } from './log-world.js';

/** A message of one who waits for a minute after each of them. */
function paced(place: Place, author: UserId, seen: (number | null)[] = []): Write {
  const plain = message(place, author, 'slowly');
  return {
    ...plain,
    isPaced: ({ state }) => (state.settings.slowModeMs ?? 0) > 0,
    decide: (record, target, lastAt) => {
      seen.push(lastAt);
      const drafts = plain.decide(record, target, lastAt);
      if (lastAt !== null) throw new ChatError('rate_limited', 'too soon');
      return drafts;
    },
  };
}

export function placeRules(world: LogWorld): void {
  const update = (body: Draft['body']): readonly [Draft] => [{ kind: 'conversation.updated', body }];

  test('[LOG78] what was set is in the record and the summary, and what an update leaves out stays', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const set = (body: Draft['body']) => world.other.append(write(place, owner, { drafts: update(body) }));
    expect((await world.log.summary(place.conversation, owner)) ?? {}).not.toHaveProperty('topic');
    await set({ topic: 'Größe 🙂 "quoted"', avatar: 'color:teal', slowModeMs: 5_000 });
    await set({ name: 'named', archived: true });
    await set({ avatar: null });
    const settings = { topic: 'Größe 🙂 "quoted"', avatar: null, slowModeMs: 5_000, archived: true };
    const range = { conversation: place.conversation, after: 0, limit: 1, from: 'lower' } as const;
    for (const node of world.nodes) {
      expect((await node.read(range))?.record.state).toMatchObject({ name: 'named', settings });
      expect(await node.summary(place.conversation, member)).toMatchObject({ name: 'named', ...settings });
    }
    const [listed] = await world.list(place, member);
    expect(listed).toEqual(await world.log.summary(place.conversation, member));
  });

  test('[LOG78] one who was removed is told nothing of it', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    await world.log.append(write(place, owner, { drafts: update({ topic: 'before' }) }));
    await world.remove(place, owner, member);
    await world.log.append(write(place, owner, { drafts: update({ topic: 'after' }) }));
    for (const node of world.nodes) {
      expect((await node.summary(place.conversation, member)) ?? {}).not.toHaveProperty('topic');
    }
  });

  test('[LOG79] of many paced writes at once, on both nodes, each author has one', async () => {
    const [owner, ...members] = people(4);
    const place = await world.create('group', [owner, ...members]);
    await world.log.append(write(place, owner, { drafts: update({ slowModeMs: 60_000 }) }));
    const codes = await Promise.all(
      members.flatMap((member) =>
        numbersTo(8).map((index) => codeOf((index % 2 ? world.log : world.other).append(paced(place, member)))),
      ),
    );
    expect(codes.filter((code) => code === null)).toHaveLength(members.length);
    expect(new Set(codes)).toEqual(new Set([null, 'rate_limited']));
    const sent = (await world.entries(place)).filter(({ kind }) => kind === 'message.sent');
    expect(sent.map(({ author }) => author).toSorted()).toEqual(members.toSorted());
  });

  test('[LOG79] a paced write is decided on the time of the last one, and others neither count nor are told', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const seen: (number | null)[] = [];
    await world.log.append(paced(place, member, seen));
    await world.log.append(write(place, owner, { drafts: update({ slowModeMs: 60_000 }) }));
    await world.send(place, member);
    const { at } = await world.other.append(paced(place, member, seen));
    expect(new Set(seen)).toEqual(new Set([null]));
    for (const node of world.nodes) {
      const again: (number | null)[] = [];
      expect(await codeOf(node.append(paced(place, member, again)))).toBe('rate_limited');
      expect(new Set(again)).toEqual(new Set([at]));
    }
    await world.log.append(write(place, owner, { drafts: update({ slowModeMs: 0 }) }));
    expect(await codeOf(world.log.append(paced(place, member)))).toBe(null);
  });

  test('[LOG79] what is set in the same moment counts for what comes after it', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const slow = write(place, owner, { drafts: update({ slowModeMs: 60_000 }) });
    const [, ...codes] = await Promise.all([
      world.log.append(slow),
      ...numbersTo(3).map(() => codeOf(world.log.append(paced(place, member)))),
    ]);
    expect(codes).toEqual([null, 'rate_limited', 'rate_limited']);
  });

  test('[LOG79] a repeated paced write gets its first answer', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    await world.log.append(write(place, owner, { drafts: update({ slowModeMs: 60_000 }) }));
    const once = paced(place, member);
    const first = await world.log.append(once);
    for (const node of world.nodes) {
      expect(await node.append(once)).toMatchObject({ seq: first.seq, duplicate: true });
    }
  });

  test('[LOG80] who joins while history is closed has that entry for their first, and what is below is not counted', async () => {
    const [owner, early = owner, late = owner, later = owner] = people(4);
    const place = await world.create('group', [owner, early]);
    await world.send(place, owner, 'before');
    await world.log.append(write(place, owner, { drafts: update({ history: 'closed' }) }));
    const joined = await world.add(place, owner, late);
    await world.send(place, owner, 'after');
    await world.log.append(write(place, owner, { drafts: update({ history: 'open' }) }));
    await world.add(place, owner, later);
    const firsts = [
      [early, 1, 2],
      [late, joined.seq, 1],
      [later, 1, 2],
    ] as const;
    for (const node of world.nodes) {
      for (const [user, first, unread] of firsts) {
        expect(await node.summary(place.conversation, user)).toMatchObject({ first, unread });
        expect(await node.conversationsOf(user)).toMatchObject([{ id: place.conversation, first }]);
        const record = (await node.records([place.conversation])).get(place.conversation);
        expect(record?.state.members.get(user)?.first).toBe(first);
      }
    }
    await world.remove(place, owner, late);
    expect(await world.other.summary(place.conversation, late)).toMatchObject({ first: joined.seq, unread: 1 });
  });

  test('[LOG80] marks of one who joined so count from there, and one who comes back while it is closed begins anew', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    await world.send(place, owner, 'one');
    await world.remove(place, owner, member);
    await world.send(place, owner, 'two');
    await world.log.append(write(place, owner, { drafts: update({ history: 'closed' }) }));
    const { seq } = await world.add(place, owner, member);
    await world.send(place, owner, 'three');
    await world.send(place, owner, 'four');
    for (const node of world.nodes) {
      expect(await node.summary(place.conversation, member)).toMatchObject({
        first: seq,
        delivered: seq - 1,
        read: seq - 1,
        unread: 2,
      });
    }
    const advance = { conversation: place.conversation, user: member, delivered: 2, read: 2 };
    expect(await world.other.advance([advance])).toEqual([]);
    const [further] = await world.log.advance([{ ...advance, read: seq + 1, delivered: seq + 1 }]);
    expect(further).toMatchObject({ unread: 1 });
  });

  test('[LOG81] channels are those that are public and open, by falling ids, with the role of who asks', async () => {
    const [owner, other = owner] = people(2);
    const { workspace } = await world.create('group', [owner]);
    const made: Place[] = [];
    for (const _ of numbersTo(4)) {
      const place = await world.create('channel', [owner], workspace);
      await world.log.append(write(place, owner, { drafts: update({ name: 'a', visibility: 'public' }) }));
      made.push(place);
    }
    const [first, second, third, fourth] = made.map(({ conversation }) => conversation).toSorted();
    const set = (conversation: string | undefined, body: Draft['body']) => {
      const place = made.find((one) => one.conversation === conversation);
      return place && world.other.append(write(place, owner, { drafts: update(body) }));
    };
    const listed = async (node: typeof world.log, rest: object = {}) =>
      (await node.channels({ workspace, user: other, limit: 10, ...rest })).map(({ id, role }) => [id, role]);
    const joining = made.find((one) => one.conversation === third);
    if (joining) await world.add(joining, owner, other);
    await set(second, { visibility: 'private' });
    await set(first, { archived: true });
    for (const node of world.nodes) {
      expect(await listed(node)).toEqual([
        [fourth, 'none'],
        [third, 'member'],
      ]);
      expect(await listed(node, { limit: 1 })).toEqual([[fourth, 'none']]);
      expect(await listed(node, { before: fourth })).toEqual([[third, 'member']]);
      expect(await node.channels({ workspace: freshId<WorkspaceId>(), user: other, limit: 10 })).toEqual([]);
    }
    if (joining) await world.remove(joining, owner, other);
    await set(first, { archived: false });
    expect(await listed(world.log)).toEqual([
      [fourth, 'none'],
      [third, 'none'],
      [first, 'none'],
    ]);
    const [found] = await world.log.channels({ workspace, user: owner, limit: 1 });
    expect(found).toMatchObject({ name: 'a', size: 1, role: 'owner', settings: { visibility: 'public' } });
  });
}
