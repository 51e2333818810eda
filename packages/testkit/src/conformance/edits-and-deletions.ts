// D of docs/protocol/v1.md: what was said may be said otherwise or taken back, and what then is read, counted and repeated.
import { randomUUID } from 'node:crypto';
import { type Entry, LIMITS, type Summary, type TimelineItem, type Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer } from './http-client.js';
import { type Person, refusal, type World } from './world.js';

type View = { readonly asOf: number; readonly items: readonly TimelineItem[] };
type Changes = { readonly entries: readonly Entry[] };

export function changingRules(world: World): void {
  type Group = Pick<Summary, 'id' | 'epoch'>;
  const path = ({ id }: Group, seq: number) => `/v1/conversations/${id}/messages/${seq}`;
  const edit = (person: Person, group: Group, { seq, ...body }: { seq: number; text: string; key?: string }) =>
    world.ask<Written>(person, `PATCH ${path(group, seq)}`, { body: { epoch: group.epoch, ...body } });
  const remove = (
    person: Person,
    group: Group,
    { seq, key }: { seq: number; key?: string },
  ): Promise<Answer<Written>> =>
    world.ask(person, `DELETE ${path(group, seq)}?epoch=${group.epoch}${key === undefined ? '' : `&key=${key}`}`);
  const view = (person: Person, { id }: Group) => world.do<View>(person, `GET /v1/conversations/${id}/messages`);
  const itemOf = async (person: Person, group: Group, seq: number) =>
    (await view(person, group)).items.find((item) => item.seq === seq);
  const history = async (person: Person, group: Group, seq: number) =>
    (await world.do<Changes>(person, `GET ${path(group, seq)}/history?epoch=${group.epoch}`)).entries;

  describe('D: edits and deletions', () => {
    test('[D1] the author edits a message: an entry tells everyone, and its reading has the new text', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [mine, theirs] = [await world.connect(ann), await world.connect(ben)];
      const body = { text: 'teh', replyTo: 1, mentions: { users: [ben.id] } };
      const { seq } = await world.send(ann, group.id, body);
      const key = randomUUID();
      const params = { conversation: group.id, epoch: group.epoch, target: seq, key, text: 'the' };
      const written = await mine.command('message.edit', params);
      expect(written).toMatchObject({ seq: seq + 1, duplicate: false });
      expect(await mine.command('message.edit', params)).toEqual({ ...written, duplicate: true });
      for (const device of [mine, theirs]) {
        const entry = await device.entry(group.id, seq + 1);
        expect(entry).toMatchObject({
          kind: 'message.edited',
          author: ann.id,
          key,
          body: { target: seq, text: 'the' },
        });
      }
      expect(await itemOf(ben, group, seq)).toMatchObject({ body: { ...body, text: 'the' } });
    });

    test('[D1] [M6] nobody edits what another said, what is no message, what is not there, or in another epoch', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      const code = async (answer: Promise<Answer<Written>>) => ((await answer).body as { code?: string }).code;
      expect(await code(edit(ben, group, { seq, text: 'y' }))).toBe('forbidden');
      expect(await code(edit(ann, group, { seq: 1, text: 'y' }))).toBe('not_found');
      for (const nowhere of [seq + 1, 2 ** 31 + 7, Number.MAX_SAFE_INTEGER]) {
        expect(await code(edit(ann, group, { seq: nowhere, text: 'y' }))).toBe('not_found');
        expect(await code(remove(ann, group, { seq: nowhere }))).toBe('not_found');
      }
      const other = { ...group, epoch: group.epoch + 1 };
      expect(await code(edit(ann, other, { seq, text: 'y' }))).toBe('epoch_changed');
      expect(await code(remove(ann, other, { seq }))).toBe('epoch_changed');
      expect(await code(edit(world.alone(), group, { seq, text: 'y' }))).toBe('not_found');
      expect((await world.log(ann, group.id)).at(-1)?.seq).toBe(seq);
    });

    test('[D1] [M11] a key of an edit with another text or target is key_reused', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [one, two] = [await world.send(ann, group.id, 'one'), await world.send(ann, group.id, 'two')];
      const key = randomUUID();
      await edit(ann, group, { seq: one.seq, text: 'x', key });
      for (const other of [
        { seq: one.seq, text: 'y' },
        { seq: two.seq, text: 'x' },
      ]) {
        expect(await edit(ann, group, { ...other, key })).toMatchObject({ status: 409, body: { code: 'key_reused' } });
      }
      expect(await remove(ann, group, { seq: one.seq, key })).toMatchObject({ body: { code: 'key_reused' } });
    });

    test('[D1] [D6] a message has so many edits and no more, and its history has them all', async () => {
      const ann = world.alone();
      const group = await world.group(ann, []);
      const { seq } = await world.send(ann, group.id, 'text 0');
      for (let count = 1; count <= LIMITS.edits; count += 1) {
        await world.do(ann, `PATCH ${path(group, seq)}`, { epoch: group.epoch, text: `text ${count}` });
      }
      expect(await edit(ann, group, { seq, text: 'more' })).toMatchObject({ status: 409, body: { code: 'conflict' } });
      const entries = await history(ann, group, seq);
      expect(entries.map(({ body }) => body.text)).toEqual(
        Array.from({ length: LIMITS.edits + 1 }, (_, count) => `text ${count}`),
      );
      expect(entries).toEqual((await world.log(ann, group.id)).slice(seq - 1));
      expect(await remove(ann, group, { seq })).toMatchObject({ status: 200 });
    });

    test('[D2] [N3] the author deletes a message, and whoever may moderate that of another', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const mentions = { users: [ann.id] };
      const [own, his] = [
        await world.send(ann, group.id, 'x'),
        await world.send(ben, group.id, { text: 'y', mentions }),
      ];
      expect(await remove(ben, group, { seq: own.seq })).toMatchObject({ status: 403, body: { code: 'forbidden' } });
      const client = await world.connect(ben);
      expect((await remove(ann, group, { seq: his.seq })).status).toBe(200);
      expect(await client.entry(group.id, his.seq + 1)).toMatchObject({
        kind: 'message.deleted',
        author: ann.id,
        body: { target: his.seq, author: ben.id, mentions },
      });
      const chat = await world.direct(ann, ben);
      const { seq } = await world.send(ben, chat.id, 'z');
      expect(await remove(ann, chat, { seq })).toMatchObject({ status: 403 });
      expect((await remove(ben, chat, { seq })).status).toBe(200);
    });

    test('[D2] what is deleted already is so: the answer is that of the deletion, and nothing is written', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ben, group.id, 'x');
      const key = randomUUID();
      const first = (await remove(ben, group, { seq, key })).body;
      expect(first).toMatchObject({ seq: seq + 1, duplicate: false });
      expect((await remove(ben, group, { seq, key })).body).toEqual({ ...first, duplicate: true });
      for (const person of [ann, ben]) {
        expect((await remove(person, group, { seq })).body).toEqual({ ...first, duplicate: true });
      }
      expect(await edit(ben, group, { seq, text: 'y' })).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect((await world.log(ann, group.id)).at(-1)?.seq).toBe(seq + 1);
    });

    test('[D3] [D5] a deletion empties the message and its edits wherever they are read, and leaves the numbers', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'tangerine one');
      await edit(ann, group, { seq, text: 'tangerine two' });
      await edit(ann, group, { seq, text: 'tangerine three' });
      const before = await world.log(ben, group.id);
      await remove(ann, group, { seq });
      const after = await world.log(ben, group.id);
      const emptied = before.map((entry) => {
        if (entry.seq < seq) return entry;
        return { ...entry, body: entry.seq === seq ? {} : { target: seq }, erased: true };
      });
      expect(after.slice(0, -1)).toEqual(emptied);
      expect(await itemOf(ben, group, seq)).toEqual({ ...emptied[seq - 1], asOf: seq + 3 });
      expect(await history(ben, group, seq)).toEqual(after.slice(seq - 1));
      const { welcome } = await world.connect(ben);
      const route = `GET /v1/conversations/${group.id}/entries?epoch=${group.epoch}&after=1&changesOnly=true`;
      const said = [after, welcome, await view(ben, group), await world.do(ben, route)];
      expect(JSON.stringify(said)).not.toContain('tangerine');
    });

    test('[D3] [M11] the key of what was erased gets the first answer, whatever it is said to be', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [key, editKey] = [randomUUID(), randomUUID()];
      const first = await world.send(ann, group.id, { key, text: 'x' });
      const edited = (await edit(ann, group, { seq: first.seq, text: 'y', key: editKey })).body;
      await remove(ann, group, { seq: first.seq });
      for (const text of ['x', 'something else']) {
        expect(await world.send(ann, group.id, { key, text })).toEqual({ ...first, duplicate: true });
        const again = await edit(ann, group, { seq: first.seq, text, key: editKey });
        expect(again.body).toEqual({ ...edited, duplicate: true });
      }
    });

    test('[D4] of a deletion comes its entry alone; who comes later gets the message empty', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const here = await world.connect(ben);
      const away = await world.connect(ben, { device: 'away' });
      const { since } = away.welcome;
      await away.close();
      const { seq } = await world.send(ann, group.id, 'x');
      await remove(ann, group, { seq });
      await here.entry(group.id, seq + 1);
      await here.settle();
      expect(here.entries(group.id).map((entry) => [entry.seq, entry.body.text])).toEqual([
        [seq, 'x'],
        [seq + 1, undefined],
      ]);
      const later = await world.connect(ben, { since });
      expect(await later.entry(group.id, seq)).toMatchObject({ erased: true, body: {} });
    });

    test('[D5] [D7] one who has read a message sees that it was edited, and how; no count and no mark moves', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'first');
      await world.do(ben, `PUT /v1/conversations/${group.id}/marks`, { epoch: group.epoch, read: seq });
      const { seq: unread } = await world.send(ann, group.id, { text: 'second', mentions: { users: [ben.id] } });
      const marks = () => world.do(ann, `GET /v1/conversations/${group.id}/marks`);
      const own = async () => (await world.summary(ann, group.id)).summary.read;
      await expect.poll(own, { timeout: 5_000 }).toBe(unread);
      const before = [await marks(), (await world.summary(ben, group.id)).summary] as const;
      const last = (await edit(ann, group, { seq, text: 'third' })).body;
      await edit(ann, group, { seq: unread, text: 'fourth' });
      expect(await marks()).toEqual(before[0]);
      const { summary } = await world.summary(ben, group.id);
      expect(summary).toMatchObject({ unread: 1, mentions: 1, read: seq, delivered: before[1].delivered });
      expect(summary.last).toMatchObject({ kind: 'message.edited', n: 2 });
      expect(await itemOf(ben, group, seq)).toMatchObject({
        body: { text: 'third' },
        edited: { seq: last.seq, at: last.at },
        asOf: summary.head,
      });
      expect((await history(ben, group, seq)).map(({ body }) => body.text)).toEqual(['first', 'third']);
    });

    test('[D7] [N2] a deleted message is unread no more, and counts in n', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, { text: 'x', mentions: { users: [ben.id] } });
      await world.send(ann, group.id, 'y');
      await remove(ann, group, { seq });
      const { summary } = await world.summary(ben, group.id);
      expect(summary).toMatchObject({ unread: 1, mentions: 0, read: 0, last: { kind: 'message.deleted', n: 2 } });
    });

    test('[D5] [B2] who was removed sees no edit that came after, and nothing of what was deleted', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [kept, gone] = [await world.send(ann, group.id, 'kept'), await world.send(ann, group.id, 'gone')];
      await edit(ann, group, { seq: kept.seq, text: 'kept, edited' });
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      await edit(ann, group, { seq: kept.seq, text: 'edited behind their back' });
      await remove(ann, group, { seq: gone.seq });
      expect(await itemOf(ben, group, kept.seq)).toMatchObject({ body: { text: 'kept, edited' } });
      expect((await history(ben, group, kept.seq)).map(({ body }) => body.text)).toEqual(['kept', 'kept, edited']);
      expect(await itemOf(ben, group, gone.seq)).toMatchObject({ erased: true, body: {} });
      const route = `GET /v1/conversations/${group.id}/entries?changesOnly=true`;
      expect((await world.do<Changes>(ben, route)).entries.map(({ seq }) => seq)).toEqual([gone.seq + 1]);
    });

    test('[D6] what is no message has no history', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      for (const target of [1, 99]) {
        const asked = client.command('message.history', { conversation: id, epoch, target });
        await expect(asked).rejects.toMatchObject(refusal('not_found'));
      }
    });
  });
}
