// Contract of the log: pages of entries, records and settings.
import { type ConversationId, emptyState, fold, type UserId } from '@kith/protocol';
import type { ConversationRecord, LogPage } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { freshId, type LogWorld, message, numbersTo, type Place, people, sent, setting, write } from './log-world.js';

export function readingRules(world: LogWorld): void {
  test('[LOG22] a page holds the entries above `after`, up to `upTo`, at most `limit` from the end asked for', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    await world.log.append(write(place, owner, { drafts: [sent('2'), sent('3'), sent('4'), sent('5')] }));
    const all = numbersTo(5);
    for (const after of [0, 1, 3, 5, 9]) {
      for (const upTo of [undefined, 0, 2, 4, 5, 9]) {
        for (const limit of [1, 2, 5, 1_001]) {
          const inside = all.filter((seq) => seq > after && seq <= (upTo ?? 5));
          const range = { conversation: place.conversation, after, limit, ...(upTo === undefined ? {} : { upTo }) };
          const lower = await world.log.read({ ...range, from: 'lower' });
          expect(lower?.entries.map(({ seq }) => seq)).toEqual(inside.slice(0, limit));
          const upper = await world.log.read({ ...range, from: 'upper' });
          expect(upper?.entries.map(({ seq }) => seq)).toEqual(inside.slice(-limit));
        }
      }
    }
  });

  test('[LOG23] the record of a page is of the same moment as its entries', async () => {
    const users = people(2);
    const place = await world.create('group', users);
    const writes = Promise.all(
      numbersTo(40).map((count) => {
        const drafts = count % 4 === 0 ? ([joining()] as const) : ([sent('one'), sent('two')] as const);
        return (count % 2 === 0 ? world.log : world.other).append(write(place, users[0], { drafts }));
      }),
    );
    const pages: (LogPage | null)[] = [];
    for (let count = 0; count < 20; count += 1) {
      pages.push(await world.other.read({ conversation: place.conversation, after: 0, limit: 1_001, from: 'lower' }));
      pages.push(await world.log.read({ conversation: place.conversation, after: 0, limit: 1_001, from: 'upper' }));
    }
    await writes;
    for (const page of pages) {
      expect(page?.entries.length).toBe(page?.record.state.head);
      expect(stateOf(page)).toEqual(page?.record.state);
    }
  });

  test('[LOG24] the state of a record is the fold of all its entries', async () => {
    const place = await eventfulConversation(world);
    for (const node of world.nodes) {
      const page = await node.read({ conversation: place.conversation, after: 0, limit: 1_001, from: 'lower' });
      expect(page?.record).toMatchObject({ id: place.conversation, workspace: place.workspace });
      expect(page?.record.state.members.size).toBe(4);
      expect(stateOf(page)).toEqual(page?.record.state);
    }
  });

  test('[LOG25] several pages come in the order asked for, without those that do not exist', async () => {
    const [owner] = people(1);
    const first = await world.create('group', [owner]);
    const second = await world.create('group', [owner]);
    await world.send(second, owner);
    const range = { after: 0, limit: 1, from: 'upper' } as const;
    const ids = [second.conversation, freshId<ConversationId>(), first.conversation, second.conversation];
    const pages = await world.log.readMany([
      ...ids.map((conversation) => ({ ...range, conversation })),
      { conversation: second.conversation, after: 2, limit: 5, from: 'lower' },
    ]);
    expect(pages.map(({ record, entries }) => [record.id, entries.map(({ seq }) => seq)])).toEqual([
      [second.conversation, [2]],
      [first.conversation, [1]],
      [second.conversation, [2]],
      [second.conversation, []],
    ]);
    expect(await world.log.readMany([])).toEqual([]);
  });

  test('[LOG26] records gives those that exist, as they are after what this node wrote', async () => {
    const [owner, guest = owner] = people(2);
    const first = await world.create('group', [owner]);
    const second = await world.create('self', [guest]);
    await world.add(first, owner, guest);
    const records = await world.log.records([first.conversation, freshId<ConversationId>(), second.conversation]);
    expect(new Set(records.keys())).toEqual(new Set([first.conversation, second.conversation]));
    expect(records.get(first.conversation)?.state).toMatchObject({ head: 2, size: 2, kind: 'group' });
    expect(records.get(first.conversation)?.state.members.get(guest)).toMatchObject({ role: 'member', joined: 2 });
    expect(records.get(second.conversation)?.state).toMatchObject({ head: 1, size: 1, kind: 'self' });
    expect((await world.log.records([])).size).toBe(0);
  });

  test('[LOG27] what was acknowledged on one node is read on another at once', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    for (const count of numbersTo(10)) {
      const [writer, reader] = count % 2 === 0 ? [world.log, world.other] : [world.other, world.log];
      const { seq } = await writer.append(message(place, owner, `${count}`));
      const page = await reader.read({ conversation: place.conversation, after: seq - 1, limit: 1, from: 'lower' });
      expect(page?.entries[0]?.body.text).toBe(`${count}`);
      expect(page?.record.state.head).toBe(seq);
    }
  });

  test('[LOG28] [LOG77] conversationsOf names where the person is a member now, with epochs and heads, membershipsOf without', async () => {
    const [owner, guest = owner] = people(2);
    expect(await world.log.conversationsOf(guest)).toEqual([]);
    const staying = await world.create('group', [owner, guest]);
    const left = await world.create('group', [owner, guest]);
    const returned = await world.create('direct', [guest, owner]);
    await world.create('group', [owner]);
    const rejoined = await world.create('group', [owner, guest]);
    for (const place of [left, rejoined]) await world.remove(place, owner, guest);
    await world.add(rejoined, owner, guest);
    for (const node of world.nodes) {
      const heads = await node.conversationsOf(guest);
      const records = await world.log.records(heads.map(({ id }) => id));
      expect(new Map(heads.map(({ id, head }) => [id, head]))).toEqual(
        new Map([
          [staying.conversation, 2],
          [returned.conversation, 1],
          [rejoined.conversation, 4],
        ]),
      );
      expect(heads).toHaveLength(3);
      expect((await node.membershipsOf(guest)).toSorted()).toEqual(heads.map(({ id }) => id).toSorted());
      for (const { id, epoch } of heads) expect(epoch).toBe(records.get(id)?.state.epoch);
    }
  });

  test('[LOG29] settings are the last entry of each name, in rising order', async () => {
    const [owner] = people(1);
    const place = await world.create('self', [owner]);
    const values = [
      ['theme', 'dark'],
      ['draft', { text: 'hé' }],
      ['theme', 'light'],
      ['pins', [1, 2]],
      ['draft', null],
    ] as const;
    for (const [name, value] of values) await world.log.append(setting(place, owner, { name, value }));
    await world.send(place, owner, 'a note');
    const page = await world.other.settings(place.conversation);
    expect(page?.entries.map(({ seq, body }) => [seq, body])).toEqual([
      [4, { name: 'theme', value: 'light' }],
      [5, { name: 'pins', value: [1, 2] }],
      [6, { name: 'draft', value: null }],
    ]);
    expect(page?.record.state.head).toBe(7);
  });

  test('[LOG30] of a conversation that does not exist there is nothing to read', async () => {
    const conversation = freshId<ConversationId>();
    const [user] = people(1);
    expect(await world.log.read({ conversation, after: 0, limit: 1, from: 'lower' })).toBeNull();
    expect(await world.log.settings(conversation)).toBeNull();
    expect(await world.log.summary(conversation, user)).toBeNull();
    expect(await world.log.marks(conversation, { after: 0, limit: 10 })).toEqual([]);
    expect(await world.log.advance([{ conversation, user, delivered: 1, read: 1 }])).toEqual([]);
  });

  test('[LOG62] seqAt finds an entry not older than a time, after one that is, also where times went back', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    for (const ms of [60_000, 0, 5_000, -40_000, 7_000, 0, 20_000]) {
      world.jump(ms);
      await world.send(place, owner);
    }
    world.jump(-52_000);
    const entries = await world.entries(place);
    const times = entries.map(({ at }) => at);
    expect(times).not.toEqual(times.toSorted((one, other) => one - other));
    const asked = new Set(times.flatMap((at) => [at - 1, at, at + 1]));
    for (const at of [...asked, 0, Number.MAX_SAFE_INTEGER]) {
      for (const node of world.nodes) {
        const seq = await node.seqAt(place.conversation, at);
        expect(times[seq - 1] ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(at);
        expect(times[seq - 2] ?? Number.NEGATIVE_INFINITY).toBeLessThan(at);
      }
    }
  });

  test('[LOG62] where times rise seqAt finds the first of them that is not older', async () => {
    const [owner] = people(1);
    for (const size of [1, 2, 3, 8, 21]) {
      const place = await world.create('group', [owner]);
      for (let count = 1; count < size; count += 1) {
        world.jump(count % 3 === 0 ? 0 : 1_000);
        await world.send(place, owner);
      }
      const times = (await world.entries(place)).map(({ at }) => at);
      for (const at of [...times.flatMap((time) => [time - 1, time, time + 1]), 0]) {
        const first = times.findIndex((time) => time >= at);
        expect(await world.log.seqAt(place.conversation, at)).toBe(first === -1 ? size + 1 : first + 1);
      }
    }
    expect(await world.log.seqAt(freshId<ConversationId>(), 1)).toBe(1);
  });
}

/** The state that the entries of a page of everything amount to. */
function stateOf(page: LogPage | null): ConversationRecord['state'] | undefined {
  return page?.entries.reduce(fold, emptyState(page.record.state.epoch));
}

/** One in which something of every kind happened. */
async function eventfulConversation(world: LogWorld): Promise<Place> {
  const [owner, member = owner, guest = owner] = people(3);
  const place = await world.create('group', [owner, member]);
  const newcomer = freshId<UserId>();
  await world.log.append(
    write(place, owner, { drafts: [{ kind: 'conversation.updated', body: { name: 'Jazz 🎷' } }] }),
  );
  await world.log.append(
    write(place, owner, { drafts: [{ kind: 'member.role', body: { user: member, role: 'admin' } }] }),
  );
  await world.send(place, member, 'hello');
  await world.log.append(
    write(place, owner, { drafts: [{ kind: 'member.joined', body: { users: [guest, newcomer] } }] }),
  );
  await world.remove(place, owner, member);
  await world.remove(place, owner, guest);
  await world.add(place, owner, member);
  await world.other.append(write(place, owner, { drafts: [sent('one'), sent('two')] }));
  return place;
}

function joining() {
  return { kind: 'member.joined', body: { users: [freshId<UserId>()] } } as const;
}
