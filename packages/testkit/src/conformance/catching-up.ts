// C of docs/protocol/v1.md: what a client that was away is told, and that nothing is missing or comes twice.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Entry, Summary, Welcome } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Client } from './client.js';
import type { Person, World } from './world.js';

const MOST_ATTEMPTS = 100;
const AGAIN_MS = 50;

const seqs = (client: Client, conversation: string) => client.entries(conversation).map(({ seq }) => seq);
const listed = ({ conversations }: Welcome) => conversations.map(({ id }) => id);
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** The newest cursor that a connection was given. */
function cursorOf(client: Client): string {
  const synced = client.frames.findLast((frame) => frame.type === 'synced');
  return synced?.type === 'synced' ? synced.since : client.welcome.since;
}

export function catchingUpRules(world: World): void {
  describe('C: catching up', () => {
    test('[C1] welcome is the first frame and lists all conversations, newest first', async () => {
      const ann = world.alone();
      const [ben, cid] = world.pair();
      const first = await world.group(ann, [ben]);
      const second = await world.direct(ann, cid);
      await world.send(ben, first.id, 'newest');
      const { welcome } = await world.connect(ann);
      expect(listed(welcome).filter((id) => id !== welcome.self)).toEqual([first.id, second.id]);
      expect(listed(welcome)).toContain(welcome.self);
      expect(welcome).toMatchObject({ reset: false, more: false });
    });

    test('[C1] [C4] with a cursor it lists what changed since, and nothing else that can be avoided', async () => {
      const ann = world.alone();
      const [ben, cid] = world.pair();
      const [quiet, spoken, marked, left] = [
        await world.group(ann, [ben]),
        await world.group(ann, [ben]),
        await world.group(ann, [ben]),
        await world.group(ben, [ann]),
      ];
      const client = await caughtUp(world, ann);
      const { since } = client.welcome;
      await client.close();
      await world.send(ben, spoken.id, 'x');
      await world.do(ann, `PUT /v1/conversations/${marked.id}/marks`, { epoch: marked.epoch, read: marked.head });
      await world.do(ben, `DELETE /v1/conversations/${left.id}/members/${ann.id}`);
      const joined = await world.group(cid, [ann]);
      await world.do(ann, 'PUT /v1/settings/draft', { value: 1 });

      const { welcome } = await world.connect(ann, { since });
      expect(welcome.reset).toBe(false);
      expect(listed(welcome)).toEqual(expect.arrayContaining([welcome.self, joined.id, left.id, marked.id, spoken.id]));
      expect(listed(welcome)).not.toContain(quiet.id);
      await caughtUp(world, ann, welcome.since);
    });

    test.each(['', 'x', 'c1', `${randomUUID()}.5`, '{"a":1}', "' OR 1=1 --", 'é'.repeat(500)])(
      '[C1] a cursor that is not of this store (%j) is answered with reset and everything',
      async (since) => {
        const [ann, ben] = world.pair();
        const { id } = await world.group(ann, [ben]);
        const { welcome } = await world.connect(ann, { since });
        expect(welcome.reset).toBe(true);
        expect(listed(welcome)).toContain(id);
        expect(welcome.conversations.every(({ pushedAfter, head }) => pushedAfter === head)).toBe(true);
      },
    );

    test('[C2] [C3] after a brief cut exactly what was missed follows the welcome, rising and once', async () => {
      const ann = world.alone();
      const [ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const first = await caughtUp(world, ann);
      const { since } = first.welcome;
      await first.socket.cut();
      await Promise.all(Array.from({ length: 20 }, (_, index) => world.send(ben, id, `missed ${index}`)));

      const second = await world.connect(ann, { since });
      const summary = second.welcome.conversations.find((each) => each.id === id);
      expect(summary).toMatchObject({ head: head + 20, pushedAfter: head, unread: 20 });
      await world.send(ben, id, 'after');
      await second.entry(id, head + 21);
      expect(seqs(second, id)).toEqual(upTo(head + 1, head + 21));
      expect(second.frames.some(({ type }) => type === 'gap')).toBe(false);
    });

    test('[C2] [C3] a reconnection in the middle of a stream of messages misses and doubles nothing', async () => {
      const ann = world.alone();
      const [ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      let client = await caughtUp(world, ann);
      const seen = new Map<number, number>();
      const sending = Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          await new Promise((resolve) => setTimeout(resolve, index * 15));
          return world.send(ben, id, `m ${index}`);
        }),
      );
      for (let cut = 0; cut < 6; cut += 1) {
        await client.until((frame) => frame.type === 'entry' && frame.conversation === id);
        const since = cursorOf(client);
        await client.socket.cut();
        for (const seq of seqs(client, id)) seen.set(seq, (seen.get(seq) ?? 0) + 1);
        client = await world.connect(ann, { since });
      }
      await sending;
      const { welcome } = client;
      const floor = welcome.conversations.find((each) => each.id === id)?.pushedAfter ?? 0;
      await client
        .until((frame) => frame.type === 'entry' && frame.conversation === id && frame.seq === head + 40)
        .catch((error: unknown) => {
          if (floor < head + 40 && !seen.has(head + 40)) throw error;
        });
      const last = seqs(client, id);
      expect(last).toEqual(last.toSorted((one, other) => one - other));
      for (const seq of last) seen.set(seq, (seen.get(seq) ?? 0) + 1);
      expect([...seen.keys()].toSorted((one, other) => one - other)).toEqual(upTo(head + 1, head + 40));
    });

    test('[C2] on a first connection nothing is pushed that was there before', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const client = await world.connect(ben);
      expect(client.welcome.conversations.every((each) => each.pushedAfter === each.head)).toBe(true);
      await world.send(ann, id, 'live');
      await client.entry(id, head + 1);
      expect(seqs(client, id)).toEqual([head + 1]);
    });

    test('[C2] entries come for conversations that were not listed because they did not change', async () => {
      const ann = world.alone();
      const [ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const { since } = (await caughtUp(world, ann)).welcome;
      const client = await world.connect(ann, { since });
      expect(listed(client.welcome)).toEqual([]);
      await world.send(ben, id, 'x');
      await client.entry(id, head + 1);
      expect(seqs(client, id)).toEqual([head + 1]);
    });

    test('[C1] [C4] beyond limits.summaryPage there is more, and the last page of the list gives the cursor', async () => {
      const ann = world.alone();
      const makers = world.people(8);
      const count = 104;
      const groups = await Promise.all(
        Array.from({ length: count }, (_, index) => world.group(makers[index % 8] as Person, [ann], `g${index}`)),
      );
      await caughtUp(world, ann);
      const client = await world.connect(ann);
      const { welcome } = client;
      expect(welcome).toMatchObject({ more: true, reset: false });
      expect(welcome.conversations).toHaveLength(welcome.limits.summaryPage);
      expect(isNewestFirst(welcome.conversations)).toBe(true);

      const ids = new Set<string>();
      let cursor: string | null = null;
      for (let pages = 0; pages < 20; pages += 1) {
        const page = await client.command('conversations.list', { limit: 30, ...(cursor === null ? {} : { cursor }) });
        const items = page.items as readonly Summary[];
        expect(isNewestFirst(items)).toBe(true);
        for (const { id } of items) {
          expect(ids.has(id), 'listed twice').toBe(false);
          ids.add(id);
        }
        expect(page.since === null).toBe(page.next !== null);
        cursor = page.next as string | null;
        if (cursor !== null) continue;
        expect([...ids].toSorted()).toEqual([...groups.map(({ id }) => id), welcome.self].toSorted());
        const resumed = await world.connect(ann, { since: page.since });
        expect(listed(resumed.welcome)).toEqual([]);
        // Entries of conversations that were beyond the first page are pushed like any other.
        const oldest = groups.find(({ id }) => !listed(welcome).includes(id));
        if (!oldest || !makers[0]) throw new Error('the first page held everything');
        const maker = makers[groups.indexOf(oldest) % 8] as Person;
        await world.send(maker, oldest.id, 'hello');
        await client.entry(oldest.id, oldest.head + 1);
        return;
      }
      throw new Error('the list does not end');
    });

    test('[C5] changesOnly gives the entries that change earlier ones, page by page', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch } = await world.group(ann, [ben]);
      const route = `GET /v1/conversations/${id}/entries?changesOnly=true&epoch=${epoch}`;
      const { seq } = await world.send(ann, id, 'x');
      expect(await world.do(ann, route)).toMatchObject({ epoch, head: seq, entries: [] });
      for (const text of ['a', 'b', 'c']) {
        await world.send(ben, id, 'between');
        await world.do(ann, `PATCH /v1/conversations/${id}/messages/${seq}`, { epoch, text });
      }
      const page = async (query: string) => {
        const { entries } = await world.do<{ entries: readonly Entry[] }>(ann, `${route}${query}`);
        return entries.map(({ seq: at, body }) => [at - seq, body.target, body.text]);
      };
      const all = [2, 4, 6].map((place, index) => [place, seq, ['a', 'b', 'c'][index]]);
      expect(await page('')).toEqual(all);
      expect(await page(`&after=${seq}&limit=2`)).toEqual(all.slice(0, 2));
      expect(await page(`&after=${seq + 4}&limit=2`)).toEqual(all.slice(2));
    });

    test('[C7] last is the entry at head', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      await world.send(ben, id, 'the last word');
      const { summary } = await world.summary(ann, id);
      expect(summary.last).toEqual((await world.log(ann, id)).at(-1));
      expect(summary.last).toMatchObject({ seq: summary.head, body: { text: 'the last word' } });
    });

    test('[C8] what was announced before a cut and did not come is neither listed nor pushed again, and is read', async () => {
      const [ann, ben] = world.pair();
      const { id, epoch, head } = await world.group(ann, [ben]);
      const first = await world.connect(ann);
      await first.socket.cut();
      for (const text of ['a', 'b']) await world.send(ben, id, text);
      // The welcome alone reaches the client, which stores its cursor and the head that it names.
      const { welcome } = await world.connect(ann, { since: first.welcome.since });
      expect(welcome.conversations.find((each) => each.id === id)).toMatchObject({ head: head + 2 });
      const client = await caughtUp(world, ann, welcome.since);
      await world.send(ben, id, 'c');
      await client.entry(id, head + 3);
      expect(seqs(client, id)).toEqual([head + 3]);
      const read = await client.command('entries.read', { conversation: id, epoch, after: head });
      expect((read.entries as readonly Entry[]).map(({ seq }) => seq)).toEqual(upTo(head + 1, head + 3));
    });

    test('[C9] what one has left is in no list, comes with a cursor from before, and can be read', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ben, [ann]);
      const { since } = (await world.connect(ann)).welcome;
      await world.do(ann, `DELETE /v1/conversations/${id}/members/${ann.id}`);
      expect(listed((await world.connect(ann, { since: 'of another store' })).welcome)).not.toContain(id);
      const { welcome } = await world.connect(ann, { since });
      expect(welcome.conversations.find((each) => each.id === id)).toMatchObject({ role: 'none' });
      expect((await world.log(ann, id)).at(-1)).toMatchObject({ kind: 'member.left' });
    });

    test('[C10] a lean welcome leaves out last where the entries follow, and there alone', async () => {
      const [ann, ben] = world.pair();
      const [spoken, marked] = [await world.group(ann, [ben]), await world.group(ann, [ben])];
      const client = await caughtUp(world, ann);
      const { since } = client.welcome;
      await client.close();
      await world.send(ben, spoken.id, 'x');
      await world.do(ann, `PUT /v1/conversations/${marked.id}/marks`, { epoch: marked.epoch, read: marked.head });
      const lastIn = ({ welcome }: Client, id: string) => welcome.conversations.find((each) => each.id === id)?.last;
      const full = await world.connect(ann, { since, lean: false });
      const lean = await world.connect(ann, { since, lean: true });
      expect(lastIn(lean, spoken.id)).toBeNull();
      expect(await lean.entry(spoken.id, spoken.head + 1)).toMatchObject(lastIn(full, spoken.id) ?? {});
      expect(lastIn(lean, marked.id)).toMatchObject({ seq: marked.head });
      const shown = (one: Client) => one.welcome.conversations.map(({ last: _last, ...rest }) => rest);
      expect(shown(lean)).toEqual(shown(full));
      // Who has no cursor is pushed nothing.
      const first = await world.connect(ann, { lean: true });
      expect(lastIn(first, spoken.id)).toMatchObject({ seq: spoken.head + 1 });
    });
  });
}

function isNewestFirst(summaries: readonly Summary[]): boolean {
  return summaries.every(({ updatedAt }, index) => updatedAt <= (summaries[index - 1]?.updatedAt ?? updatedAt));
}

/** A connection that missed nothing. What others write at the same moment may hold a cursor back for a while (C4). */
export async function caughtUp(world: World, person: Person, since?: string): Promise<Client> {
  let cursor = since ?? (await world.connect(person)).welcome.since;
  for (let attempt = 1; ; attempt += 1) {
    const client = await world.connect(person, { since: cursor });
    if (listed(client.welcome).length === 0) return client;
    expect(attempt).toBeLessThan(MOST_ATTEMPTS);
    await client.socket.cut();
    await delay(AGAIN_MS);
    cursor = client.welcome.since;
  }
}
