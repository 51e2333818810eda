// T of docs/protocol/v1.md: a message that answers another stands in a thread, beside the timeline and its counts.
import { randomUUID } from 'node:crypto';
import type { Entry, Summary, TimelineItem, Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Person, World } from './world.js';

type Page = {
  readonly from: number;
  readonly to: number;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  readonly items: readonly TimelineItem[];
};
type Group = Pick<Summary, 'id' | 'epoch'>;

export function threadRules(world: World): void {
  const path = ({ id }: Group) => `/v1/conversations/${id}/messages`;
  const ask = (person: Person, group: Group, more: object) =>
    world.ask<Written & { readonly code?: string }>(person, `POST ${path(group)}`, {
      body: { key: randomUUID(), text: 'an answer', ...more },
    });
  const answer = async (
    person: Person,
    group: Group,
    wish: { readonly thread: unknown; readonly [field: string]: unknown },
  ) => (await ask(person, group, wish)).body;
  const read = (person: Person, group: Group, query = '') =>
    world.do<Page>(person, `GET ${path(group)}?epoch=${group.epoch}${query}`);
  const seqsOf = ({ items }: Page) => items.map(({ seq }) => seq);
  const remove = (person: Person, group: Group, seq: number) =>
    world.do(person, `DELETE ${path(group)}/${seq}?epoch=${group.epoch}`);

  describe('T: threads', () => {
    test('[T1] [T2] an answer says what it answers and how many there are, and is the same when it comes again', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const devices = [await world.connect(ann), await world.connect(ben)];
      const { seq } = await world.send(ann, group.id, 'a question');
      const params = { conversation: group.id, key: randomUUID(), text: 'one', thread: seq, epoch: group.epoch };
      const written = await devices[1]?.command('message.send', params);
      expect(written).toMatchObject({ seq: seq + 1, duplicate: false });
      expect(await devices[1]?.command('message.send', params)).toEqual({ ...written, duplicate: true });
      await answer(ann, group, { thread: seq, text: 'two', replyTo: seq + 1 });
      for (const device of devices) {
        expect(await device.entry(group.id, seq + 2)).toMatchObject({
          kind: 'message.sent',
          author: ann.id,
          body: { text: 'two', thread: seq, count: 2, replyTo: seq + 1 },
        });
      }
    });

    test('[T1] [M6] what is no message, stands in a thread, was deleted or is of another epoch begins none', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const code = async (person: Person, thread: number, more = {}) =>
        (await answer(person, group, { thread, ...more })).code;
      const { seq } = await world.send(ann, group.id, 'x');
      const reply = await answer(ben, group, { thread: seq });
      for (const nowhere of [1, reply.seq + 1, 2 ** 31 + 7, Number.MAX_SAFE_INTEGER]) {
        expect(await code(ben, nowhere)).toBe('not_found');
      }
      for (const wrong of ['1', -1, 1.5, {}])
        expect((await ask(ben, group, { thread: wrong })).body.code, String(wrong)).toBe('bad_request');
      expect(await code(ben, reply.seq)).toBe('bad_request');
      expect(await code(ben, seq, { epoch: group.epoch + 1 })).toBe('epoch_changed');
      expect(await code(world.alone(), seq)).toBe('not_found');
      await remove(ann, group, seq);
      expect(await code(ben, seq)).toBe('conflict');
      expect((await world.log(ann, group.id)).at(-1)?.seq).toBe(reply.seq + 1);
      expect((await ask(ben, group, { thread: null })).status).toBe(201);
    });

    test('[T1] two who answer the same message at once are numbered one after the other', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      const asked = Array.from({ length: 24 }, (_, index) =>
        answer(index % 2 === 0 ? ann : ben, group, { thread: seq }),
      );
      const seqs = (await Promise.all(asked)).map((written) => written.seq).sort((a, b) => a - b);
      expect(new Set(seqs).size).toBe(24);
      const log = (await world.log(ben, group.id)).filter(({ body }) => body.thread === seq);
      expect(log.map(({ body }) => body.count)).toEqual(seqs.map((_, index) => index + 1));
    });

    test('[T2] a deleted answer keeps its place in the thread, and the count does not fall', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const device = await world.connect(ann);
      const { seq } = await world.send(ann, group.id, 'x');
      const reply = await answer(ben, group, { thread: seq, text: 'not for long', mentions: { users: [ann.id] } });
      await remove(ben, group, reply.seq);
      const deletion = { target: reply.seq, author: ben.id, thread: seq, mentions: { users: [ann.id] } };
      expect(await device.entry(group.id, reply.seq + 1)).toMatchObject({ kind: 'message.deleted', body: deletion });
      const gone = (await world.log(ann, group.id)).find((entry) => entry.seq === reply.seq) as Entry;
      expect(gone).toMatchObject({ erased: true, body: { thread: seq, count: 1 } });
      expect(gone.body).not.toHaveProperty('text');
      const next = await answer(ann, group, { thread: seq });
      expect((await read(ann, group)).items.at(-1)?.thread).toMatchObject({ count: 2, seq: next.seq });
      const { items } = await read(ann, group, `&thread=${seq}`);
      expect(items.map((item) => [item.seq, item.erased ?? false])).toEqual([
        [seq, false],
        [reply.seq, true],
        [next.seq, false],
      ]);
    });

    test('[T3] answers raise no count of the conversation, and stand in no page but that of their thread', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      const counts = async () => (await world.summary(ben, group.id)).summary;
      const before = await counts();
      const first = await answer(ann, group, { thread: seq, mentions: { users: [ben.id] } });
      const second = await answer(ann, group, { thread: seq, mentions: { all: true } });
      const after = await counts();
      expect(after.head).toBe(second.seq);
      expect(after).toMatchObject({ unread: before.unread, mentions: before.mentions });
      expect((await world.log(ben, group.id)).at(-1)?.n).toBe(1);
      const { seq: last } = await world.send(ann, group.id, 'y');
      expect(await counts()).toMatchObject({ unread: before.unread + 1, mentions: 0 });
      expect(seqsOf(await read(ben, group)).slice(-2)).toEqual([seq, last]);
      const page = await read(ben, group, `&thread=${seq}`);
      expect(seqsOf(page)).toEqual([seq, first.seq, second.seq]);
      expect(page).toMatchObject({ hasBefore: false, hasAfter: false });
    });

    test('[T3] a thread is read by pages from either end', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      const answers: number[] = [];
      for (let count = 1; count <= 5; count += 1) {
        answers.push((await answer(ben, group, { thread: seq })).seq);
        await world.send(ann, group.id, 'meanwhile');
      }
      const all = [seq, ...answers];
      const newest = await read(ann, group, `&thread=${seq}&limit=2`);
      expect([seqsOf(newest), newest.hasBefore, newest.hasAfter]).toEqual([all.slice(-2), true, false]);
      const older = await read(ann, group, `&thread=${seq}&limit=2&before=${newest.from}`);
      expect([seqsOf(older), older.hasBefore, older.hasAfter]).toEqual([all.slice(2, 4), true, true]);
      const oldest = await read(ann, group, `&thread=${seq}&limit=2&before=${older.from}`);
      expect([seqsOf(oldest), oldest.hasBefore, oldest.hasAfter]).toEqual([all.slice(0, 2), false, true]);
      const rising = await read(ann, group, `&thread=${seq}&limit=4&after=${seq}`);
      expect([seqsOf(rising), rising.hasBefore, rising.hasAfter]).toEqual([all.slice(1, 5), true, true]);
      const rest = await read(ann, group, `&thread=${seq}&limit=4&after=${rising.to}`);
      expect([seqsOf(rest), rest.hasBefore, rest.hasAfter]).toEqual([all.slice(5), true, false]);
    });

    test('[T4] a message that is answered says how often, and when and where last', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      const shown = async () => (await read(ben, group)).items.find((item) => item.seq === seq);
      expect(await shown()).not.toHaveProperty('thread');
      await answer(ben, group, { thread: seq });
      const last = await answer(ann, group, { thread: seq });
      expect((await shown())?.thread).toEqual({ count: 2, seq: last.seq, at: last.at });
      const around = await read(ben, group, `&around=${seq}&limit=3`);
      expect(around.items.find((item) => item.seq === seq)?.thread).toMatchObject({ count: 2 });
    });

    test('[T3] who came later reads of a thread what came later', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, []);
      await world.do(ann, `PATCH /v1/conversations/${group.id}`, { history: 'closed' });
      const { seq } = await world.send(ann, group.id, 'x');
      await answer(ann, group, { thread: seq });
      await world.do(ann, `PUT /v1/conversations/${group.id}/members/${ben.id}`, {});
      expect((await answer(ben, group, { thread: seq })).code).toBe('not_found');
      const seen = await answer(ann, group, { thread: seq, text: 'for both' });
      const page = await read(ben, group, `&thread=${seq}`);
      expect(seqsOf(page)).toEqual([seen.seq]);
      expect(page.hasBefore).toBe(false);
    });
  });
}
