// RD of docs/protocol/v1.md: readers of channels, who are members without entries.
import { randomUUID } from 'node:crypto';
import type { Channel, Entry, ServerFrame, Summary, Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { caughtUp } from './catching-up.js';
import { type Client, Refused } from './client.js';
import type { Answer, Fields } from './http-client.js';
import type { Person, World } from './world.js';

type Member = { readonly user: string; readonly role: string; readonly joined: number };
type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/** What came of a conversation: the roles of its frames, and the numbers of its entries. */
function about(client: Client, conversation: string): readonly (string | number)[] {
  return client.frames.flatMap((frame: ServerFrame) => {
    if (frame.type === 'entry' && frame.conversation === conversation) return frame.seq;
    return frame.type === 'conversation' && frame.summary.id === conversation ? frame.summary.role : [];
  });
}

export function readerRules(world: World): void {
  const at = (conversation: string, user: string) => `/v1/conversations/${conversation}/members/${user}`;
  const channel = (owner: Person, members: readonly Person[] = [], set: Fields = {}): Promise<Summary> => {
    const wanted = { kind: 'channel', name: randomUUID(), visibility: 'public', joining: 'reader', ...set };
    return world.do(owner, 'POST /v1/conversations', { ...wanted, members: members.map(({ id }) => id) });
  };
  const join = (who: Person, conversation: string): Promise<Written> =>
    world.do(who, `POST /v1/channels/${conversation}/join`, {});
  const leave = (who: Person, conversation: string): Promise<Written> =>
    world.do(who, `DELETE ${at(conversation, who.id)}`);
  const react = (who: Person, conversation: string, { seq, epoch }: Written): Promise<Answer> =>
    world.ask(who, `PUT /v1/conversations/${conversation}/messages/${seq}/reactions/👍`, {
      body: { epoch, key: randomUUID() },
    });
  const gone = (client: Client, conversation: string) =>
    client.until((frame) => {
      return frame.type === 'conversation' && frame.summary.id === conversation && frame.summary.role === 'none';
    });

  describe('RD: readers of channels', () => {
    test('[RD1] [RD2] who joins where readers join gets a frame and no entry, reads, reacts, and writes nothing', async () => {
      const [ann, ben] = world.pair();
      const { id, head, epoch } = await channel(ann);
      const before = await world.send(ann, id, 'before');
      const client = await world.connect(ben);
      expect(await join(ben, id)).toMatchObject({ conversation: id, epoch, seq: before.seq, duplicate: false });
      const after = await world.send(ann, id, 'after');
      await client.entry(id, after.seq);
      expect(about(client, id)).toEqual(['reader', after.seq]);
      expect((await world.log(ben, id)).map(({ seq }) => seq)).toEqual(
        Array.from({ length: after.seq }, (_, index) => index + 1),
      );
      expect(after.seq).toBe(head + 2);
      expect((await react(ben, id, before)).status).toBe(200);
      const summaries = [await world.summary(ann, id), await world.summary(ben, id)];
      for (const { summary } of summaries) expect(summary).toMatchObject({ members: 1, readers: 1 });
      expect(summaries[1]?.summary.role).toBe('reader');
      const found = await world.do<Page<Channel>>(ben, `GET /v1/channels?query=${summaries[0]?.summary.name}`);
      expect(found.items).toMatchObject([{ id, members: 1, readers: 1, role: 'reader' }]);
      const refused = await client.say(id, 'x').then(
        () => null,
        (error: unknown) => (error instanceof Refused ? error.frame.code : error),
      );
      expect(refused).toBe('forbidden');
      const edit = { epoch, key: randomUUID(), text: 'x' };
      const route = `/v1/conversations/${id}/messages/${before.seq}`;
      expect(await world.ask(ben, `PATCH ${route}`, { body: edit })).toMatchObject({ status: 403 });
      expect(await world.members(ben, id)).toEqual({ [ann.id]: 'owner' });
    });

    test('[RD1] any number of people read, and the log stays as it is', async () => {
      const [ann] = world.pair();
      const { id, head } = await channel(ann);
      const many = world.everyone.filter((person) => person.id !== ann.id);
      await Promise.all(many.map((person) => join(person, id)));
      const { summary } = await world.summary(ann, id);
      expect(summary).toMatchObject({ head, members: 1, readers: many.length });
    });

    test('[RD2] readers come by being added and by invitation too, for which moderators are enough', async () => {
      const [ann, ben, cid, dan] = world.people(4) as [Person, Person, Person, Person];
      const { id, head } = await channel(ann, [ben], { visibility: 'private' });
      await world.do(ann, `PATCH ${at(id, ben.id)}`, { role: 'moderator' });
      const client = await world.connect(cid);
      await world.do(ben, `PUT ${at(id, cid.id)}`, { role: 'reader' });
      const { code } = await world.do<{ code: string }>(ben, `POST /v1/conversations/${id}/invites`, {
        role: 'reader',
        maxUses: 1,
      });
      await world.do(dan, 'POST /v1/invites/accept', { code });
      await client.until((frame) => frame.type === 'conversation' && frame.summary.id === id);
      for (const who of [cid, dan]) {
        expect((await world.summary(who, id)).summary).toMatchObject({ role: 'reader', head: head + 1, readers: 2 });
      }
      const { id: group } = await world.group(ann, []);
      expect(await world.ask(ann, `PUT ${at(group, ben.id)}`, { body: { role: 'reader' } })).toMatchObject({
        status: 400,
        body: { code: 'bad_request' },
      });
      const joining = await world.ask(ann, `PATCH /v1/conversations/${group}`, { body: { joining: 'reader' } });
      expect(joining).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    });

    test('[RD2] who comes while history is closed reads from there on', async () => {
      const [ann, ben] = world.pair();
      const { id } = await channel(ann);
      const secret = await world.send(ann, id, 'secret');
      const { seq: head } = await world.do<Written>(ann, `PATCH /v1/conversations/${id}`, { history: 'closed' });
      await join(ben, id);
      const { summary } = await world.summary(ben, id);
      expect(summary).toMatchObject({ first: head + 1, head, last: null, unread: 0 });
      const { seq } = await world.send(ann, id, 'open');
      expect((await world.log(ben, id)).map((entry) => entry.seq)).toEqual([seq]);
      expect((await react(ben, id, secret)).status).toBe(404);
    });

    test('[RD3] what is so already stays so, and who reads takes no use of an invitation', async () => {
      const [ann, ben] = world.pair();
      const { id } = await channel(ann);
      const { code } = await world.do<{ code: string }>(ann, `POST /v1/conversations/${id}/invites`, {
        role: 'reader',
        maxUses: 1,
      });
      expect(await join(ben, id)).toMatchObject({ duplicate: false });
      expect(await join(ben, id)).toMatchObject({ duplicate: true });
      expect(await world.do(ben, 'POST /v1/invites/accept', { code })).toMatchObject({ duplicate: true });
      const { items } = await world.do<Page<{ uses: number }>>(ann, `GET /v1/conversations/${id}/invites`);
      expect(items).toMatchObject([{ uses: 0 }]);
      await world.do(ann, `PATCH /v1/conversations/${id}`, { joining: 'member' });
      const asMember = await world.ask(ben, `POST /v1/channels/${id}/join`, { body: {} });
      expect(asMember).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect(await leave(ben, id)).toMatchObject({ duplicate: false });
      expect(await leave(ben, id)).toMatchObject({ duplicate: true });
    });

    test('[RD4] who leaves, or is taken out, gets a frame, and nothing from then on', async () => {
      const [ann, ben, cid] = world.people(3) as [Person, Person, Person];
      const { id } = await channel(ann);
      const client = await world.connect(ben);
      const other = await world.connect(cid);
      for (const who of [ben, cid]) await join(who, id);
      const seen = await world.send(ann, id, 'seen');
      for (const one of [client, other]) await one.entry(id, seen.seq);
      expect(await leave(ben, id)).toMatchObject({ seq: seen.seq });
      await world.do(ann, `DELETE ${at(id, cid.id)}`);
      for (const one of [client, other]) await gone(one, id);
      const unseen = await world.send(ann, id, 'unseen');
      for (const [one, who] of [
        [client, ben],
        [other, cid],
      ] as const) {
        await one.settle();
        expect(about(one, id)).toEqual(['reader', seen.seq, 'none']);
        expect((await world.log(who, id)).at(-1)?.seq).toBe(seen.seq);
        expect((await react(who, id, unseen)).status).toBe(403);
        expect((await world.summary(who, id)).summary).toMatchObject({ role: 'none', head: seen.seq });
      }
      expect((await world.summary(ann, id)).summary).not.toHaveProperty('readers');
    });

    test('[RD4] who left while away finds it with role none, and who came finds it in their list', async () => {
      const [ann] = world.pair();
      const ben = world.alone();
      const { id } = await channel(ann);
      const { since } = (await caughtUp(world, ben)).welcome;
      await world.leave();
      await join(ben, id);
      const back = await world.connect(ben, { since });
      expect(back.welcome.conversations).toMatchObject([{ id, role: 'reader' }]);
      await world.leave();
      await leave(ben, id);
      const again = await world.connect(ben, { since: back.welcome.since });
      expect(again.welcome.conversations).toMatchObject([{ id, role: 'none' }]);
      await world.leave();
      expect((await world.connect(ben)).welcome.conversations.map((each) => each.id)).not.toContain(id);
    });

    test('[RD5] a reader who becomes a member has the frame, the entry, and what was theirs', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await channel(ann);
      const message = await world.send(ann, id, 'hello');
      const client = await world.connect(ben);
      await join(ben, id);
      const reacted = (await react(ben, id, message)) as Answer<Written>;
      await world.do(ben, `PUT /v1/conversations/${id}/marks`, { epoch, read: message.seq });
      const raised = await world.do<Written>(ann, `PATCH ${at(id, ben.id)}`, { role: 'moderator' });
      await client.entry(id, raised.seq + 1);
      expect(about(client, id).slice(0, 4)).toEqual(['reader', reacted.body.seq, 'moderator', raised.seq]);
      expect((await world.log(ann, id)).slice(-2)).toMatchObject([
        { kind: 'member.joined', body: { users: [ben.id] } },
        { kind: 'member.role', body: { user: ben.id, role: 'moderator' } },
      ]);
      const { summary } = await world.summary(ben, id);
      expect(summary).toMatchObject({ role: 'moderator', members: 2, read: message.seq });
      expect(summary).not.toHaveProperty('readers');
      expect((await world.log(ann, id)).find(({ kind }) => kind === 'reaction.set')).toMatchObject({ author: ben.id });
      await world.send(ben, id, 'now I write');
    });

    test('[RD5] a member who becomes a reader has the entry, then the frame, and reads on', async () => {
      const [ann, ben] = world.pair();
      const { id } = await channel(ann, [ben]);
      const client = await world.connect(ben);
      const lowered = await world.do<Written>(ann, `PATCH ${at(id, ben.id)}`, { role: 'reader' });
      await client.until((frame) => frame.type === 'conversation' && frame.summary.id === id);
      const { seq } = await world.send(ann, id, 'read this');
      await client.entry(id, seq);
      expect(about(client, id)).toEqual([lowered.seq, 'reader', seq]);
      const entry = (await world.log(ann, id)).find((each: Entry) => each.seq === lowered.seq);
      expect(entry).toMatchObject({ kind: 'member.left', body: { users: [ben.id], reading: true } });
      expect((await world.summary(ben, id)).summary).toMatchObject({ role: 'reader', members: 1, readers: 1 });
      expect(
        (await world.ask(ben, `POST /v1/conversations/${id}/messages`, { body: { key: randomUUID(), text: 'x' } }))
          .status,
      ).toBe(403);
      const alone = await world.ask(ann, `PATCH ${at(id, ann.id)}`, { body: { role: 'reader' } });
      expect(alone).toMatchObject({ status: 409, body: { code: 'conflict' } });
    });

    test('[RD6] a reader has marks and counts, of which nobody else is told, and hears no others', async () => {
      const [ann, ben, cid] = world.people(3) as [Person, Person, Person];
      const { id, epoch } = await channel(ann, [cid]);
      await join(ben, id);
      const { seq } = await world.send(ann, id, { text: 'hello', mentions: { users: [ben.id] } });
      expect((await world.summary(ben, id)).summary).toMatchObject({ unread: 1, mentions: 1 });
      const [mine, theirs, member] = [await world.connect(ben), await world.connect(ann), await world.connect(cid)];
      member.signal('typing', { conversation: id });
      member.signal('marks', { conversation: id, epoch, read: seq });
      await theirs.until((frame) => frame.type === 'signal' && frame.name === 'marks');
      mine.signal('marks', { conversation: id, epoch, read: seq });
      await mine.until((frame) => frame.type === 'signal' && frame.name === 'marks');
      expect((await world.summary(ben, id)).summary).toMatchObject({ unread: 0, read: seq });
      const { seq: last } = await world.send(ann, id, 'more');
      for (const client of [mine, theirs]) await client.entry(id, last);
      expect(mine.signals('typing', id)).toEqual([]);
      expect(mine.signals('marks', id)).toMatchObject([{ marks: [{ user: ben.id, read: seq }], unread: 0 }]);
      for (const signal of theirs.signals('marks', id)) expect(signal).not.toMatchObject({ marks: [{ user: ben.id }] });
      const marks = await world.do<Page<{ user: string }>>(ann, `GET /v1/conversations/${id}/marks`);
      expect(marks.items.map(({ user }) => user)).toEqual([ann.id, cid.id]);
    });

    test('[RD7] those who may list who reads, in pages', async () => {
      const [ann, ben, ...others] = world.people(6) as [Person, Person, ...Person[]];
      const { id } = await channel(ann, [ben]);
      for (const who of others) await join(who, id);
      const listed: Member[] = [];
      for (let cursor = ''; ; ) {
        const page = await world.do<Page<Member>>(
          ann,
          `GET /v1/conversations/${id}/members?readers=true&limit=3${cursor}`,
        );
        listed.push(...page.items);
        if (page.next === null) break;
        cursor = `&cursor=${page.next}`;
      }
      expect(listed.map(({ user }) => user)).toEqual(others.map((who) => who.id).toSorted());
      expect(new Set(listed.map(({ role }) => role))).toEqual(new Set(['reader']));
      for (const who of [ben, others[0] ?? ben]) {
        const refused = await world.ask(who, `GET /v1/conversations/${id}/members?readers=true`);
        expect(refused).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      }
    });

    test('[RD8] a guest who reads finds the members, and not those who read with them', async () => {
      const [ann, ben] = world.pair();
      const guest = world.alone();
      await world.do(await world.owner(), `PATCH /v1/workspace/people/${guest.id}`, { role: 'guest' });
      const { id } = await channel(ann);
      await join(ben, id);
      await world.do(ann, `PUT ${at(id, guest.id)}`, { role: 'reader' });
      await world.send(ann, id, 'for guests, too');
      expect((await world.log(guest, id)).at(-1)).toMatchObject({ body: { text: 'for guests, too' } });
      const { users } = await world.do<{ users: { id: string }[] }>(guest, `GET /v1/users?ids=${ann.id},${ben.id}`);
      expect(users.map((user) => user.id)).toEqual([ann.id]);
    });
  });
}
