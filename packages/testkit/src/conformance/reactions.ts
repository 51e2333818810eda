// R of docs/protocol/v1.md: an emoji on a message, what stands there, who put it, and what of it is the reader's own.
import { randomUUID } from 'node:crypto';
import { LIMITS, type Reactor, type Summary, type TimelineItem, type Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { type Person, refusal, type World } from './world.js';

type Reactors = { readonly items: readonly Reactor[]; readonly next: string | null; readonly users: object };

export function reactionRules(world: World): void {
  type Group = Pick<Summary, 'id' | 'epoch'>;
  type Wish = { readonly seq: number; readonly emoji: string; readonly on?: boolean; readonly key?: string };
  const path = ({ id }: Group, seq: number) => `/v1/conversations/${id}/messages/${seq}/reactions`;
  const ask = (person: Person, group: Group, { seq, emoji, ...wish }: Wish) =>
    world.ask<Written>(person, `PUT ${path(group, seq)}/${encodeURIComponent(emoji)}`, {
      body: { epoch: group.epoch, ...wish },
    });
  const react = async (person: Person, group: Group, wish: Wish) => (await ask(person, group, wish)).body;
  const code = async (...asked: Parameters<typeof ask>) => ((await ask(...asked)).body as { code?: string }).code;
  const reactionsOf = async (person: Person, { id }: Group, seq: number) => {
    const { items } = await world.do<{ readonly items: readonly TimelineItem[] }>(
      person,
      `GET /v1/conversations/${id}/messages`,
    );
    return items.find((item) => item.seq === seq)?.reactions;
  };
  const reactors = (person: Person, group: Group, { seq, query = '' }: { seq: number; query?: string }) =>
    world.do<Reactors>(person, `GET ${path(group, seq)}?epoch=${group.epoch}${query}`);

  describe('R: reactions', () => {
    test('[R2] [R5] a reaction is an entry that says what stands, and a reading says it with what is the own', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [mine, theirs] = [await world.connect(ann), await world.connect(ben)];
      const { seq } = await world.send(ann, group.id, 'x');
      const key = randomUUID();
      const params = { conversation: group.id, epoch: group.epoch, target: seq, key, emoji: '👍🏽' };
      const written = await theirs.command('reaction.set', params);
      expect(written).toMatchObject({ seq: seq + 1, duplicate: false });
      expect(await theirs.command('reaction.set', params)).toEqual({ ...written, duplicate: true });
      await react(ann, group, { seq, emoji: '❤️' });
      await react(ann, group, { seq, emoji: '👍🏽' });
      const [thumb, heart] = [
        { emoji: '👍🏽', count: 2 },
        { emoji: '❤️', count: 1 },
      ];
      for (const device of [mine, theirs]) {
        const entry = await device.entry(group.id, seq + 3);
        const body = { target: seq, emoji: '👍🏽', on: true, count: 2, reactions: [thumb, heart] };
        expect(entry).toMatchObject({ kind: 'reaction.set', author: ann.id, body });
      }
      expect(await reactionsOf(ann, group, seq)).toEqual([
        { ...thumb, mine: true },
        { ...heart, mine: true },
      ]);
      expect(await reactionsOf(ben, group, seq)).toEqual([{ ...thumb, mine: true }, heart]);
      const back = `DELETE ${path(group, seq)}/${encodeURIComponent('👍🏽')}?epoch=${group.epoch}`;
      expect(await world.do(ann, back)).toMatchObject({ seq: seq + 4, duplicate: false });
      expect(await reactionsOf(ann, group, seq)).toEqual([
        { ...thumb, count: 1 },
        { ...heart, mine: true },
      ]);
      await react(ben, group, { seq, emoji: '👍🏽', on: false });
      await react(ann, group, { seq, emoji: '❤️', on: false });
      expect(await reactionsOf(ann, group, seq)).toBeUndefined();
    });

    test('[R1] one emoji is taken, however it is built, and nothing else', async () => {
      const ann = world.alone();
      const group = await world.group(ann, []);
      const { seq } = await world.send(ann, group.id, 'x');
      for (const emoji of ['👨‍👩‍👧‍👦', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🇩🇪', '1️⃣']) {
        expect(await ask(ann, group, { seq, emoji })).toMatchObject({ status: 200, body: { duplicate: false } });
      }
      for (const emoji of ['a', '👍👍', '1', ':heart:', '👍 ']) {
        expect(await code(ann, group, { seq, emoji })).toBe('bad_request');
      }
      expect(await code(ann, group, { seq, emoji: '👍'.repeat(33) })).toBe('too_large');
      // With and without U+FE0F it is the same, written as it was first.
      await react(ann, group, { seq, emoji: '❤' });
      expect(await react(ann, group, { seq, emoji: '❤️' })).toMatchObject({ seq: seq + 5, duplicate: true });
      expect(await react(ann, group, { seq, emoji: '❤️', on: false })).toMatchObject({ seq: seq + 6 });
      expect((await world.log(ann, group.id)).at(-1)?.body).toMatchObject({ emoji: '❤', on: false, count: 0 });
    });

    test('[R1] [M6] nobody reacts to what is no message, was deleted, is not there, or is of another epoch', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      for (const nowhere of [1, seq + 1, 2 ** 31 + 7, Number.MAX_SAFE_INTEGER]) {
        expect(await code(ben, group, { seq: nowhere, emoji: '👍' })).toBe('not_found');
      }
      expect(await code(ben, { ...group, epoch: group.epoch + 1 }, { seq, emoji: '👍' })).toBe('epoch_changed');
      expect(await code(world.alone(), group, { seq, emoji: '👍' })).toBe('not_found');
      await react(ben, group, { seq, emoji: '👍' });
      await world.do(ann, `DELETE /v1/conversations/${group.id}/messages/${seq}?epoch=${group.epoch}`);
      for (const on of [true, false]) expect(await code(ben, group, { seq, emoji: '👍', on })).toBe('conflict');
      expect((await world.log(ann, group.id)).at(-1)?.seq).toBe(seq + 2);
    });

    test('[R3] what is so already stays so, and is answered with the entry that made it so', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      expect(await react(ben, group, { seq, emoji: '👍', on: false })).toMatchObject({ seq, duplicate: true });
      const first = await react(ben, group, { seq, emoji: '👍' });
      await react(ann, group, { seq, emoji: '👍' });
      expect(await react(ben, group, { seq, emoji: '👍' })).toEqual({ ...first, duplicate: true });
      expect(await react(ben, group, { seq, emoji: '🎉', on: false })).toMatchObject({ seq: seq + 2, duplicate: true });
      expect((await world.log(ann, group.id)).at(-1)?.seq).toBe(seq + 2);
    });

    test('[R3] two who put and take the same emoji at once end with what the last entry says', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      const asked = Array.from({ length: 24 }, (_, index) =>
        ask(index % 2 === 0 ? ann : ben, group, { seq, emoji: '👍', on: index % 3 > 0 }),
      );
      for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
      const last = (await world.log(ann, group.id)).at(-1)?.body.reactions;
      const shown = (await reactionsOf(ann, group, seq))?.map(({ emoji, count }) => ({ emoji, count })) ?? [];
      expect(shown).toEqual(last);
      expect((await reactors(ann, group, { seq })).items).toHaveLength(shown[0]?.count ?? 0);
    });

    test('[R4] a message has so many kinds of reactions and no more, and more of a kind that is there', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      const kinds = Array.from({ length: LIMITS.reactions + 1 }, (_, index) => String.fromCodePoint(0x1f600 + index));
      for (const emoji of kinds.slice(0, -1)) await react(ann, group, { seq, emoji });
      const last = kinds.at(-1) ?? '';
      expect(await code(ben, group, { seq, emoji: last })).toBe('conflict');
      expect(await ask(ben, group, { seq, emoji: kinds[3] ?? '' })).toMatchObject({ status: 200 });
      await react(ann, group, { seq, emoji: kinds[0] ?? '', on: false });
      expect(await ask(ben, group, { seq, emoji: last })).toMatchObject({ status: 200 });
      expect((await reactionsOf(ben, group, seq))?.map(({ emoji }) => emoji)).toEqual([...kinds.slice(1)]);
    });

    test('[R6] who reacts is read by pages, with one emoji or any; who has left is refused', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      await react(ben, group, { seq, emoji: '👍' });
      await react(ann, group, { seq, emoji: '❤️' });
      await react(ann, group, { seq, emoji: '👍' });
      const items = [
        { user: ben.id, emoji: '👍', seq: seq + 1 },
        { user: ann.id, emoji: '❤️', seq: seq + 2 },
        { user: ann.id, emoji: '👍', seq: seq + 3 },
      ];
      const users = { [ann.id]: { username: ann.username }, [ben.id]: { username: ben.username } };
      expect(await reactors(ben, group, { seq })).toMatchObject({ items, next: null, users });
      const first = await reactors(ann, group, { seq, query: '&limit=2' });
      expect(first.items).toEqual(items.slice(0, 2));
      expect(await reactors(ann, group, { seq, query: `&limit=2&cursor=${first.next}` })).toMatchObject({
        items: items.slice(2),
        next: null,
      });
      const thumbs = await reactors(ann, group, { seq, query: `&emoji=${encodeURIComponent('👍')}` });
      expect(thumbs.items).toEqual([items[0], items[2]]);
      const client = await world.connect(ben);
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      await react(ann, group, { seq, emoji: '👍', on: false });
      const asked = client.command('reactions.read', { conversation: group.id, epoch: group.epoch, target: seq });
      await expect(asked).rejects.toMatchObject(refusal('forbidden'));
    });

    test('[R5] [B2] who was removed sees what stood by then, and nothing that came after', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      await react(ben, group, { seq, emoji: '👍' });
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      await react(ann, group, { seq, emoji: '👍' });
      await react(ann, group, { seq, emoji: '🎉' });
      expect(await reactionsOf(ben, group, seq)).toEqual([{ emoji: '👍', count: 1, mine: true }]);
    });

    test('[R7] [C5] a reaction counts nowhere, comes with the changes, and is shown no more with what was deleted', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, { text: 'x', mentions: { users: [ben.id] } });
      const before = (await world.summary(ben, group.id)).summary;
      await react(ann, group, { seq, emoji: '👍' });
      const { summary } = await world.summary(ben, group.id);
      expect(summary).toMatchObject({ unread: 1, mentions: 1, read: before.read, head: seq + 1 });
      expect(summary.last).toMatchObject({ kind: 'reaction.set', n: before.last?.n });
      const changes = `GET /v1/conversations/${group.id}/entries?changesOnly=true`;
      const { entries } = await world.do<{ readonly entries: readonly { seq: number }[] }>(ben, changes);
      expect(entries.map((entry) => entry.seq)).toEqual([seq + 1]);
      await world.do(ann, `DELETE /v1/conversations/${group.id}/messages/${seq}?epoch=${group.epoch}`);
      expect(await reactionsOf(ben, group, seq)).toBeUndefined();
      expect((await world.log(ben, group.id)).at(-2)).toMatchObject({ kind: 'reaction.set', body: { emoji: '👍' } });
    });
  });
}
