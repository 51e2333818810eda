// HD of docs/protocol/v1.md: what a person hides from themselves, on every device, and that it touches nobody else.
import { randomUUID } from 'node:crypto';
import type { Entry, FollowedThread, Summary, TimelineItem, Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { type Person, refusal, type World } from './world.js';

const SOON = { timeout: 5_000, interval: 100 };

type Group = Pick<Summary, 'id' | 'epoch'>;
type Items = { readonly items: readonly TimelineItem[]; readonly quoted?: readonly TimelineItem[] };
type Log = { readonly epoch: number; readonly head: number; readonly entries: readonly Entry[] };

export function hidingRules(world: World): void {
  const path = ({ id }: Group, seq: number) => `/v1/conversations/${id}/messages/${seq}`;
  const ask = (person: Person, group: Group & { readonly key?: string }, seq: number) =>
    world.ask<Written & { readonly code?: string }>(person, `PUT ${path(group, seq)}/hidden`, {
      body: { epoch: group.epoch, key: group.key ?? randomUUID() },
    });
  const hide = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).body;
  const code = async (...asked: Parameters<typeof ask>) => (await hide(...asked)).code;
  const messages = (person: Person, { id, epoch }: Group, query = '') =>
    world.do<Items>(person, `GET /v1/conversations/${id}/messages?epoch=${epoch}${query}`);
  const entries = async (person: Person, { id }: Group, query = '') =>
    (await world.do<Log>(person, `GET /v1/conversations/${id}/entries${query}`)).entries;
  const hidden = (person: Person, query = '') => world.do<Log>(person, `GET /v1/hidden${query}`);

  describe('HD: hiding', () => {
    test('[HD1] [HD3] [HD6] a message is hidden from one person alone, live, after an absence, and in every read', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ben, group.id, { text: 'secret', mentions: { users: [ann.id] } });
      const [mine, another, theirs] = [await world.connect(ann), await world.connect(ann), await world.connect(ben)];
      const params = { conversation: group.id, epoch: group.epoch, target: seq, key: randomUUID() };
      const written = (await mine.command('message.hide', params)) as Written;
      const message = { conversation: group.id, epoch: group.epoch, seq };
      for (const device of [mine, another]) {
        const entry = await device.entry(written.conversation, written.seq);
        expect(entry).toMatchObject({ kind: 'message.hidden', author: ann.id, key: params.key, body: { message } });
        expect(entry.body).toEqual({ message });
      }
      const shown = { kind: 'hidden', seq, n: 1, author: ben.id, body: { mentions: { users: [ann.id] } } };
      const [entry] = await entries(ann, group, `?epoch=${group.epoch}&after=${seq - 1}`);
      expect(entry).toEqual({ ...message, ...shown, at: expect.any(Number) });
      expect((await messages(ann, group)).items.at(-1)).toMatchObject(shown);
      expect((await world.summary(ann, group.id)).summary.last).toMatchObject(shown);
      // To the other one nothing has happened.
      expect((await entries(ben, group)).at(-1)).toMatchObject({ kind: 'message.sent', seq, body: { text: 'secret' } });
      expect((await messages(ben, group)).items.at(-1)).toMatchObject({ body: { text: 'secret' } });
      const { seq: next } = await world.send(ben, group.id, 'after');
      expect(next).toBe(seq + 1);
      await theirs.entry(group.id, next);
      expect(JSON.stringify(theirs.frames)).not.toContain('message.hidden');
      // What of it comes later: the edit is hidden, the deletion is told.
      await world.do(ben, `PATCH ${path(group, seq)}`, { epoch: group.epoch, key: randomUUID(), text: 'secret, too' });
      await world.do(ben, `DELETE ${path(group, seq)}?epoch=${group.epoch}`);
      const later = await entries(ann, group, `?epoch=${group.epoch}&after=${seq - 1}`);
      expect(later.map(({ kind, erased }) => [kind, erased])).toEqual([
        ['hidden', true],
        ['message.sent', undefined],
        ['hidden', undefined],
        ['message.deleted', undefined],
      ]);
      expect(later[2]).not.toHaveProperty('author');
    });

    test('[HD1] what is no message, is not there or not to be seen is refused; tombstones, own ones and those of a place one left are not', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, []);
      const { seq: before } = await world.send(ann, group.id, 'before');
      await world.do(ann, `PATCH /v1/conversations/${group.id}`, { history: 'closed' });
      await world.do(ann, `PUT /v1/conversations/${group.id}/members/${ben.id}`, {});
      const { seq } = await world.send(ann, group.id, 'x');
      for (const nowhere of [1, before, seq + 1, 2 ** 31 + 7, Number.MAX_SAFE_INTEGER]) {
        expect(await code(ben, group, nowhere)).toBe('not_found');
      }
      expect(await code(ben, { ...group, epoch: group.epoch + 1 }, seq)).toBe('epoch_changed');
      expect(await code(world.alone(), group, seq)).toBe('not_found');
      await world.do(ann, `DELETE ${path(group, seq)}?epoch=${group.epoch}`);
      expect(await hide(ben, group, seq)).toMatchObject({ duplicate: false });
      expect(await hide(ann, group, before)).toMatchObject({ duplicate: false });
      const { seq: last } = await world.send(ann, group.id, 'last');
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      const { seq: beyond } = await world.send(ann, group.id, 'beyond');
      expect(await code(ben, group, beyond)).toBe('not_found');
      expect(await hide(ben, group, last)).toMatchObject({ duplicate: false });
      expect(JSON.stringify(await messages(ben, group))).not.toContain('last');
    });

    test('[HD2] the same key has the first answer, another one that of the entry that is there, and nothing is written twice', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ben, group.id, 'x');
      const { seq: other } = await world.send(ben, group.id, 'y');
      const key = randomUUID();
      const first = await hide(ann, { ...group, key }, seq);
      expect(await hide(ann, { ...group, key }, seq)).toEqual({ ...first, duplicate: true });
      expect(await code(ann, { ...group, key }, other)).toBe('key_reused');
      expect(await hide(ann, group, seq)).toEqual({ ...first, duplicate: true });
      expect((await hidden(ann)).entries.filter(({ body }) => JSON.stringify(body).includes(group.id))).toHaveLength(1);
    });

    test('[HD4] it is in no list of messages: pins, quotes, a thread, a search, and nobody forwards it', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'mangosteen');
      const { seq: answer } = await world.send(ann, group.id, { text: 'mangosteen again', thread: seq });
      const { seq: reply } = await world.send(ben, group.id, { text: 'why', replyTo: seq });
      await world.do(ann, `PUT ${path(group, seq)}/pin`, { epoch: group.epoch });
      const find = async (person: Person) =>
        (
          await world.do<{ items: object[] }>(
            person,
            `GET /v1/messages/search?query=mangosteen&conversation=${group.id}`,
          )
        ).items;
      await expect.poll(() => find(ann), SOON).toHaveLength(2);
      await hide(ann, group, seq);
      expect(await find(ann)).toHaveLength(1);
      expect(await find(ben)).toHaveLength(2);
      const pins = `GET /v1/conversations/${group.id}/pins`;
      expect((await world.do<Items>(ann, pins)).items).toEqual([]);
      expect((await world.do<Items>(ben, pins)).items).toHaveLength(1);
      expect((await messages(ann, group, `&after=${reply - 1}`)).quoted).toBeUndefined();
      expect((await messages(ben, group, `&after=${reply - 1}`)).quoted).toMatchObject([{ seq }]);
      const quotes = `GET /v1/conversations/${group.id}/quotes?epoch=${group.epoch}&targets=${seq}`;
      expect((await world.do<Items>(ann, quotes)).items).toEqual([]);
      expect((await messages(ann, group, `&thread=${seq}`)).items).toMatchObject([{ seq: answer }]);
      expect(await world.ask(ann, `GET ${path(group, seq)}/history?epoch=${group.epoch}`)).toMatchObject({
        status: 404,
      });
      expect(await world.ask(ben, `GET ${path(group, seq)}/history?epoch=${group.epoch}`)).toMatchObject({
        status: 200,
      });
      const client = await world.connect(ann);
      const forward = { conversation: group.id, epoch: group.epoch, seq };
      const sending = client.command('message.send', { conversation: group.id, key: randomUUID(), text: 'x', forward });
      await expect(sending).rejects.toMatchObject(refusal('not_found'));
    });

    test('[HD3] [HD5] nothing that is counted changes, in the conversation and in a thread', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'a question');
      const { seq: answer } = await world.send(ben, group.id, {
        text: 'an answer',
        thread: seq,
        mentions: { users: [ann.id] },
      });
      const { seq: said } = await world.send(ben, group.id, { text: 'x', mentions: { users: [ann.id] } });
      // Her marks follow what she wrote a moment later: now they are there.
      await world.do(ann, `PUT /v1/conversations/${group.id}/marks`, { epoch: group.epoch, read: seq });
      const before = (await world.summary(ann, group.id)).summary;
      const list = async () =>
        (await world.do<{ items: FollowedThread[] }>(ann, `GET /v1/threads?conversation=${group.id}`)).items;
      const [thread] = await list();
      for (const target of [seq, answer, said]) await hide(ann, group, target);
      const { summary } = await world.summary(ann, group.id);
      expect(summary).toEqual({ ...before, last: expect.objectContaining({ kind: 'hidden', n: 2 }) });
      expect(summary).toMatchObject({ unread: 1, mentions: 1 });
      const [after] = await list();
      expect(after).toMatchObject({ unread: 1, mentions: 1, read: thread?.read });
      expect(after?.message).toMatchObject({ kind: 'hidden', seq, author: ann.id, body: {}, thread: { count: 1 } });
      expect(after?.last).toMatchObject({ kind: 'hidden', seq: answer, body: { thread: seq, count: 1 } });
    });

    test('[HD6] [HD3] who was away gets the entry, and what was missed comes hidden; the entries are listed by page', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const away = await world.connect(ann);
      const { since } = away.welcome;
      await away.close();
      const { seq } = await world.send(ben, group.id, 'secret');
      const { seq: other } = await world.send(ben, group.id, 'secret, too');
      const first = await hide(ann, group, seq);
      const back = await world.connect(ann, { since: since ?? '' });
      expect(await back.entry(first.conversation, first.seq)).toMatchObject({ kind: 'message.hidden' });
      expect(await back.entry(group.id, seq)).toMatchObject({ kind: 'hidden', author: ben.id });
      expect(await back.entry(group.id, other)).toMatchObject({ kind: 'message.sent' });
      const second = await hide(ann, group, other);
      const all = await hidden(ann, `?epoch=${first.epoch}&after=${first.seq - 1}`);
      expect(all.entries.map((entry) => entry.seq)).toEqual([first.seq, second.seq]);
      expect(all).toMatchObject({ epoch: first.epoch, head: second.seq });
      const page = await hidden(ann, `?epoch=${first.epoch}&after=${first.seq}&limit=1`);
      expect(page.entries.map((entry) => entry.seq)).toEqual([second.seq]);
      expect(await world.ask(ann, 'GET /v1/hidden?after=1')).toMatchObject({ status: 400 });
      expect(await world.ask(ann, `GET /v1/hidden?after=1&epoch=${first.epoch + 1}`)).toMatchObject({ status: 409 });
      expect((await hidden(ben)).entries.every(({ author }) => author === ben.id)).toBe(true);
    });
  });
}
