// Q of docs/protocol/v1.md: what the server does later: sends a message at its time, reminds of one.
import { randomUUID } from 'node:crypto';
import { type Entry, LIMITS, type Scheduled, type ServerFrame, type Summary } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Client } from './client.js';
import { type Person, refusal, type World } from './world.js';

type Scheduling = {
  readonly scheduled: string;
  readonly conversation: string;
  readonly at: number;
  readonly duplicate: boolean;
  readonly code?: string;
};
type Fields = { readonly [field: string]: unknown };

const DAY_MS = 86_400_000;
/** Messages are sent within this of their time; the rest is for a busy machine. */
const SENT_MS = 6_000;

export function laterRules(world: World): void {
  const ask = (person: Person, { id }: Pick<Summary, 'id'>, more: Fields = {}) =>
    world.ask<Scheduling>(person, `POST /v1/conversations/${id}/scheduled`, {
      body: { key: randomUUID(), text: 'later', at: Date.now() + DAY_MS, ...more },
    });
  const schedule = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).body;
  const list = async (person: Person) =>
    (await world.do<{ readonly items: readonly Scheduled[] }>(person, 'GET /v1/scheduled')).items;
  const change = (person: Person, scheduled: string, body: Fields) =>
    world.ask<Scheduling>(person, `PATCH /v1/scheduled/${scheduled}`, { body });
  const cancel = (person: Person, scheduled: string) =>
    world.ask<Scheduling>(person, `DELETE /v1/scheduled/${scheduled}`);
  const remind = (person: Person, { id, epoch }: Pick<Summary, 'id' | 'epoch'>, more: Fields & { target: number }) => {
    const { target, ...rest } = more;
    const body = { epoch, key: randomUUID(), at: Date.now() + DAY_MS, ...rest };
    return world.ask<Scheduling>(person, `POST /v1/conversations/${id}/messages/${target}/reminders`, { body });
  };
  const isEntry = (frame: ServerFrame, holds: (entry: Entry) => boolean) =>
    frame.type === 'entry' && holds(frame as unknown as Entry);
  const withKey = async (client: Client, key: string) =>
    (await client.until((frame) => isEntry(frame, (entry) => entry.key === key), SENT_MS)) as unknown as Entry;
  const told = (client: Client, scheduled: string, state: string) =>
    client.until(
      (frame) =>
        isEntry(frame, ({ kind, body }) => {
          const value = body.value as Fields | undefined;
          const isAbout = value?.scheduled === scheduled && value.state === state;
          return kind === 'setting.set' && body.name === 'kith:scheduled' && isAbout;
        }),
      SENT_MS,
    );

  describe('Q: later', () => {
    test('[Q1] [Q5] [Q6] a message is sent at its time under its key, and every device knows of it before and after', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [one, two, other] = [await world.connect(ann), await world.connect(ann), await world.connect(ben)];
      const { seq } = await world.send(ben, group.id, 'a question');
      const key = randomUUID();
      const at = Date.now() + 1_500;
      const params = { key, text: 'an answer', at, replyTo: seq, mentions: { users: [ben.id] }, epoch: group.epoch };
      const answer = await one.command('message.schedule', { ...params, conversation: group.id });
      expect(answer).toEqual({ scheduled: key, conversation: group.id, at, duplicate: false });
      for (const device of [one, two]) await told(device, key, 'waiting');
      expect(await list(ann)).toEqual([
        {
          ...{ scheduled: key, kind: 'message', conversation: group.id, at },
          ...{ text: 'an answer', replyTo: seq, mentions: { users: [ben.id] }, epoch: group.epoch },
        },
      ]);
      expect(await list(ben)).toEqual([]);
      const entry = await withKey(other, key);
      expect(Date.now() - at).toBeGreaterThanOrEqual(-50);
      expect(entry).toMatchObject({
        kind: 'message.sent',
        author: ann.id,
        body: { text: 'an answer', replyTo: seq, mentions: { users: [ben.id] } },
      });
      expect(entry.at).toBeGreaterThanOrEqual(at);
      for (const device of [one, two]) await told(device, key, 'sent');
      expect(await list(ann)).toEqual([]);
      expect((await world.log(ben, group.id)).filter((each) => each.key === key)).toHaveLength(1);
      await expect.poll(async () => (await world.summary(ann, group.id)).summary.unread).toBe(0);
      const again = await world.ask<Fields>(ann, `POST /v1/conversations/${group.id}/scheduled`, { body: params });
      expect(again).toMatchObject({ status: 200, body: { scheduled: key, duplicate: true } });
    });

    test('[Q1] [Q5] a time that has passed is now, one too far ahead is none, and places in the log are as in a send', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const device = await world.connect(ben);
      const { seq } = await world.send(ann, group.id, 'x');
      const { scheduled } = await schedule(ann, group, { at: 1, thread: seq });
      expect(await withKey(device, scheduled)).toMatchObject({ body: { thread: seq, count: 1 } });
      expect((await schedule(ann, group, { at: Date.now() + 367 * DAY_MS })).code).toBe('bad_request');
      for (const at of [-1, 1.5, '1', null]) expect((await schedule(ann, group, { at })).code).toBe('bad_request');
      expect((await schedule(ann, group, { text: '' })).code).toBe('bad_request');
      expect((await schedule(ann, group, { text: 'x'.repeat(LIMITS.text + 1) })).code).toBe('too_large');
      expect((await schedule(world.alone(), group)).code).toBe('not_found');
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      expect((await schedule(ben, group)).code).toBe('forbidden');
    });

    test('[Q4] it is changed and taken back until its time, and after that is not there', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const device = await world.connect(ben);
      const first = await schedule(ann, group);
      const second = await schedule(ann, group, { at: Date.now() + 2 * DAY_MS, mentions: { users: [ben.id] } });
      const at = Date.now() + 3 * DAY_MS;
      expect(await change(ann, first.scheduled, { at, text: 'otherwise' })).toMatchObject({
        status: 200,
        body: { at, duplicate: false },
      });
      expect((await change(ann, first.scheduled, { at })).body.duplicate).toBe(true);
      expect((await list(ann)).map(({ scheduled, text }) => [scheduled, text])).toEqual([
        [second.scheduled, 'later'],
        [first.scheduled, 'otherwise'],
      ]);
      expect((await change(ann, first.scheduled, {})).body.code).toBe('bad_request');
      expect((await change(ben, first.scheduled, { at })).body.code).toBe('not_found');
      expect((await cancel(ben, first.scheduled)).body.code).toBe('not_found');
      expect((await cancel(ann, randomUUID())).body.code).toBe('not_found');
      const taken = await cancel(ann, second.scheduled);
      expect(taken).toMatchObject({ status: 200, body: { scheduled: second.scheduled, duplicate: false } });
      expect((await cancel(ann, second.scheduled)).body).toEqual({ ...taken.body, duplicate: true });
      expect((await change(ann, second.scheduled, { at })).body.code).toBe('not_found');
      await change(ann, first.scheduled, { at: 0 });
      expect((await withKey(device, first.scheduled)).body).toEqual({ text: 'otherwise' });
      const gone = async () => (await cancel(ann, first.scheduled)).body.code;
      await expect.poll(gone, { timeout: SENT_MS }).toBe('not_found');
      expect((await world.log(ann, group.id)).filter(({ kind }) => kind === 'message.sent')).toHaveLength(1);
    });

    test('[Q7] the same key is the same, and with other content, or elsewhere, is refused', async () => {
      const [ann, ben] = world.pair();
      const [group, another] = [await world.group(ann, [ben]), await world.group(ann, [ben])];
      const same = { key: randomUUID(), at: Date.now() + DAY_MS };
      const first = await ask(ann, group, same);
      expect(first.status).toBe(201);
      expect(await ask(ann, group, same)).toMatchObject({ status: 200, body: { ...first.body, duplicate: true } });
      expect((await schedule(ann, group, { ...same, text: 'other' })).code).toBe('key_reused');
      expect((await schedule(ann, another, same)).code).toBe('key_reused');
      expect((await schedule(ben, group, same)).duplicate).toBe(false);
      await cancel(ann, same.key);
      expect(await schedule(ann, group, { ...same, text: 'other' })).toMatchObject({ duplicate: true });
      expect(await list(ann)).toEqual([]);
      await cancel(ben, same.key);
    });

    test('[Q3] a person has so many, however many devices ask at once', async () => {
      const [ann] = world.pair();
      const group = await world.group(ann, []);
      const device = await world.connect(ann);
      const asked = Array.from({ length: LIMITS.scheduled + 10 }, (_, index) => ({
        name: 'message.schedule',
        params: { conversation: group.id, key: randomUUID(), text: 'x', at: Date.now() + DAY_MS + index },
      }));
      const answers: PromiseSettledResult<Fields>[] = [];
      for (let start = 0; start < asked.length; start += 50) {
        answers.push(...(await Promise.allSettled(device.commands(asked.slice(start, start + 50)))));
      }
      const refused = answers.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(10);
      for (const answer of refused) expect(answer).toMatchObject({ reason: refusal('conflict') });
      const items = await list(ann);
      expect(items).toHaveLength(LIMITS.scheduled);
      expect(items.map(({ at }) => at)).toEqual(items.map(({ at }) => at).toSorted((one, other) => one - other));
      for (const { scheduled } of items) await cancel(ann, scheduled);
    });

    test('[Q5] [Q6] it is decided at its time: who may not send any more is told, and may try again', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [device, owner] = [await world.connect(ben), await world.connect(ann)];
      const { scheduled } = await schedule(ben, group, { at: Date.now() + 700 });
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      await told(device, scheduled, 'refused');
      expect(await list(ben)).toMatchObject([{ scheduled, refused: 'forbidden', text: 'later' }]);
      await world.do(ann, `PUT /v1/conversations/${group.id}/members/${ben.id}`, {});
      await change(ben, scheduled, { at: 0 });
      expect(await withKey(owner, scheduled)).toMatchObject({ author: ben.id, body: { text: 'later' } });
    });

    test('[Q5] [P4] in slow mode they wait for each other, in the order of their times', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const device = await world.connect(ann);
      await world.do(ann, `PATCH /v1/conversations/${group.id}`, { slowModeMs: 1_000 });
      const now = Date.now();
      const late = await schedule(ben, group, { at: now - 1, text: 'second' });
      const early = await schedule(ben, group, { at: now + 200, text: 'third' });
      await world.send(ben, group.id, 'first').catch(() => null);
      const entries = [await withKey(device, late.scheduled), await withKey(device, early.scheduled)];
      expect(entries.map(({ body }) => body.text)).toEqual(['second', 'third']);
      const [second, third] = entries;
      expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
    });

    test('[Q2] a reminder is an entry of its own that says where the message is, once, and raises no count', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [one, two] = [await world.connect(ben), await world.connect(ben)];
      const { seq } = await world.send(ann, group.id, 'do this');
      const { body } = await remind(ben, group, { target: seq, at: Date.now() + 500 });
      expect(await list(ben)).toMatchObject([
        { scheduled: body.scheduled, kind: 'reminder', conversation: group.id, target: seq, epoch: group.epoch },
      ]);
      expect((await change(ben, body.scheduled, { text: 'x' })).body.code).toBe('bad_request');
      for (const device of [one, two]) {
        expect(await withKey(device, body.scheduled)).toMatchObject({
          kind: 'reminder.due',
          author: ben.id,
          body: { message: { conversation: group.id, epoch: group.epoch, seq } },
        });
      }
      const { self } = await world.do<{ readonly self: string }>(ben, 'GET /v1/me');
      await expect.poll(() => list(ben), { timeout: SENT_MS }).toEqual([]);
      const log = await world.log(ben, self);
      expect(log.filter(({ kind }) => kind === 'reminder.due')).toHaveLength(1);
      expect((await world.summary(ben, self)).summary).toMatchObject({ unread: 0 });
      const { items } = await world.do<{ readonly items: readonly Entry[] }>(
        ben,
        `GET /v1/conversations/${self}/messages`,
      );
      expect(items.map(({ kind }) => kind)).toContain('reminder.due');
    });

    test('[Q2] [M6] nobody is reminded of what is no message of theirs, and a reminder is taken back', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      for (const target of [1, seq + 1, Number.MAX_SAFE_INTEGER]) {
        expect((await remind(ann, group, { target })).body.code).toBe('not_found');
      }
      expect((await remind(world.alone(), group, { target: seq })).body.code).toBe('not_found');
      expect((await remind(ann, group, { target: seq, epoch: group.epoch + 1 })).body.code).toBe('epoch_changed');
      const { body } = await remind(ann, group, { target: seq });
      expect((await cancel(ann, body.scheduled)).status).toBe(200);
      expect(await list(ann)).toEqual([]);
      await world.do(ann, `DELETE /v1/conversations/${group.id}/messages/${seq}?epoch=${group.epoch}`);
      expect((await remind(ann, group, { target: seq })).body.code).toBe('conflict');
    });
  });
}
