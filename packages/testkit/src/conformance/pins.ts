// J of docs/protocol/v1.md: what a conversation keeps in sight, who says so, how much, and who sees it.
import { randomUUID } from 'node:crypto';
import { type Entry, LIMITS, type Summary, type TimelineItem, type Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { type Person, refusal, type World } from './world.js';

const SOON = { timeout: 5_000, interval: 100 };

type PinsPage = { readonly items: readonly TimelineItem[]; readonly next: string | null; readonly users: object };

export function pinRules(world: World): void {
  type Group = Pick<Summary, 'id' | 'epoch'>;
  const path = ({ id }: Group, seq: number) => `/v1/conversations/${id}/messages/${seq}`;
  const ask = (person: Person, group: Group, seq: number) =>
    world.ask<Written>(person, `PUT ${path(group, seq)}/pin`, { body: { epoch: group.epoch } });
  const pin = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).body;
  const unpin = (person: Person, group: Group, seq: number) =>
    world.do<Written>(person, `DELETE ${path(group, seq)}/pin?epoch=${group.epoch}`);
  const code = async (...asked: Parameters<typeof ask>) => ((await ask(...asked)).body as { code?: string }).code;
  const pins = (person: Person, { id }: Group, query = '') =>
    world.do<PinsPage>(person, `GET /v1/conversations/${id}/pins${query}`);
  const seqs = async (person: Person, group: Group) => (await pins(person, group)).items.map(({ seq }) => seq);
  const itemOf = async (person: Person, { id }: Group, seq: number) => {
    const page = `GET /v1/conversations/${id}/messages`;
    const { items } = await world.do<{ readonly items: readonly TimelineItem[] }>(person, page);
    return items.find((item) => item.seq === seq);
  };

  describe('J: pins', () => {
    test('[J1] [J5] [J6] a message is pinned for everyone, by an entry, and unpinned by another moderator', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [mine, theirs] = [await world.connect(ann), await world.connect(ben)];
      const { seq } = await world.send(ben, group.id, 'x');
      const params = { conversation: group.id, epoch: group.epoch, target: seq, key: randomUUID() };
      await expect(theirs.command('message.pin', params)).rejects.toMatchObject(refusal('forbidden'));
      const written = await mine.command('message.pin', params);
      expect(written).toMatchObject({ seq: seq + 1, duplicate: false });
      expect(await mine.command('message.pin', params)).toEqual({ ...written, duplicate: true });
      const other = { ...params, on: false };
      await expect(mine.command('message.pin', other)).rejects.toMatchObject(refusal('key_reused'));
      for (const device of [mine, theirs]) {
        const body = { target: seq, on: true };
        expect(await device.entry(group.id, seq + 1)).toMatchObject({ kind: 'message.pinned', author: ann.id, body });
      }
      const pinned = { seq: seq + 1, at: written.at, by: ann.id };
      for (const person of [ann, ben]) {
        expect(await itemOf(person, group, seq)).toMatchObject({ pinned });
        const users = { [ann.id]: { username: ann.username }, [ben.id]: { username: ben.username } };
        expect(await pins(person, group)).toMatchObject({
          items: [{ seq, body: { text: 'x' }, pinned }],
          next: null,
          users,
        });
      }
      await world.do(ann, `PATCH /v1/conversations/${group.id}/members/${ben.id}`, { role: 'moderator' });
      expect(await unpin(ben, group, seq)).toMatchObject({ seq: seq + 3, duplicate: false });
      expect(await itemOf(ann, group, seq)).not.toHaveProperty('pinned');
      expect(await seqs(ann, group)).toEqual([]);
    });

    test('[J1] [M6] what is no message, was deleted, is not there, or is of another epoch is not pinned', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      for (const nowhere of [1, seq + 1, 2 ** 31 + 7, Number.MAX_SAFE_INTEGER]) {
        expect(await code(ann, group, nowhere)).toBe('not_found');
      }
      expect(await code(ann, { ...group, epoch: group.epoch + 1 }, seq)).toBe('epoch_changed');
      expect(await code(world.alone(), group, seq)).toBe('not_found');
      await world.do(ann, `DELETE ${path(group, seq)}?epoch=${group.epoch}`);
      expect(await code(ann, group, seq)).toBe('conflict');
      expect(await unpin(ann, group, seq)).toMatchObject({ seq: seq + 1, duplicate: true });
      expect((await world.log(ann, group.id)).at(-1)?.seq).toBe(seq + 1);
    });

    test('[J2] what is so already stays so, and is answered with the entry that made it so', async () => {
      const ann = world.alone();
      const group = await world.group(ann, []);
      const { seq } = await world.send(ann, group.id, 'x');
      expect(await unpin(ann, group, seq)).toMatchObject({ seq, duplicate: true });
      const first = await pin(ann, group, seq);
      await world.send(ann, group.id, 'y');
      expect(await pin(ann, group, seq)).toEqual({ ...first, duplicate: true });
      const last = await unpin(ann, group, seq);
      expect(await unpin(ann, group, seq)).toEqual({ ...last, duplicate: true });
      expect((await world.log(ann, group.id)).at(-1)?.seq).toBe(last.seq);
    });

    test('[J3] [J4] two moderators who pin at the same moment at the bound pin one, until a deletion makes room', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      await world.do(ann, `PATCH /v1/conversations/${group.id}/members/${ben.id}`, { role: 'moderator' });
      const sent: number[] = [];
      for (let index = 0; index < LIMITS.pins + 3; index += 1) {
        sent.push((await world.send(ann, group.id, `m${index}`)).seq);
      }
      for (const seq of sent.slice(0, LIMITS.pins - 1))
        await world.do(ann, `PUT ${path(group, seq)}/pin`, { epoch: group.epoch });
      const [one = 0, other = 0, third = 0] = sent.slice(LIMITS.pins);
      const answers = await Promise.all([ask(ann, group, one), ask(ben, group, other)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
      expect(await code(ben, group, third)).toBe('conflict');
      expect(await seqs(ben, group)).toHaveLength(LIMITS.pins);
      await world.do(ann, `DELETE ${path(group, sent[0] ?? 0)}?epoch=${group.epoch}`);
      expect(await seqs(ben, group)).toHaveLength(LIMITS.pins - 1);
      expect(await pin(ben, group, third)).toMatchObject({ duplicate: false });
      const shown = await pins(ann, group, '?limit=60');
      expect(shown.items.map(({ seq }) => seq).slice(0, 2)).toEqual([third, answers[0]?.status === 200 ? one : other]);
      const rest = await pins(ann, group, `?limit=60&cursor=${shown.next}`);
      expect(new Set([...shown.items, ...rest.items].map(({ seq }) => seq)).size).toBe(LIMITS.pins);
      expect(rest.next).toBeNull();
      expect(await world.ask(ann, `GET /v1/conversations/${group.id}/pins?cursor=x`)).toMatchObject({ status: 400 });
    });

    test('[J6] [P5] [B2] what is pinned is shown as it is now, and not to who came after it, or has left', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, []);
      const { seq: before } = await world.send(ann, group.id, 'secret');
      await pin(ann, group, before);
      await world.do(ann, `PATCH /v1/conversations/${group.id}`, { history: 'closed' });
      await world.do(ann, `PUT /v1/conversations/${group.id}/members/${ben.id}`, { role: 'moderator' });
      const client = await world.connect(ben);
      const { seq: after } = await world.send(ann, group.id, 'after');
      await pin(ben, group, after);
      const answer = await world.do<Written>(ann, `PATCH ${path(group, after)}`, {
        epoch: group.epoch,
        key: randomUUID(),
        text: 'edited',
      });
      const page = await pins(ben, group);
      expect(page.items).toMatchObject([{ seq: after, body: { text: 'edited' }, pinned: { by: ben.id } }]);
      expect(await seqs(ann, group)).toEqual([after, before]);
      expect(await code(ben, group, before)).toBe('not_found');
      // What is done to what stands before their first is hidden.
      const { seq: hidden } = await unpin(ann, group, before);
      expect(await client.entry(group.id, hidden)).toMatchObject({ kind: 'hidden', body: {} });
      expect(JSON.stringify([client.frames, page])).not.toContain('secret');
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      await unpin(ann, group, after);
      await expect(client.command('pins.read', { conversation: group.id })).rejects.toMatchObject(refusal('forbidden'));
      expect(await itemOf(ben, group, after)).toMatchObject({ body: { text: 'edited' }, pinned: { by: ben.id } });
      expect(answer.seq).toBeGreaterThan(after);
    });

    test('[J7] [C5] pinning counts nowhere, and comes with the changes', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, { text: 'x', mentions: { users: [ben.id] } });
      const before = (await world.summary(ben, group.id)).summary;
      await pin(ann, group, seq);
      const { summary } = await world.summary(ben, group.id);
      expect(summary).toMatchObject({ unread: 1, mentions: 1, read: before.read, head: seq + 1 });
      expect(summary.last).toMatchObject({ kind: 'message.pinned', n: before.last?.n });
      const changes = `GET /v1/conversations/${group.id}/entries?changesOnly=true`;
      const { entries } = await world.do<{ readonly entries: readonly Entry[] }>(ben, changes);
      expect(entries.map((entry) => entry.seq)).toEqual([seq + 1]);
    });

    test('[K5] [J5] what is pinned is found by that it is, and no more from when it is unpinned', async () => {
      const ann = world.alone();
      const group = await world.group(ann, []);
      const [one, other] = [
        await world.send(ann, group.id, 'rambutan'),
        await world.send(ann, group.id, 'rambutan too'),
      ];
      const find = async (query = '') => {
        const found = `GET /v1/messages/search?query=rambutan&conversation=${group.id}${query}`;
        const { items } = await world.do<{ readonly items: readonly { readonly message: TimelineItem }[] }>(ann, found);
        return items.map(({ message }) => message.seq);
      };
      await expect.poll(() => find(), SOON).toHaveLength(2);
      expect(await find('&is=pinned')).toEqual([]);
      await pin(ann, group, other.seq);
      await expect.poll(() => find('&is=pinned'), SOON).toEqual([other.seq]);
      await world.do(ann, `PATCH ${path(group, other.seq)}`, {
        epoch: group.epoch,
        key: randomUUID(),
        text: 'rambutans',
      });
      await pin(ann, group, one.seq);
      await expect.poll(() => find('&is=pinned'), SOON).toEqual([other.seq, one.seq]);
      await unpin(ann, group, other.seq);
      expect(await find('&is=pinned')).toEqual([one.seq]);
      expect(await find()).toHaveLength(2);
    });
  });
}
