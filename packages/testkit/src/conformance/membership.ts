// B of docs/protocol/v1.md: who is in a conversation, who may change that, and what each of them gets.
import { randomUUID } from 'node:crypto';
import type { Entry, Role } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { caughtUp } from './catching-up.js';
import type { Client } from './client.js';
import type { Answer } from './http-client.js';
import type { Person, World } from './world.js';

/** The frames about a conversation, in the order in which they came. */
function about(client: Client, conversation: string): readonly (string | number)[] {
  return client.frames.flatMap((frame): (string | number)[] => {
    if (frame.type === 'conversation' && frame.summary.id === conversation) return ['conversation'];
    return frame.type === 'entry' && frame.conversation === conversation ? [frame.seq] : [];
  });
}

export function membershipRules(world: World): void {
  const at = (conversation: string, { id }: Person) => `/v1/conversations/${conversation}/members/${id}`;
  const add = (by: Person, conversation: string, ...[who, role]: [Person, Role?]): Promise<Answer> =>
    world.ask(by, `PUT ${at(conversation, who)}`, { body: { role } });
  const remove = (by: Person, conversation: string, who: Person): Promise<Answer> =>
    world.ask(by, `DELETE ${at(conversation, who)}`);
  const rank = (by: Person, conversation: string, ...[who, role]: [Person, Role]): Promise<Answer> =>
    world.ask(by, `PATCH ${at(conversation, who)}`, { body: { role } });
  const four = (): readonly [Person, Person, Person, Person] => {
    const [one, two, three, other] = world.people(4);
    if (!one || !two || !three || !other) throw new Error('four are wanted');
    return [one, two, three, other];
  };

  describe('B: membership', () => {
    test('[B1] who makes a group is its owner, and the first entry says who is in it', async () => {
      const [ann, ben, cid] = four();
      const group = await world.group(ann, [ben, cid], 'name');
      const log = await world.log(ben, group.id);
      expect(log[0]).toMatchObject({ seq: 1, kind: 'conversation.created', author: ann.id });
      expect(log[0]?.body).toMatchObject({ kind: 'group', name: 'name' });
      const named = log.flatMap(({ body }) => body.users as string[]);
      expect(named.toSorted()).toEqual([ann.id, ben.id, cid.id].toSorted());
      expect(await world.members(ben, group.id)).toEqual({ [ann.id]: 'owner', [ben.id]: 'member', [cid.id]: 'member' });
      const direct = await world.direct(ann, ben);
      expect(await world.members(ben, direct.id)).toEqual({ [ann.id]: 'member', [ben.id]: 'member' });
      const { self } = (await world.connect(ann)).welcome;
      expect(await world.members(ann, self)).toEqual({ [ann.id]: 'owner' });
    });

    test('[B2] who is removed gets the entry that removes them and nothing above it', async () => {
      const [ann, ben, cid] = four();
      const { id, head } = await world.group(ann, [ben, cid]);
      const client = await world.connect(ben);
      const others = await world.connect(cid);
      await world.send(ann, id, 'for you');
      const [{ body }] = await Promise.all([
        remove(ann, id, ben) as Promise<Answer<{ seq: number }>>,
        ...Array.from({ length: 10 }, (_, index) => world.send(cid, id, `around ${index}`)),
      ]);
      await world.send(ann, id, 'not for you');
      const last = (await world.log(cid, id)).at(-1)?.seq ?? 0;
      await others.entry(id, last);
      await client.settle();
      expect(client.entries(id).at(-1)).toMatchObject({
        seq: body.seq,
        kind: 'member.left',
        body: { users: [ben.id] },
      });
      expect(about(client, id)).toEqual(Array.from({ length: body.seq - head }, (_, index) => head + 1 + index));
      expect((await world.log(ben, id)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: body.seq }, (_, index) => index + 1),
      );
    });

    test('[B2] who was removed while away finds the conversation with role none, readable as it was', async () => {
      const ann = world.alone();
      const [ben] = world.pair();
      const { id, epoch } = await world.group(ben, [ann]);
      const { since } = (await caughtUp(world, ann)).welcome;
      await world.leave();
      await world.send(ben, id, 'you may read this');
      const { body } = (await remove(ben, id, ann)) as Answer<{ seq: number }>;
      await world.send(ben, id, 'and not this');
      const client = await world.connect(ann, { since });
      const summary = client.welcome.conversations.find((each) => each.id === id);
      expect(summary).toMatchObject({ role: 'none', head: body.seq, last: { kind: 'member.left' } });
      await client.settle();
      expect(client.entries(id).map(({ seq }) => seq)).toEqual([body.seq - 1, body.seq]);
      expect((await world.log(ann, id)).at(-1)?.seq).toBe(body.seq);
      const page = await world.do<{ items: Entry[]; to: number }>(ann, `GET /v1/conversations/${id}/messages`);
      expect([page.items.at(-1)?.seq, page.to]).toEqual([body.seq, body.seq]);
      const above = `GET /v1/conversations/${id}/entries?epoch=${epoch}&after=${body.seq}`;
      expect(await world.do(ann, above)).toMatchObject({ entries: [] });
      const send = await world.ask(ann, `POST /v1/conversations/${id}/messages`, {
        body: { key: randomUUID(), text: 'x' },
      });
      expect(send).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    });

    test('[B3] who joins, or whose role changes, gets a conversation frame first, then the entry', async () => {
      const [ann, ben, cid] = four();
      const client = await world.connect(ben);
      const { id, head } = await world.group(ann, [ben]);
      await client.entry(id, head);
      expect(about(client, id)[0]).toBe('conversation');
      const other = await world.connect(cid);
      await add(ann, id, cid);
      await other.entry(id, head + 1);
      expect(about(other, id)).toEqual(['conversation', head + 1]);
      expect(other.frames.find(({ type }) => type === 'conversation')).toMatchObject({
        summary: { id, role: 'member', pushedAfter: head },
      });
      await rank(ann, id, cid, 'admin');
      await other.entry(id, head + 2);
      expect(about(other, id)).toEqual(['conversation', head + 1, 'conversation', head + 2]);
      const frames = other.frames.filter(({ type }) => type === 'conversation');
      expect(frames.at(-1)).toMatchObject({ summary: { id, role: 'admin' } });
      await client.entry(id, head + 2);
      expect(about(client, id).slice(-2)).toEqual([head + 1, head + 2]);
    });

    test('[B4] member.joined and member.left name who came and went', async () => {
      const [ann, ben] = four();
      const { id } = await world.group(ann, []);
      await add(ann, id, ben);
      await remove(ben, id, ben);
      const [joined, left] = (await world.log(ann, id)).slice(-2);
      expect(joined).toMatchObject({ kind: 'member.joined', author: ann.id, body: { users: [ben.id] } });
      expect(left).toMatchObject({ kind: 'member.left', author: ben.id, body: { users: [ben.id] } });
    });

    test('[B5] a direct conversation is one for each pair, made by both sides at once too', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const made = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (index % 2 ? world.direct(ann, ben) : world.direct(ben, ann))),
      );
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      const id = made[0]?.id ?? '';
      expect(await world.log(ann, id)).toHaveLength(1);
      const again = await world.ask(ann, 'POST /v1/conversations', { body: { kind: 'direct', members: [ben.id] } });
      expect(again.status).toBe(200);
    });

    test('[B5] nobody is added to a direct conversation and nobody leaves it, and it has no name', async () => {
      const [ann, ben, cid] = four();
      const { id, name, head } = await world.direct(ann, ben);
      expect(name).toBe(null);
      for (const answer of [
        await add(ann, id, cid),
        await remove(ann, id, ben),
        await remove(ann, id, ann),
        await rank(ann, id, ben, 'admin'),
        await world.ask(ann, `PATCH /v1/conversations/${id}`, { body: { name: 'x' } }),
      ]) {
        expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      }
      for (const members of [[], [ann.id], [ben.id, cid.id]]) {
        const answer = await world.ask(ann, 'POST /v1/conversations', { body: { kind: 'direct', members } });
        expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      }
      expect((await world.log(ann, id)).at(-1)?.seq).toBe(head);
    });

    test('[B6] when the last owner leaves, the next in rank owns the group, in the same write', async () => {
      const [ann, ben, cid, dan] = four();
      const { id } = await world.group(ann, [ben, cid, dan]);
      await rank(ann, id, dan, 'moderator');
      expect((await remove(ann, id, ann)).status).toBe(200);
      expect((await world.members(dan, id))[dan.id]).toBe('owner');
      const kinds = (await world.log(dan, id)).slice(-2).map(({ kind }) => kind);
      expect(kinds.toSorted()).toEqual(['member.left', 'member.role']);
      expect((await remove(dan, id, dan)).status).toBe(200);
      // Of equals the one who has been in for longest; both came with the same entry.
      expect(Object.values(await world.members(ben, id)).toSorted()).toEqual(['member', 'owner']);
    });

    test('[B6] the last owner is not lowered, and the last member may go', async () => {
      const [ann, ben] = four();
      const { id } = await world.group(ann, [ben]);
      expect(await rank(ann, id, ann, 'admin')).toMatchObject({ status: 409, body: { code: 'conflict' } });
      await rank(ann, id, ben, 'owner');
      expect((await rank(ann, id, ann, 'member')).status).toBe(200);
      expect((await remove(ann, id, ann)).status).toBe(200);
      expect((await remove(ben, id, ben)).status).toBe(200);
      expect((await world.summary(ben, id)).summary).toMatchObject({ role: 'none', members: 0 });
    });

    test('[B7] who removes or re-ranks another stands above them and gives no role above their own', async () => {
      const [owner, admin, moderator, member] = four();
      const { id } = await world.group(owner, [admin, moderator, member]);
      await rank(owner, id, admin, 'admin');
      await rank(owner, id, moderator, 'moderator');
      const stranger = world.people(1)[0] as Person;
      const head = (await world.log(owner, id)).length;
      const refused: readonly (readonly [Promise<Answer>, number])[] = [
        [remove(admin, id, owner), 403],
        [remove(moderator, id, admin), 403],
        [remove(member, id, moderator), 403],
        [rank(admin, id, owner, 'member'), 403],
        [rank(admin, id, member, 'owner'), 403],
        [rank(admin, id, member, 'admin'), 403],
        [rank(moderator, id, member, 'moderator'), 403],
        [rank(owner, id, member, 'none'), 400],
        [rank(owner, id, member, 'reader'), 400],
        [add(member, id, stranger), 403],
        [add(moderator, id, stranger, 'moderator'), 403],
        [add(admin, id, stranger, 'owner'), 403],
      ];
      for (const [index, [answer, status]] of refused.entries()) {
        expect((await answer).status, `the refusal ${index}`).toBe(status);
      }
      expect(await world.log(owner, id)).toHaveLength(head);
      expect((await add(admin, id, stranger, 'moderator')).status).toBe(200);
      expect((await world.members(owner, id))[stranger.id]).toBe('moderator');
      expect((await remove(admin, id, stranger)).status).toBe(200);
      await rank(owner, id, admin, 'owner');
      expect((await rank(admin, id, owner, 'admin')).status).toBe(200);
    });

    test('[B8] to add who is in is conflict, to remove or re-rank who is not is not_found', async () => {
      const [ann, ben, cid] = four();
      const { id, head } = await world.group(ann, [ben]);
      expect(await add(ann, id, ben)).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect(await remove(ann, id, cid)).toMatchObject({ status: 404, body: { code: 'not_found' } });
      expect(await rank(ann, id, cid, 'admin')).toMatchObject({ status: 404, body: { code: 'not_found' } });
      const nobody = { ...cid, id: randomUUID() };
      expect(await add(ann, id, nobody)).toMatchObject({ status: 404, body: { code: 'not_found' } });
      expect(await world.log(ann, id)).toHaveLength(head);
    });

    test('[B9] who comes back is a member, with their marks', async () => {
      const [ann, ben] = four();
      const { id, epoch } = await world.group(ann, [ben]);
      await rank(ann, id, ben, 'admin');
      await world.do(ben, `PUT /v1/conversations/${id}/marks`, { epoch, read: 2 });
      await remove(ann, id, ben);
      await world.send(ann, id, 'meanwhile');
      await add(ann, id, ben);
      const { summary } = await world.summary(ben, id);
      expect(summary).toMatchObject({ role: 'member', read: 2 });
      expect(await world.log(ben, id)).toHaveLength(summary.head);
    });
  });
}
