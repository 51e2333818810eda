// Contract of the log: how far each person has got.
import type { ConversationId, UserId } from '@kith/protocol';
import { expect, test } from 'vitest';
import { freshId, type LogWorld, numbersTo, type Place, people, sent, write } from './log-world.js';

export function markRules(world: LogWorld): void {
  test('[LOG49] marks begin at 0 and only grow, and `read` raises `delivered`', async () => {
    const { place, member } = await conversationOfTen(world);
    expect(await world.log.summary(place.conversation, member)).toMatchObject({ delivered: 0, read: 0 });
    const steps = [
      { delivered: 4, read: 0, becomes: { delivered: 4, read: 0 } },
      { delivered: 2, read: 3, becomes: { delivered: 4, read: 3 } },
      { delivered: 1, read: 6, becomes: { delivered: 6, read: 6 } },
      { delivered: 8, read: 1, becomes: { delivered: 8, read: 6 } },
    ];
    for (const [index, { becomes, ...marks }] of steps.entries()) {
      const node = index % 2 === 0 ? world.log : world.other;
      const answers = await node.advance([{ conversation: place.conversation, user: member, ...marks }]);
      expect(answers).toEqual([
        expect.objectContaining({ conversation: place.conversation, user: member, ...becomes }),
      ]);
      expect(await world.log.summary(place.conversation, member)).toMatchObject(becomes);
    }
  });

  test('[LOG50] marks that change nothing have no answer', async () => {
    const { place, member } = await conversationOfTen(world);
    const advance = { conversation: place.conversation, user: member, delivered: 5, read: 5 };
    expect(await world.log.advance([advance])).toHaveLength(1);
    expect(await world.log.advance([advance])).toEqual([]);
    expect(await world.other.advance([{ ...advance, delivered: 4, read: 1 }])).toEqual([]);
    expect(await world.log.advance([])).toEqual([]);
  });

  test('[LOG51] marks are capped at the head, and for one who was removed at the removal', async () => {
    const { place, owner, member } = await conversationOfTen(world);
    const far = { conversation: place.conversation, delivered: 1_000_000, read: 1_000_000 };
    expect(await world.log.advance([{ ...far, user: owner }])).toMatchObject([{ delivered: 10, read: 10 }]);
    const removal = await world.remove(place, owner, member);
    await world.send(place, owner);
    await world.other.advance([{ ...far, user: member }]);
    const summary = await world.log.summary(place.conversation, member);
    expect(Math.max(summary?.delivered ?? 0, summary?.read ?? 0)).toBeLessThanOrEqual(removal.seq);
  });

  test('[LOG52] marks of one who never was a member, or of nowhere, are ignored; the others of the batch count', async () => {
    const { place, owner, member } = await conversationOfTen(world);
    const [stranger] = people(1);
    const marks = { delivered: 3, read: 3 };
    const answers = await world.log.advance([
      { conversation: place.conversation, user: stranger, ...marks },
      { conversation: place.conversation, user: member, ...marks },
      { conversation: freshId<ConversationId>(), user: owner, ...marks },
      { conversation: place.conversation, user: owner, ...marks },
    ]);
    expect(new Set(answers.map(({ user }) => user))).toEqual(new Set([member, owner]));
    expect(answers).toHaveLength(2);
    expect((await world.log.marks(place.conversation, { after: 0, limit: 10 })).map(({ user }) => user)).toEqual([
      owner,
      member,
    ]);
  });

  test('[LOG52] one person named twice in a batch gets the higher marks', async () => {
    const { place, member } = await conversationOfTen(world);
    const one = { conversation: place.conversation, user: member };
    await world.log.advance([
      { ...one, delivered: 7, read: 2 },
      { ...one, delivered: 3, read: 3 },
    ]);
    expect(await world.log.summary(place.conversation, member)).toMatchObject({ delivered: 7, read: 3 });
  });

  test('[LOG52] marks that race on two nodes end at the highest', async () => {
    const { place, member } = await conversationOfTen(world);
    const one = { conversation: place.conversation, user: member };
    await Promise.all(
      numbersTo(20).map((count) => {
        const node = count % 2 === 0 ? world.log : world.other;
        return node.advance([{ ...one, delivered: (count * 7) % 11, read: (count * 3) % 10 }]);
      }),
    );
    expect(await world.log.summary(place.conversation, member)).toMatchObject({ delivered: 10, read: 9 });
  });

  test('[LOG53] the answer bears the epoch and the counts as they are then', async () => {
    const { place, owner, member } = await conversationOfTen(world);
    const mention = sent('you', { mentions: { users: [member] } });
    await world.other.append(write(place, owner, { drafts: [mention, sent('and so on')] }));
    const [answer] = await world.log.advance([
      { conversation: place.conversation, user: member, delivered: 0, read: 8 },
    ]);
    const summary = await world.log.summary(place.conversation, member);
    expect(answer).toEqual({
      conversation: place.conversation,
      user: member,
      isDelivered: true,
      epoch: summary?.epoch,
      delivered: 8,
      read: 8,
      unread: 4,
      mentions: 1,
    });
    expect(summary).toMatchObject({ unread: 4, mentions: 1 });
  });

  test('[LOG54] marks lists the present members by the order in which they first came, in pages', async () => {
    const users = people(6);
    const [owner, second = owner, third = owner] = users;
    const place = await world.create('group', users);
    await world.remove(place, owner, second);
    await world.remove(place, owner, third);
    await world.add(place, owner, second);
    const present = users.filter((user) => user !== third);
    const listed: UserId[] = [];
    let after = 0;
    for (const size of [2, 2, 1, 0]) {
      const page = await world.other.marks(place.conversation, { after, limit: 2 });
      expect(page).toHaveLength(size);
      expect(page.map(({ ordinal }) => ordinal)).toEqual(page.map(({ user }) => users.indexOf(user as UserId) + 1));
      listed.push(...page.map(({ user }) => user as UserId));
      after = page.at(-1)?.ordinal ?? after;
    }
    expect(listed).toEqual(present);
  });

  test('[LOG55] with `reached` marks lists those to whom that entry was delivered', async () => {
    const users = people(4);
    const [owner, second = owner, third = owner, fourth = owner] = users;
    const place = await world.create('group', users);
    await world.log.append(write(place, owner, { drafts: [sent('3'), sent('4'), sent('5')] }));
    const at = (user: UserId, delivered: number, read: number) => ({ ...place, user, delivered, read });
    await world.log.advance([at(owner, 5, 5), at(second, 4, 1), at(third, 3, 3), at(fourth, 0, 4)]);
    const reached = async (seq: number, after = 0) =>
      (await world.log.marks(place.conversation, { after, limit: 10, reached: seq })).map(
        ({ user, delivered, read }) => [user, delivered, read],
      );
    expect(await reached(4)).toEqual([
      [owner, 5, 5],
      [second, 4, 1],
      [fourth, 4, 4],
    ]);
    expect(await reached(4, 2)).toEqual([[fourth, 4, 4]]);
    expect(await reached(6)).toEqual([]);
  });
}

type Scene = { readonly place: Place; readonly owner: UserId; readonly member: UserId };

/** Two people; a head of 10, of which 8 are messages of the owner. */
async function conversationOfTen(world: LogWorld): Promise<Scene> {
  const [owner, member = owner] = people(2);
  const place = await world.create('group', [owner, member]);
  const rest = numbersTo(7).map((count) => sent(`${count}`));
  await world.log.append(write(place, owner, { drafts: [sent('first'), ...rest] }));
  return { place, owner, member };
}
