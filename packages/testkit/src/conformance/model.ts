// M of docs/protocol/v1.md: ids, strings, the log, keys, marks, settings.
import { randomUUID } from 'node:crypto';
import { type Entry, LIMITS, type TimelineItem } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { refusal, type World } from './world.js';

type View = { readonly asOf: number; readonly items: readonly TimelineItem[]; readonly users: object };

export function modelRules(world: World): void {
  describe('M: the model', () => {
    test('[M1] upper and lower case are the same id, and lower case is sent', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const key = randomUUID();
      const first = await world.send(ann, id.toUpperCase(), { key: key.toUpperCase(), text: 'x' });
      expect(first).toMatchObject({ conversation: id, duplicate: false });
      expect(await world.send(ann, id, { key, text: 'x' })).toMatchObject({ seq: first.seq, duplicate: true });
      expect((await world.log(ann, id)).at(-1)).toMatchObject({ key, author: ann.id, conversation: id });
    });

    test('[M2] times are integers of milliseconds', async () => {
      const [ann, ben] = world.pair();
      const { at } = await world.send(ann, (await world.group(ann, [ben])).id, 'x');
      const { welcome } = await world.connect(ann);
      expect(Number.isInteger(at)).toBe(true);
      expect(Math.abs(at - welcome.serverTime)).toBeLessThan(60_000);
    });

    test('[M2] a page of messages may be anchored at a time: around the first entry that is not older', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben]);
      for (let count = 0; count < 9; count += 1) await world.send(ann, id, `m ${count}`);
      const log = await world.log(ann, id);
      const page = (query: string) => world.do<View>(ann, `GET /v1/conversations/${id}/messages?${query}`);
      for (const { at } of log) {
        const { seq } = log.find((entry) => entry.at >= at) ?? { seq: 0 };
        const around = await page(`epoch=${epoch}&around=${seq}&limit=4`);
        expect(await page(`at=${at}&limit=4`)).toEqual(around);
        expect(await page(`at=${at}&limit=4&epoch=${epoch}`)).toEqual(around);
      }
      const last = log.at(-1)?.at ?? 0;
      expect(await page(`at=${last + 60_000}&limit=4`)).toEqual(await page('limit=4'));
      const both = await world.ask(ann, `GET /v1/conversations/${id}/messages?at=1&around=1&epoch=${epoch}`);
      expect(both).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      const stranger = world.alone();
      expect((await world.ask(stranger, `GET /v1/conversations/${id}/messages?at=1`)).status).toBe(404);
    });

    test('[M3] numbers go to 2^53 - 1, and -0 is 0', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      client.socket.send(`{"type":"command","id":-0,"name":"entries.read","conversation":"${id}","after":-0}`);
      await client.answer(0);
      expect(client.frames.at(-1)).toMatchObject({ id: 0 });
      client.socket.send(`{"type":"command","id":${Number.MAX_SAFE_INTEGER},"name":"settings.read"}`);
      await client.answer(Number.MAX_SAFE_INTEGER);
      const read = client.command('entries.read', { conversation: id, epoch: 1, after: 2 ** 53 });
      await expect(read).rejects.toMatchObject(refusal('bad_request'));
    });

    test('[M4] strings are kept as they were sent', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const text = '  e\u0301 \u00e9 \u202e\u{1f469}\u200d\u{1f680}\r\n\t\u0001 "\\u0000" ﷽\uffff ';
      await world.send(ann, id, text);
      expect((await world.log(ben, id)).at(-1)?.body.text).toBe(text);
    });

    test.each([
      ['U+0000', '"a\\u0000b"'],
      ['half a pair', '"\\ud83d"'],
      ['the other half', '"\\ude00"'],
      ['a pair the wrong way round', '"\\ude00\\ud83d"'],
      ['__proto__, spelled otherwise', '{"a":[{"__pr\\u006fto__":1}]}'],
      ['constructor', '{"constructor":1}'],
      ['prototype, deep inside', '[[[{"x":{"prototype":null}}]]]'],
    ])('[M4] %s is bad_request, and nothing is written', async (_, value) => {
      const [ann] = world.pair();
      const client = await world.connect(ann);
      const before = await client.command('settings.read');
      client.socket.send(
        `{"type":"command","id":1,"name":"setting.set","params":{"name":"${randomUUID()}","value":${value}}}`,
      );
      await expect(client.answer(1)).rejects.toMatchObject(refusal('bad_request'));
      const body = `{"value":${value}}`;
      expect(await world.ask(ann, 'PUT /v1/settings/bad', { body })).toMatchObject({
        status: 400,
        body: { code: 'bad_request' },
      });
      expect(await client.command('settings.read')).toEqual(before);
    });

    test('[M5] numbers have no gap and are the same for everyone, whoever writes at the same time', async () => {
      const people = world.people(3);
      const [ann, ben, cid] = people;
      if (!ann || !ben || !cid) throw new Error('three are wanted');
      const { id, head } = await world.group(ann, [ben, cid]);
      const client = await world.connect(cid);
      await Promise.all([
        ...Array.from({ length: 10 }, (_, index) => world.send(index % 2 ? ann : ben, id, `over HTTP ${index}`)),
        ...client.commands(
          Array.from({ length: 10 }, (_, index) => ({
            name: 'message.send',
            params: { conversation: id, key: randomUUID(), text: `over the socket ${index}` },
          })),
        ),
      ]);
      const log = await world.log(ann, id);
      expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: head + 20 }, (_, index) => index + 1));
      expect(await world.log(ben, id)).toEqual(log);
      await client.entry(id, head + 20);
      expect(client.entries(id).map(({ type: _, ...entry }: Entry & { type?: string }) => entry)).toEqual(
        log.slice(head),
      );
    });

    test('[M6] whoever names a seq gives its epoch, and another epoch is epoch_changed', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben]);
      const path = `GET /v1/conversations/${id}`;
      for (const free of ['entries', 'entries?after=0', 'messages', 'messages?at=1']) {
        expect((await world.ask(ann, `${path}/${free}`)).status, free).toBe(200);
      }
      for (const named of ['entries?after=1', 'messages?before=2', 'messages?around=1', 'messages?after=1']) {
        const bare = await world.ask(ann, `${path}/${named}`);
        expect(bare, named).toMatchObject({ status: 400, body: { code: 'bad_request' } });
        expect((await world.ask(ann, `${path}/${named}&epoch=${epoch}`)).status, named).toBe(200);
        const other = await world.ask(ann, `${path}/${named}&epoch=${epoch + 1}`);
        expect(other, named).toMatchObject({ status: 409, body: { code: 'epoch_changed', retry: 'new_key' } });
      }
      const marks = `PUT /v1/conversations/${id}/marks`;
      expect((await world.ask(ann, marks, { body: { epoch: epoch + 1, read: 1 } })).body.code).toBe('epoch_changed');
      expect((await world.ask(ann, marks, { body: { read: 1 } })).body.code).toBe('bad_request');
    });

    test('[M7] who joins a group may read it from the beginning', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, []);
      await world.send(ann, id, 'before you came');
      await world.do(ann, `PUT /v1/conversations/${id}/members/${ben.id}`, {});
      expect((await world.summary(ben, id)).summary.first).toBe(1);
      expect((await world.log(ben, id)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    });

    test('[M10] the same key ten times at once, over two connections and HTTP, is one message', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const [one, two] = [await world.connect(ann), await world.connect(ann)];
      const params = { conversation: id, key: randomUUID(), text: 'once' };
      const command = { name: 'message.send', params };
      const answers = await Promise.all([
        ...one.commands([command, command, command]),
        ...two.commands([command, command, command]),
        ...Array.from({ length: 2 }, () => world.send(ann, id, params)),
        ...Array.from({ length: 2 }, async () => {
          const frame = { type: 'command', id: 1, ...command };
          return (await world.do<{ result: object }>(ann, 'POST /v1/commands', frame)).result;
        }),
      ]);
      expect(answers.filter((answer) => 'duplicate' in answer && !answer.duplicate)).toHaveLength(1);
      expect(new Set(answers.map((answer) => JSON.stringify({ ...answer, duplicate: null }))).size).toBe(1);
      expect((await world.log(ann, id)).filter(({ seq }) => seq > head)).toHaveLength(1);
    });

    test('[M10] a send that was cut off before its answer is there once after it was repeated', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const params = { conversation: id, key: randomUUID(), text: 'cut off' };
      for (let cut = 0; cut < 3; cut += 1) {
        const client = await world.connect(ann);
        client.send({ type: 'command', id: 1, name: 'message.send', ...params });
        await new Promise((resolve) => setTimeout(resolve, cut * 2));
        await client.socket.cut();
      }
      const client = await world.connect(ann);
      expect(await client.command('message.send', params)).toMatchObject({ seq: head + 1 });
      expect((await world.log(ben, id)).slice(head).map(({ body }) => body.text)).toEqual(['cut off']);
    });

    test('[M10] a key is one author’s, and after an error it is judged afresh', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const key = randomUUID();
      const bad = await world.ask(ann, `POST /v1/conversations/${id}/messages`, {
        body: { key, text: 'x', replyTo: head + 9 },
      });
      expect(bad.status).toBe(400);
      expect(await world.send(ann, id, { key, text: 'x' })).toMatchObject({ seq: head + 1, duplicate: false });
      expect(await world.send(ben, id, { key, text: 'y' })).toMatchObject({ seq: head + 2, duplicate: false });
    });

    test('[M10] the key of someone who was removed gives the first answer, as do the keys of other writes', async () => {
      const [ann, ben] = world.pair();
      const [key, removal, creation] = [randomUUID(), randomUUID(), randomUUID()];
      const made = await world.ask<{ id: string }>(ann, 'POST /v1/conversations', {
        body: { key: creation, kind: 'group', members: [ben.id] },
      });
      const again = await world.ask<{ id: string }>(ann, 'POST /v1/conversations', {
        body: { key: creation, kind: 'group', members: [ben.id] },
      });
      expect([made.status, again.status, again.body.id]).toEqual([201, 200, made.body.id]);
      const { id } = made.body;
      const first = await world.send(ben, id, { key, text: 'x' });
      const remove = `DELETE /v1/conversations/${id}/members/${ben.id}?key=${removal}`;
      const removed = await world.do<{ seq: number }>(ann, remove);
      expect(await world.do(ann, remove)).toMatchObject({ seq: removed.seq, duplicate: true });
      expect(await world.send(ben, id, { key, text: 'x' })).toEqual({ ...first, duplicate: true });
    });

    test('[M10] without a key the server makes one, and the write is another one', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const rename = () => world.do<{ seq: number }>(ann, `PATCH /v1/conversations/${id}`, { name: 'same' });
      const [first, second] = [await rename(), await rename()];
      expect(second.seq).toBe(first.seq + 1);
      expect((await world.log(ann, id)).at(-1)?.key).toMatch(/^[0-9a-f-]{36}$/);
    });

    test('[M11] the same key with other content is key_reused', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const key = randomUUID();
      await world.send(ann, id, { key, text: 'x' });
      const route = `POST /v1/conversations/${id}/messages`;
      for (const other of [{ text: 'y' }, { text: 'x', replyTo: 1 }, { text: 'x', mentions: { users: [ben.id] } }]) {
        const answer = await world.ask(ann, route, { body: { key, ...other } });
        expect(answer).toMatchObject({ status: 409, body: { code: 'key_reused', retry: 'new_key' } });
      }
      const rename = await world.ask(ann, `PATCH /v1/conversations/${id}`, { body: { key, name: 'x' } });
      expect(rename.body.code).toBe('key_reused');
    });

    test('[M12] marks only grow, and read raises delivered', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch, head } = await world.group(ann, [ben]);
      await world.send(ann, id, 'x');
      const mark = (marks: object) => world.do(ben, `PUT /v1/conversations/${id}/marks`, { epoch, ...marks });
      const held = async () => {
        const { summary } = await world.summary(ben, id);
        return [summary.delivered, summary.read];
      };
      await mark({ delivered: head + 1 });
      expect(await held()).toEqual([head + 1, 0]);
      await mark({ read: head });
      expect(await held()).toEqual([head + 1, head]);
      await mark({ delivered: 1, read: 1 });
      expect(await held()).toEqual([head + 1, head]);
      await world.send(ann, id, 'y');
      await mark({ read: head + 2 });
      expect(await held()).toEqual([head + 2, head + 2]);
    });

    test('[M14] everyone has a conversation of their own, with their settings in it', async () => {
      const [ann, ben] = world.pair();
      const client = await world.connect(ann);
      const { self } = client.welcome;
      const name = randomUUID();
      await client.command('setting.set', { name, value: { first: [1] } });
      const last = await client.command('setting.set', { name, value: 'last' });
      expect(await client.command('settings.read')).toMatchObject({ asOf: last.seq, values: { [name]: 'last' } });
      expect(await client.entry(self, Number(last.seq))).toMatchObject({
        kind: 'setting.set',
        body: { name, value: 'last' },
      });
      expect(await client.say(self, 'a note')).toMatchObject({ conversation: self });
      expect((await world.summary(ann, self)).summary).toMatchObject({ kind: 'self', role: 'owner', members: 1 });
      expect((await world.ask(ben, `GET /v1/conversations/${self}`)).body.code).toBe('not_found');
    });

    test('[M15] the setting mute:<id> makes a summary muted', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const { serverTime } = (await world.connect(ann)).welcome;
      const isMuted = async (value: unknown) => {
        await world.do(ann, `PUT /v1/settings/mute:${id}`, { value });
        return (await world.summary(ann, id)).summary.muted;
      };
      expect(await isMuted(true)).toBe(true);
      expect(await isMuted(serverTime - 1_000)).toBe(false);
      expect(await isMuted(serverTime + 3_600_000)).toBe(true);
      expect(await isMuted('true')).toBe(false);
      expect((await world.summary(ben, id)).summary.muted).toBe(false);
      const status = async (name: string) =>
        (await world.ask(ann, `PUT /v1/settings/${name}`, { body: { value: 1 } })).status;
      expect(await Promise.all(['x'.repeat(100), 'x'.repeat(101), 'prototype'].map(status))).toEqual([200, 413, 400]);
    });

    test('[M16] what one was never in, and what never was, is not_found', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, []);
      for (const unknown of [id, randomUUID()]) {
        for (const path of ['', '/members', '/entries', '/messages', '/marks']) {
          const answer = await world.ask(ben, `GET /v1/conversations/${unknown}${path}`);
          expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
        }
        const send = { body: { key: randomUUID(), text: 'x' } };
        expect((await world.ask(ben, `POST /v1/conversations/${unknown}/messages`, send)).status).toBe(404);
      }
    });

    test('[M17] limits are in welcome, beyond one is too_large, and units are those of UTF-16', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      const { limits } = client.welcome;
      expect(Object.keys(limits)).toEqual(expect.arrayContaining(Object.keys(LIMITS)));
      const emoji = '\u{1f600}';
      expect(await client.say(id, emoji.repeat(limits.text / 2))).toMatchObject({ seq: head + 1 });
      const tooLarge: readonly (readonly [string, object])[] = [
        ['message.send', { conversation: id, key: randomUUID(), text: `${emoji.repeat(limits.text / 2)}x` }],
        [
          'message.send',
          {
            conversation: id,
            key: randomUUID(),
            text: 'x',
            mentions: { users: Array.from({ length: limits.mentions + 1 }, () => ben.id) },
          },
        ],
        ['conversation.update', { conversation: id, name: 'x'.repeat(limits.name + 1) }],
        ['setting.set', { name: 'large', value: 'é'.repeat(limits.setting / 2) }],
        ['presence.watch', { users: Array.from({ length: limits.watch + 1 }, () => ben.id) }],
        ['users.read', { ids: Array.from({ length: limits.readPage + 1 }, () => ben.id) }],
      ];
      for (const [name, params] of tooLarge) {
        await expect(client.command(name, { ...params }), name).rejects.toMatchObject(refusal('too_large'));
      }
      for (const name of ['entries.read', 'messages.read', 'members.read', 'marks.read']) {
        const read = client.command(name, { conversation: id, limit: limits.readPage + 1 });
        await expect(read, name).rejects.toMatchObject(refusal('bad_request'));
      }
      const list = client.command('conversations.list', { limit: limits.summaryPage + 1 });
      await expect(list).rejects.toMatchObject(refusal('bad_request'));
      expect((await world.log(ann, id)).at(-1)?.seq).toBe(head + 1);
    });

    test('[M18] fields that the contract does not name are ignored and not kept', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const key = randomUUID();
      const extra = { at: 1, seq: 1, author: ben.id, sealed: 'x', mentions: { users: [ben.id], some: 1 } };
      await world.send(ann, id, { key, text: 'x', ...extra });
      expect((await world.log(ann, id)).at(-1)?.body).toEqual({ text: 'x', mentions: { users: [ben.id] } });
      const again = await world.send(ann, id, { key, text: 'x', mentions: { users: [ben.id] }, other: 2 });
      expect(again.duplicate).toBe(true);
    });

    test('[M19] answers carry everyone whom they name', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.direct(ann, ben);
      await world.send(ben, id, 'x');
      const { users, conversations } = (await world.connect(ann)).welcome;
      expect(conversations.find((summary) => summary.id === id)?.peer?.user).toBe(ben.id);
      expect(users[ben.id]).toMatchObject({ id: ben.id, username: ben.username });
      for (const path of ['', '/members', '/messages']) {
        const answer = await world.do<{ users: object }>(ann, `GET /v1/conversations/${id}${path}`);
        expect(answer.users, path).toMatchObject({ [ben.id]: { username: ben.username } });
      }
    });

    test('[M20] a view and the entries after it are a later view', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben], 'one');
      const view = () => world.do<View>(ann, `GET /v1/conversations/${id}/messages?limit=200`);
      const bare = (items: readonly TimelineItem[]) => items.map(({ asOf: _, ...item }) => item);
      await world.send(ben, id, 'first');
      const before = await view();
      await world.send(ann, id, { text: 'second', replyTo: 3 });
      await world.do(ann, `PATCH /v1/conversations/${id}`, { name: 'two' });
      await world.do(ann, `DELETE /v1/conversations/${id}/members/${ben.id}`);
      const route = `GET /v1/conversations/${id}/entries?epoch=${epoch}&after=${before.asOf}`;
      const { entries } = await world.do<{ entries: TimelineItem[] }>(ann, route);
      expect(bare((await view()).items)).toEqual([...bare(before.items), ...entries]);
    });
  });
}
