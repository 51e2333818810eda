// Contract of the log: what one summary says to one person.
import { LIMITS, type UserId } from '@kith/protocol';
import { expect, test } from 'vitest';
import { type LogWorld, message, numbersTo, type Place, people, sent, setting, write } from './log-world.js';

const FAR_FUTURE_MS = 9_000_000_000_000_000;

export function summaryRules(world: LogWorld): void {
  test('[LOG31] a summary says what the conversation is and where the person stands in it', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const renaming = { kind: 'conversation.updated', body: { name: 'Tea & "biscuits"' } } as const;
    await world.log.append(write(place, owner, { drafts: [renaming] }));
    await world.send(place, owner, 'hello');
    await world.log.advance([{ conversation: place.conversation, user: member, delivered: 3, read: 2 }]);
    const last = (await world.entries(place)).at(-1);
    for (const node of world.nodes) {
      expect(await node.summary(place.conversation, member)).toEqual({
        id: place.conversation,
        kind: 'group',
        name: 'Tea & "biscuits"',
        epoch: last?.epoch,
        first: 1,
        head: 4,
        delivered: 3,
        read: 2,
        unread: 1,
        mentions: 0,
        role: 'member',
        muted: false,
        updatedAt: last?.at,
        members: 2,
        last,
        joined: 2,
        seenHead: 4,
      });
      expect(await node.summary(place.conversation, owner)).toMatchObject({ role: 'owner', joined: 1, read: 0 });
    }
  });

  test('[LOG32] one who never was a member gets no summary', async () => {
    const [owner, stranger = owner] = people(2);
    const place = await world.create('group', [owner]);
    expect(await world.log.summary(place.conversation, stranger)).toBeNull();
  });

  test('[LOG33] unread counts the messages of others above `read`', async () => {
    const [owner, member = owner, late = owner] = people(3);
    const place = await world.create('group', [owner, member]);
    await world.send(place, owner, 'one');
    await world.send(place, member, 'own');
    await world.send(place, owner, 'two');
    await world.add(place, owner, late);
    expect((await unreadOf(world, place, member)).unread).toBe(2);
    expect((await unreadOf(world, place, owner)).unread).toBe(1);
    expect((await unreadOf(world, place, late)).unread).toBe(3);
    await world.log.advance([{ conversation: place.conversation, user: member, delivered: 0, read: 3 }]);
    expect((await unreadOf(world, place, member)).unread).toBe(1);
  });

  test('[LOG33] unread and mentions are at most `unreadCap`', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const hundred = numbersTo(100).map((count) => sent(`${count}`, { mentions: { all: true } }));
    const [first = sent('first')] = hundred;
    for (const _ of numbersTo(11))
      await world.log.append(write(place, owner, { drafts: [first, ...hundred.slice(1)] }));
    const cap = LIMITS.unreadCap;
    expect(await unreadOf(world, place, member)).toEqual({ unread: cap, mentions: cap });
    const read = 2 + 1_100 - cap;
    const [answer] = await world.log.advance([
      { conversation: place.conversation, user: member, delivered: read, read },
    ]);
    expect(answer).toMatchObject({ unread: cap, mentions: cap });
    await world.log.advance([{ conversation: place.conversation, user: member, delivered: 0, read: read + 1 }]);
    expect(await unreadOf(world, place, member)).toEqual({ unread: cap - 1, mentions: cap - 1 });
  });

  test('[LOG34] mentions counts those of the unread that name the person or all', async () => {
    const [owner, member = owner, other = owner] = people(3);
    const place = await world.create('group', [owner, member, other]);
    const mentions = [
      { users: [member] },
      { users: [other, member] },
      { all: true },
      { users: [other] },
      { all: false },
      {},
    ];
    for (const one of mentions)
      await world.log.append(write(place, owner, { drafts: [sent('hi', { mentions: one })] }));
    await world.log.append(
      write(place, member, { drafts: [sent('me', { mentions: { users: [member], all: true } })] }),
    );
    expect(await unreadOf(world, place, member)).toEqual({ unread: 6, mentions: 3 });
    expect(await unreadOf(world, place, other)).toEqual({ unread: 7, mentions: 4 });
    expect(await unreadOf(world, place, owner)).toEqual({ unread: 1, mentions: 1 });
    await world.log.advance([{ conversation: place.conversation, user: member, delivered: 3, read: 3 }]);
    expect(await unreadOf(world, place, member)).toEqual({ unread: 5, mentions: 2 });
  });

  test('[LOG35] muted is what the last `mute:` setting of the person says: true, or a time that is to come', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const self = await world.create('self', [member], place.workspace);
    const name = `mute:${place.conversation}`;
    const isMuted = async (user: UserId) => (await world.other.summary(place.conversation, user))?.muted;
    const expected = [
      [true, true],
      [false, false],
      [FAR_FUTURE_MS, true],
      [1, false],
      ['true', false],
      [true, true],
      [null, false],
    ] as const;
    for (const [value, muted] of expected) {
      await world.log.append(setting(self, member, { name, value }));
      await world.log.append(setting(self, member, { name: `${name}x`, value: value !== true }));
      expect(await isMuted(member)).toBe(muted);
      expect(await isMuted(owner)).toBe(false);
    }
    await world.log.append(setting(self, member, { name, value: true }));
    const listed = await world.list(place, member);
    expect(listed.map(({ id, muted }) => [id, muted]).sort()).toEqual(
      [
        [place.conversation, true],
        [self.conversation, false],
      ].sort(),
    );
  });

  test('[LOG36] peer is the marks of the other person of a direct conversation', async () => {
    const [me, peer = me] = people(2);
    const direct = await world.create('direct', [me, peer]);
    const group = await world.create('group', [me, peer], direct.workspace);
    await world.send(direct, me);
    expect(await world.log.summary(direct.conversation, me)).toMatchObject({
      peer: { user: peer, delivered: 0, read: 0 },
    });
    await world.log.advance([{ conversation: direct.conversation, user: peer, delivered: 2, read: 1 }]);
    expect(await world.log.summary(direct.conversation, me)).toMatchObject({
      peer: { user: peer, delivered: 2, read: 1 },
    });
    expect(await world.log.summary(direct.conversation, peer)).toMatchObject({
      peer: { user: me, delivered: 0, read: 0 },
    });
    expect(await world.log.summary(group.conversation, me)).not.toHaveProperty('peer');
  });

  test('[LOG37] one who was removed sees the conversation as it was then, and nothing that came after', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    const rename = (name: string) =>
      write(place, owner, { drafts: [{ kind: 'conversation.updated', body: { name } }] });
    await world.log.append(rename('before'));
    await world.send(place, owner, 'before');
    const removal = await world.remove(place, owner, member);
    await world.log.append(rename('secret'));
    await world.log.append(message(place, owner, 'secret'));
    await world.add(place, owner, people(1)[0]);
    await world.add(place, owner, people(1)[0]);
    for (const node of world.nodes) {
      const summary = await node.summary(place.conversation, member);
      expect(summary).toMatchObject({ role: 'none', head: removal.seq, updatedAt: removal.at, unread: 1, joined: 2 });
      expect(summary?.last).toEqual(removal.entries[0]);
      expect(summary?.name).toBe('before');
      expect(summary?.members).toBe(1);
    }
  });

  test('[LOG38] one who came back is a member like any other, from the last time on', async () => {
    const [owner, member = owner] = people(2);
    const place = await world.create('group', [owner, member]);
    await world.log.append(
      write(place, owner, { drafts: [{ kind: 'member.role', body: { user: member, role: 'admin' } }] }),
    );
    await world.remove(place, owner, member);
    await world.send(place, owner);
    const back = await world.add(place, owner, member);
    const summary = await world.log.summary(place.conversation, member);
    expect(summary).toMatchObject({ role: 'member', joined: back.seq, head: back.seq, members: 2, unread: 1 });
  });
}

async function unreadOf(world: LogWorld, place: Place, user: UserId) {
  const summary = await world.log.summary(place.conversation, user);
  return { unread: summary?.unread, mentions: summary?.mentions };
}
