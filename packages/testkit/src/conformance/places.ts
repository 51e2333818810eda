// P of docs/protocol/v1.md: what a conversation is set to, and what that does to those who write.
import { randomUUID } from 'node:crypto';
import type { Channel, Entry, Summary } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { caughtUp } from './catching-up.js';
import type { Answer, Fields } from './http-client.js';
import type { Person, World } from './world.js';

export function placeRules(world: World): void {
  const update = (by: Person, conversation: string, change: Fields): Promise<Answer> =>
    world.ask(by, `PATCH /v1/conversations/${conversation}`, { body: change });
  const say = (by: Person, conversation: string): Promise<Answer> =>
    world.askOnce(by, `POST /v1/conversations/${conversation}/messages`, { body: { key: randomUUID(), text: 'x' } });

  describe('P: places', () => {
    test('[P1] an update changes what it names, the rest stays, and everyone gets the entry that says so', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben], 'name');
      const client = await world.connect(ben);
      expect((await update(ann, id, { topic: 'soup', slowModeMs: 0, unknown: 1 })).status).toBe(200);
      expect((await update(ann, id, { name: 'other', avatar: 'color:teal' })).status).toBe(200);
      expect((await update(ann, id, { topic: null })).status).toBe(200);
      await client.entry(id, head + 3);
      expect(client.entries(id).map(({ kind, body }) => [kind, body])).toEqual([
        ['conversation.updated', { slowModeMs: 0, topic: 'soup' }],
        ['conversation.updated', { name: 'other', avatar: 'color:teal' }],
        ['conversation.updated', { topic: null }],
      ]);
      const { summary } = await world.summary(ben, id);
      expect(summary).toMatchObject({ name: 'other', topic: null, avatar: 'color:teal', slowModeMs: 0 });
      expect(summary).not.toHaveProperty('archived');
    });

    test('[P1] an update that names nothing is bad_request, and one by two at once keeps what each of them said', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      expect(await update(ann, id, {})).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      await world.do(ann, `PATCH /v1/conversations/${id}/members/${ben.id}`, { role: 'admin' });
      await Promise.all([
        ...['a', 'b', 'c'].map((topic) => update(ann, id, { topic })),
        ...['d', 'e', 'f'].map((name) => update(ben, id, { name })),
      ]);
      const updates = (await world.log(ann, id)).filter(({ kind }) => kind === 'conversation.updated');
      expect(updates).toHaveLength(6);
      const last = (field: string) => updates.findLast(({ body }) => field in body)?.body[field];
      expect((await world.summary(ben, id)).summary).toMatchObject({ topic: last('topic'), name: last('name') });
    });

    test('[P1] one who has left is told none of the settings', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      await update(ann, id, { topic: 'soup' });
      await world.do(ben, `DELETE /v1/conversations/${id}/members/${ben.id}`);
      await update(ann, id, { topic: 'cake' });
      expect((await world.summary(ben, id)).summary).not.toHaveProperty('topic');
    });

    test('[P2] topics and avatars are of the forms that the contract gives', async () => {
      const [ann] = world.pair();
      const { id, head } = await world.group(ann, []);
      const refused: readonly (readonly [Fields, number])[] = [
        [{ topic: 'x'.repeat(501) }, 413],
        [{ topic: '' }, 400],
        [{ topic: 1 }, 400],
        [{ avatar: 'color:Teal' }, 400],
        [{ avatar: 'color:' }, 400],
        [{ avatar: 'javascript:alert(1)' }, 400],
        [{ avatar: 'http://pictures.example/1' }, 400],
        [{ avatar: 'https://pictures.example/a b' }, 400],
        [{ avatar: `https://pictures.example/${'x'.repeat(500)}` }, 400],
        [{ archived: null }, 400],
        [{ slowModeMs: 999 }, 400],
        [{ slowModeMs: 21_600_001 }, 400],
        [{ slowModeMs: -1 }, 400],
      ];
      for (const [change, status] of refused) {
        expect((await update(ann, id, change)).status, JSON.stringify(change)).toBe(status);
      }
      for (const avatar of ['color:teal', 'https://pictures.example/1?x=ü', null]) {
        expect((await update(ann, id, { avatar, topic: 'x'.repeat(500) })).status).toBe(200);
      }
      expect(await world.log(ann, id)).toHaveLength(head + 3);
    });

    test('[P3] nobody writes to what is archived, or changes what was written; all else goes on, and it can be opened again', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben]);
      const { seq } = await world.send(ben, id, 'before');
      const at = `/v1/conversations/${id}/messages/${seq}`;
      await update(ann, id, { archived: true });
      for (const person of [ann, ben]) {
        expect(await say(person, id)).toMatchObject({ status: 409, body: { code: 'conflict', retry: 'new_key' } });
      }
      const edit = await world.ask(ben, `PATCH ${at}`, { body: { epoch, key: randomUUID(), text: 'y' } });
      expect(edit).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect((await world.ask(ben, `DELETE ${at}?epoch=${epoch}`)).status).toBe(200);
      expect((await world.summary(ben, id)).summary).toMatchObject({ archived: true });
      await world.do(ben, `DELETE /v1/conversations/${id}/members/${ben.id}`);
      await world.do(ann, `PUT /v1/conversations/${id}/members/${ben.id}`, {});
      await update(ann, id, { archived: false });
      expect((await say(ben, id)).status).toBe(201);
    });

    test('[P3] of what is sent while it is archived, all that is taken comes before', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const answers = await Promise.all([
        ...Array.from({ length: 10 }, () => say(ben, id)),
        update(ann, id, { archived: true }),
        ...Array.from({ length: 10 }, () => say(ann, id)),
      ]);
      const kinds = (await world.log(ben, id)).map(({ kind }) => kind);
      expect(kinds.at(-1)).toBe('conversation.updated');
      const taken = answers.filter(({ status }) => status === 201);
      expect(kinds.filter((kind) => kind === 'message.sent')).toHaveLength(taken.length);
      expect(new Set(answers.map(({ status }) => status))).toEqual(
        new Set(taken.length > 0 ? [201, 200, 409] : [200, 409]),
      );
    });

    test('[P4] a member sends one message in the time that is set, over everything at once, and moderators any number', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      await update(ann, id, { slowModeMs: 3_600_000 });
      const clients = await Promise.all([world.connect(ben), world.connect(ben)]);
      const sends = [
        ...clients.flatMap((client) => [client.say(id, 'x'), client.say(id, 'y')]),
        ...Array.from({ length: 4 }, async () => {
          const answer = await say(ben, id);
          if (answer.status !== 201) throw new Error(String(answer.body.code));
        }),
      ];
      const outcomes = await Promise.allSettled(sends);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refused = await say(ben, id);
      expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', retry: 'same_key' } });
      expect(refused.body.retryAfterMs).toBeGreaterThan(3_500_000);
      expect(refused.body.retryAfterMs).toBeLessThanOrEqual(3_600_000);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500);
      for (const _ of [1, 2]) expect((await say(ann, id)).status).toBe(201);
      await world.do(ann, `PATCH /v1/conversations/${id}/members/${ben.id}`, { role: 'moderator' });
      for (const _ of [1, 2]) expect((await say(ben, id)).status).toBe(201);
    });

    test('[P4] who has waited sends again', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      await update(ann, id, { slowModeMs: 1_000 });
      expect((await say(ben, id)).status).toBe(201);
      expect((await say(ben, id)).status).toBe(429);
      await expect.poll(async () => (await say(ben, id)).status, { timeout: 5_000 }).toBe(201);
      await update(ann, id, { slowModeMs: 0 });
      for (const _ of [1, 2]) expect((await say(ben, id)).status).toBe(201);
    });

    test('[P5] [M7] who joins while history is closed reads from there, in every way that there is to read', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, []);
      const { seq: before } = await world.send(ann, id, 'before');
      await update(ann, id, { history: 'closed' });
      const client = await world.connect(ben);
      await world.do(ann, `PUT /v1/conversations/${id}/members/${ben.id}`, {});
      const { seq: after } = await world.send(ann, id, 'after');
      await client.entry(id, after);
      const { summary } = await world.summary(ben, id);
      const { first } = summary;
      expect(summary).toMatchObject({ first: after - 1, head: after, unread: 1 });
      expect(client.entries(id).map(({ seq }) => seq)).toEqual([first, after]);
      const seqs = async (query: string) => {
        const path = `GET /v1/conversations/${id}/${query}`;
        const page = await world.do<{ entries?: Entry[]; items?: Entry[]; hasBefore?: boolean }>(ben, path);
        if (!query.includes('before')) expect(page.hasBefore ?? false).toBe(false);
        return (page.entries ?? page.items ?? []).map(({ seq }) => seq);
      };
      for (const query of [
        'entries',
        `entries?epoch=${epoch}&after=1`,
        'messages',
        'messages?at=0',
        `messages?epoch=${epoch}&around=1`,
        `messages?epoch=${epoch}&after=1`,
      ]) {
        expect(await seqs(query), query).toEqual([first, after]);
      }
      expect(await seqs(`messages?epoch=${epoch}&before=${first}`)).toEqual([]);
      const named = `/v1/conversations/${id}/messages/${before}`;
      expect((await world.ask(ben, `GET ${named}/history?epoch=${epoch}`)).status).toBe(404);
      const reply = { key: randomUUID(), text: 'x', replyTo: before };
      const replied = await world.ask(ben, `POST /v1/conversations/${id}/messages`, { body: reply });
      expect(replied).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      await world.do(ann, `PATCH /v1/conversations/${id}/members/${ben.id}`, { role: 'moderator' });
      expect((await world.ask(ben, `DELETE ${named}?epoch=${epoch}`)).status).toBe(404);
      expect((await world.log(ann, id))[0]?.seq).toBe(1);
    });

    test('[M8] what changes an entry from before comes hidden, live, after a cut and in every read, with nothing of what it says', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, []);
      const [{ seq: edited }, { seq: deleted }] = [await world.send(ann, id, 'one'), await world.send(ann, id, 'two')];
      await update(ann, id, { history: 'closed' });
      await world.do(ann, `PUT /v1/conversations/${id}/members/${ben.id}`, {});
      const client = await caughtUp(world, ben);
      const { since } = client.welcome;
      const at = (seq: number) => `/v1/conversations/${id}/messages/${seq}`;
      await world.do(ann, `PATCH ${at(edited)}`, { epoch, key: randomUUID(), text: 'tangerine' });
      await world.do(ann, `DELETE ${at(deleted)}?epoch=${epoch}`);
      const { seq: own } = await world.send(ann, id, 'three');
      await world.do(ann, `PATCH ${at(own)}`, { epoch, key: randomUUID(), text: 'four' });
      await client.entry(id, own + 1);
      const again = await world.connect(ben, { since });
      await again.entry(id, own + 1);
      const page = `GET /v1/conversations/${id}/entries?epoch=${epoch}&after=${own - 3}`;
      const read = await world.do<{ entries: Entry[] }>(ben, page);
      const changes = await world.do<{ entries: Entry[] }>(ben, `${page}&changesOnly=true`);
      const hidden = { kind: 'hidden', body: {} };
      for (const entries of [client.entries(id), again.entries(id), read.entries]) {
        const wanted = [hidden, hidden, { kind: 'message.sent' }, { kind: 'message.edited', body: { text: 'four' } }];
        expect(entries.filter(({ seq }) => seq >= own - 2)).toMatchObject(wanted);
        for (const entry of entries.filter(({ kind }) => kind === 'hidden')) {
          expect(Object.keys(entry).toSorted()).toEqual(expect.not.arrayContaining(['author', 'key']));
        }
      }
      expect(changes.entries.map(({ kind }) => kind)).toEqual(['hidden', 'hidden', 'message.edited']);
      const seen = JSON.stringify([client.frames, again.frames, read, changes]);
      expect(seen.includes('tangerine')).toBe(false);
      expect((await world.log(ann, id)).some(({ kind }) => kind === 'hidden')).toBe(false);
    });

    test('[P5] whoever was in before reads on, opening changes nobody’s first, and who comes back begins there', async () => {
      const [ann, ben, cid] = world.people(3) as [Person, Person, Person];
      const { id } = await world.group(ann, [ben]);
      const first = async (who: Person) => (await world.summary(who, id)).summary.first;
      const add = (who: Person) => world.do<{ seq: number }>(ann, `PUT /v1/conversations/${id}/members/${who.id}`, {});
      await update(ann, id, { history: 'closed' });
      expect([await first(ann), await first(ben)]).toEqual([1, 1]);
      const { seq } = await add(cid);
      await update(ann, id, { history: 'open' });
      expect([await first(ann), await first(ben), await first(cid)]).toEqual([1, 1, seq]);
      await world.do(cid, `DELETE /v1/conversations/${id}/members/${cid.id}`);
      expect(await first(cid)).toBe(seq);
      await add(cid);
      expect(await first(cid)).toBe(1);
      await world.do(ben, `DELETE /v1/conversations/${id}/members/${ben.id}`);
      await update(ann, id, { history: 'closed' });
      expect(await first(ben)).toBe(1);
      const back = await add(ben);
      expect(await first(ben)).toBe(back.seq);
    });

    test('[P5] closing it and joining at once: the log says which was first', async () => {
      const [ann, ...others] = world.people(6) as [Person, ...Person[]];
      const { id } = await world.group(ann, []);
      await Promise.all([
        ...others.slice(0, 3).map((who) => world.do(ann, `PUT /v1/conversations/${id}/members/${who.id}`, {})),
        update(ann, id, { history: 'closed' }),
        ...others.slice(3).map((who) => world.do(ann, `PUT /v1/conversations/${id}/members/${who.id}`, {})),
      ]);
      const log = await world.log(ann, id);
      const closed = log.find(({ kind }) => kind === 'conversation.updated')?.seq ?? 0;
      for (const who of others) {
        const joined = log.find(({ kind, body }) => kind === 'member.joined' && (body.users as string[])[0] === who.id);
        const { summary } = await world.summary(who, id);
        expect(summary.first).toBe((joined?.seq ?? 0) > closed ? joined?.seq : 1);
      }
    });

    const channel = (by: Person, rest: Fields = {}, members: readonly Person[] = []): Promise<Summary> =>
      world.do(by, 'POST /v1/conversations', {
        ...{ kind: 'channel', members: members.map(({ id }) => id), name: `c${randomUUID()}` },
        ...rest,
      });
    const join = (by: Person, id: string): Promise<Answer<{ seq: number }>> =>
      world.ask(by, `POST /v1/channels/${id}/join`, { body: { key: randomUUID() } });

    test('[P6] a channel is a group with a name, a visibility and a posting, which no other kind has', async () => {
      const [ann, ben] = world.pair();
      const { id, ...summary } = await channel(ann, { name: 'news' }, [ben]);
      expect(summary).toMatchObject({ kind: 'channel', name: 'news', visibility: 'private', posting: 'members' });
      const log = await world.log(ben, id);
      expect(log.slice(0, 2)).toMatchObject([
        { kind: 'conversation.created', body: { kind: 'channel', name: 'news' } },
        { kind: 'conversation.updated', body: { visibility: 'private', posting: 'members' } },
      ]);
      expect(await world.members(ben, id)).toEqual({ [ann.id]: 'owner', [ben.id]: 'member' });
      const { id: group } = await world.group(ann, []);
      const create = (body: Fields) => world.ask(ann, 'POST /v1/conversations', { body: { members: [], ...body } });
      for (const refused of [
        await create({ kind: 'channel' }),
        await create({ kind: 'group', visibility: 'public' }),
        await create({ kind: 'group', posting: 'members' }),
        await create({ kind: 'channel', name: 'x', visibility: 'open' }),
        await update(ann, group, { visibility: 'public' }),
        await update(ann, group, { posting: 'moderators' }),
      ]) {
        expect(refused).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      }
    });

    test('[P7] to an announcement moderators and those above write, and its members read', async () => {
      const [ann, ben] = world.pair();
      const { id } = await channel(ann, { posting: 'moderators' }, [ben]);
      const client = await world.connect(ben);
      const { seq } = await world.send(ann, id, 'news');
      await client.entry(id, seq);
      expect(await say(ben, id)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      await world.do(ann, `PATCH /v1/conversations/${id}/members/${ben.id}`, { role: 'moderator' });
      expect((await say(ben, id)).status).toBe(201);
      await world.do(ann, `PATCH /v1/conversations/${id}/members/${ben.id}`, { role: 'member' });
      await update(ann, id, { posting: 'members' });
      expect((await say(ben, id)).status).toBe(201);
    });

    test('[P8] public channels are listed, newest first, by a part of their name, in pages that end', async () => {
      const [ann, ben] = world.pair();
      const word = randomUUID();
      const made: string[] = [];
      for (const name of [`one ${word}`, `Größe ${word}`, `three ${word}`]) {
        made.push((await channel(ann, { name, visibility: 'public' })).id);
      }
      await channel(ann, { name: `hidden ${word}` });
      await update(ann, made[0] ?? '', { topic: 'soup' });
      await join(ben, made[2] ?? '');
      type Found = { readonly items: readonly Channel[]; readonly next: string | null };
      const list = (query: string) => world.do<Found>(ben, `GET /v1/channels?${query}`);
      const all = await list(`query=${word}`);
      expect(all.items.map(({ id, role }) => [id, role])).toEqual([
        [made[2], 'member'],
        [made[1], 'none'],
        [made[0], 'none'],
      ]);
      expect(all.items[2]).toEqual({ id: made[0], name: `one ${word}`, topic: 'soup', members: 1, role: 'none' });
      expect((await list(`query=${encodeURIComponent(`größe ${word}`)}`)).items.map(({ id }) => id)).toEqual([made[1]]);
      const seen: string[] = [];
      let next: string | null = '';
      while (next !== null) {
        const page: Found = await list(`query=${word}&limit=1${next === '' ? '' : `&cursor=${next}`}`);
        expect(page.items.length).toBeLessThanOrEqual(1);
        seen.push(...page.items.map(({ id }) => id));
        next = page.next;
      }
      expect(seen).toEqual(made.toReversed());
      for (const change of [{ archived: true }, { archived: false, visibility: 'private' }]) {
        await update(ann, made[1] ?? '', change);
        expect((await list(`query=${word}`)).items.map(({ id }) => id)).toEqual([made[2], made[0]]);
      }
      expect((await world.ask(ben, 'GET /v1/channels?cursor=x')).status).toBe(400);
    });

    test('[P9] everyone joins a public channel once, many at once too, and gets it and what comes', async () => {
      const [ann, ben] = world.pair();
      const { id } = await channel(ann, { visibility: 'public' });
      const client = await world.connect(ben);
      const answers = await Promise.all(Array.from({ length: 5 }, () => join(ben, id)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409, 409]);
      const { seq } = await world.send(ann, id, 'hello');
      await client.entry(id, seq);
      expect(client.frames.find(({ type }) => type === 'conversation')).toMatchObject({
        summary: { id, role: 'member' },
      });
      expect((await world.log(ann, id)).filter(({ kind }) => kind === 'member.joined')).toMatchObject([
        { author: ben.id, body: { users: [ben.id] } },
      ]);
      await world.do(ben, `DELETE /v1/conversations/${id}/members/${ben.id}`);
      expect((await join(ben, id)).status).toBe(200);
    });

    test('[P9] what is not public, no channel or nowhere is not found, and what is archived is conflict', async () => {
      const [ann, ben] = world.pair();
      const hidden = await channel(ann);
      const group = await world.group(ann, []);
      for (const id of [hidden.id, group.id, randomUUID()]) {
        expect(await join(ben, id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
      }
      const archived = await channel(ann, { visibility: 'public' });
      await update(ann, archived.id, { archived: true });
      expect(await join(ben, archived.id)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    });

    test('[P9] joining while it becomes private: the log says which was first', async () => {
      const [ann, ...others] = world.people(5) as [Person, ...Person[]];
      const { id } = await channel(ann, { visibility: 'public' });
      const [, ...answers] = await Promise.all([
        update(ann, id, { visibility: 'private' }),
        ...others.map((who) => join(who, id)),
      ]);
      const log = await world.log(ann, id);
      const closed = log.findLast(({ kind }) => kind === 'conversation.updated')?.seq ?? 0;
      for (const { status, body } of answers) {
        if (status === 200) expect(body.seq).toBeLessThan(closed);
        else expect(status).toBe(404);
      }
    });
  });
}
