// T5 to T9 of docs/protocol/v1.md: who follows a thread, how far they have read in it, and what is unread to them.
import { randomUUID } from 'node:crypto';
import type { FollowedThread, ServerFrame, Summary, ThreadStanding, TimelineItem, Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Client } from './client.js';
import type { Person, World } from './world.js';

type Group = Pick<Summary, 'id' | 'epoch'>;
type Page = { readonly items: readonly TimelineItem[]; readonly standing?: ThreadStanding };
type Listing = { readonly items: readonly FollowedThread[]; readonly unread: number; readonly next: string | null };

const NOBODY: ThreadStanding = { follows: false, read: 0, unread: 0, mentions: 0 };

export function followedThreadRules(world: World): void {
  const begin = async (person: Person, group: Group, more: object = {}) =>
    (await world.send(person, group.id, { text: 'a question', ...more })).seq;
  const answer = async (person: Person, group: Group, more: { readonly thread: number; readonly mentions?: object }) =>
    (await world.send(person, group.id, { text: 'an answer', ...more })).seq;
  const standing = async (person: Person, { id, epoch }: Group, thread: number) =>
    (await world.do<Page>(person, `GET /v1/conversations/${id}/messages?epoch=${epoch}&thread=${thread}`)).standing;
  const follow = (person: Person, { id, epoch }: Group, wish: { readonly target: number; readonly on?: boolean }) =>
    world.ask<ThreadStanding & { readonly code?: string }>(
      person,
      `PUT /v1/conversations/${id}/messages/${wish.target}/follow`,
      { body: { epoch, ...(wish.on === undefined ? {} : { on: wish.on }) } },
    );
  const list = (person: Person, query = '') => world.do<Listing>(person, `GET /v1/threads${query}`);
  const told = (client: Client, group: Group, wanted: Partial<ThreadStanding>) =>
    client.until(
      (frame: ServerFrame) =>
        frame.type === 'signal' &&
        frame.name === 'thread' &&
        frame.conversation === group.id &&
        Object.entries(wanted).every(([field, value]) => frame[field as keyof ThreadStanding] === value),
    );

  describe('T: followed threads', () => {
    test('[T5] [T9] who began it, answered or was named follows a thread, each time anew; others do not', async () => {
      const [ann, ben] = world.pair();
      const [cid, dee] = world.people(2) as [Person, Person];
      const group = await world.group(ann, [ben, cid, dee]);
      const first = await begin(ann, group, { mentions: { users: [cid.id] } });
      expect(await standing(ann, group, first)).toEqual(NOBODY);
      const one = await answer(ben, group, { thread: first });
      expect(await standing(ann, group, first)).toEqual({ follows: true, read: one - 1, unread: 1, mentions: 0 });
      expect(await standing(ben, group, first)).toEqual({ follows: true, read: one, unread: 0, mentions: 0 });
      expect(await standing(cid, group, first)).toMatchObject({ follows: true, unread: 1 });
      expect(await standing(dee, group, first)).toEqual(NOBODY);
      expect((await follow(cid, group, { target: first, on: false })).body).toEqual(NOBODY);
      await answer(ben, group, { thread: first, mentions: { all: false } });
      expect(await standing(cid, group, first)).toEqual(NOBODY);
      const three = await answer(ben, group, { thread: first, mentions: { users: [cid.id, dee.id] } });
      for (const person of [cid, dee]) {
        expect(await standing(person, group, first)).toEqual({
          follows: true,
          read: three - 1,
          unread: 1,
          mentions: 1,
        });
      }
    });

    test('[T5] [T7] a thread is followed by hand from now on, over the socket and HTTP, and all own devices are told', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const devices = [await world.connect(ben), await world.connect(ben)];
      const first = await begin(ann, group);
      const one = await answer(ann, group, { thread: first });
      const params = { conversation: group.id, epoch: group.epoch, target: first };
      const followed = { follows: true, read: one, unread: 0, mentions: 0 };
      for (let times = 0; times < 2; times += 1) {
        expect(await devices[0]?.command('thread.follow', params)).toEqual(followed);
      }
      for (const device of devices) {
        expect(await told(device, group, { follows: true })).toMatchObject({
          epoch: group.epoch,
          thread: first,
          ...followed,
        });
      }
      await answer(ann, group, { thread: first });
      expect(await standing(ben, group, first)).toMatchObject({ unread: 1 });
      expect((await follow(ben, group, { target: first, on: false })).body).toEqual(NOBODY);
      for (const device of devices) await told(device, group, { follows: false });
      // No entry says so: what came last is the answer.
      expect((await world.log(ann, group.id)).at(-1)?.body.thread).toBe(first);
    });

    test('[T5] what is no message, stands in a thread, is of another epoch or of elsewhere is followed by nobody', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const first = await begin(ann, group);
      const one = await answer(ben, group, { thread: first });
      const code = async (person: Person, target: number, of = group) =>
        (await follow(person, of, { target })).body.code;
      expect(await code(ben, 1)).toBe('not_found');
      for (const nowhere of [one + 1, 2 ** 31 + 3, Number.MAX_SAFE_INTEGER]) {
        expect(await code(ben, nowhere)).toBe('not_found');
      }
      expect(await code(ben, one)).toBe('bad_request');
      expect(await code(ben, first, { ...group, epoch: group.epoch + 1 })).toBe('epoch_changed');
      expect(await code(world.alone(), first)).toBe('not_found');
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      expect(await code(ben, first)).toBe('forbidden');
      expect(await standing(ben, group, first)).toBeUndefined();
    });

    test('[T6] [T7] what is read in a thread moves its mark alone, never back, and own devices are told', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const devices = [await world.connect(ann), await world.connect(ann)];
      const first = await begin(ann, group);
      const one = await answer(ben, group, { thread: first, mentions: { users: [ann.id] } });
      const two = await answer(ben, group, { thread: first });
      await answer(ben, group, { thread: first });
      const mark = { conversation: group.id, epoch: group.epoch, thread: first };
      devices[0]?.signal('marks', { ...mark, read: two, delivered: two + 9 });
      for (const device of devices) {
        expect(await told(device, group, { read: two })).toMatchObject({ thread: first, unread: 1, mentions: 0 });
      }
      await world.do(ann, `PUT /v1/conversations/${group.id}/marks`, { epoch: group.epoch, thread: first, read: one });
      expect(await standing(ann, group, first)).toMatchObject({ read: two, unread: 1 });
      await world.do(ann, `PUT /v1/conversations/${group.id}/marks`, {
        epoch: group.epoch,
        thread: first,
        read: two + 99,
      });
      expect(await standing(ann, group, first)).toEqual({ follows: true, read: two + 1, unread: 0, mentions: 0 });
      const { delivered, read, unread } = (await world.summary(ann, group.id)).summary;
      expect({ delivered, read, unread }).toEqual({ delivered: first, read: first, unread: 0 });
      for (const device of devices) expect(device.signals('marks', group.id)).toEqual([]);
    });

    test('[T6] marks of a thread that one does not follow, or that is none, are dropped, and others are kept', async () => {
      const [ann, ben] = world.pair();
      const [cid = ann] = world.people(1);
      const group = await world.group(ann, [ben, cid]);
      const device = await world.connect(cid);
      const first = await begin(ann, group);
      const one = await answer(ben, group, { thread: first });
      for (const thread of [first, 1, one, 77, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
        device.signal('marks', { conversation: group.id, epoch: group.epoch, thread, read: one });
      }
      const set = (more: object) =>
        world.ask(cid, `PUT /v1/conversations/${group.id}/marks`, { body: { epoch: group.epoch, ...more } });
      expect((await set({ thread: 2 ** 40, read: 3 })).status).toBe(204);
      expect((await set({ thread: first, read: one })).status).toBe(204);
      expect((await set({ thread: 'x', read: one })).status).toBe(400);
      expect(await standing(cid, group, first)).toEqual(NOBODY);
      expect((await set({ thread: null, read: first })).status).toBe(204);
      expect((await world.summary(cid, group.id)).summary.read).toBe(first);
    });

    test('[T7] what is deleted is not unread any more, and two who answer at once have read their own', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const first = await begin(ann, group);
      const one = await answer(ben, group, { thread: first, mentions: { users: [ann.id] } });
      expect(await standing(ann, group, first)).toMatchObject({ unread: 1, mentions: 1 });
      await world.do(ben, `DELETE /v1/conversations/${group.id}/messages/${one}?epoch=${group.epoch}`);
      expect(await standing(ann, group, first)).toMatchObject({ unread: 0, mentions: 0 });
      const both = Array.from({ length: 12 }, (_, index) => answer(index % 2 ? ann : ben, group, { thread: first }));
      const seqs = await Promise.all(both);
      for (const [person, own] of [
        [ann, 1],
        [ben, 0],
      ] as const) {
        const last = Math.max(...seqs.filter((_, index) => index % 2 === own));
        const unread = seqs.filter((seq, index) => index % 2 !== own && seq > last).length;
        expect(await standing(person, group, first)).toEqual({ follows: true, read: last, unread, mentions: 0 });
      }
    });

    test('[T8] the threads that one follows are listed by their last answer, over pages, with what is unread', async () => {
      const ann = world.alone();
      const [ben] = world.pair();
      const groups = [await world.group(ann, [ben]), await world.group(ben, [ann])];
      const threads: (readonly [string, number])[] = [];
      for (const group of [...groups, ...groups]) {
        const first = await begin(ann, group);
        await answer(ben, group, { thread: first });
        threads.push([group.id, first]);
      }
      const [oldest] = threads;
      if (!oldest || !groups[0]) throw new Error('no thread');
      const last = await answer(ben, groups[0], { thread: oldest[1], mentions: { users: [ann.id] } });
      await begin(ann, groups[0]);
      const pages = [await list(ann, '?limit=3')];
      pages.push(await list(ann, `?limit=3&cursor=${pages[0]?.next}`));
      expect(pages.map(({ unread, next }) => [unread, typeof next])).toEqual([
        [4, 'string'],
        [4, 'object'],
      ]);
      const items = pages.flatMap((page) => page.items);
      expect(items.map(({ conversation, thread }) => [conversation, thread])).toEqual([
        oldest,
        ...threads.slice(1).toReversed(),
      ]);
      expect(items[0]).toMatchObject({
        ...{ follows: true, unread: 2, mentions: 1, epoch: groups[0].epoch },
        message: { seq: oldest[1], author: ann.id, body: { text: 'a question' }, thread: { count: 2, seq: last } },
        last: { seq: last, author: ben.id, body: { text: 'an answer', thread: oldest[1] } },
      });
      await world.do(ann, `PUT /v1/conversations/${groups[0].id}/marks`, {
        ...{ epoch: groups[0].epoch, thread: oldest[1], read: last },
      });
      const here = await list(ann, `?conversation=${groups[0].id}`);
      expect([here.items.length, here.unread, (await list(ann)).unread]).toEqual([2, 1, 3]);
      await world.do(ben, `DELETE /v1/conversations/${groups[1]?.id}/members/${ann.id}`);
      expect((await list(ann)).items.map(({ conversation }) => conversation)).toEqual([groups[0].id, groups[0].id]);
    });

    test('[T8] a cursor that is none, and a conversation of others, are refused', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ben, []);
      const ask = (query: string) => world.ask<{ readonly code: string }>(ann, `GET /v1/threads?${query}`);
      for (const cursor of ['x', `1.${group.id}.x`, `1.${randomUUID().slice(1)}.1`, "1'.2.3", '']) {
        expect((await ask(`cursor=${encodeURIComponent(cursor)}`)).status, cursor).toBe(400);
      }
      expect((await ask(`conversation=${group.id}`)).body.code).toBe('not_found');
      expect((await ask(`conversation=${randomUUID()}`)).body.code).toBe('not_found');
    });

    test("[T8] [P5] a thread that began before one came is in nobody else's list, though one was named in it", async () => {
      const ben = world.alone();
      const [ann] = world.pair();
      const group = await world.group(ann, []);
      await world.do<Written>(ann, `PATCH /v1/conversations/${group.id}`, { history: 'closed' });
      const first = await begin(ann, group);
      await world.do(ann, `PUT /v1/conversations/${group.id}/members/${ben.id}`, {});
      await answer(ann, group, { thread: first, mentions: { users: [ben.id] } });
      expect(await list(ben)).toMatchObject({ items: [], unread: 0 });
      expect((await follow(ben, group, { target: first })).body.code).toBe('not_found');
    });
  });
}
