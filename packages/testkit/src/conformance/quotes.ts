// J of docs/protocol/v1.md, its second half: what a reply quotes comes with it, as its reader may see it now.
import { randomUUID } from 'node:crypto';
import { LIMITS, type Summary, type TimelineItem } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { type Person, refusal, type World } from './world.js';

type Page = {
  readonly items: readonly TimelineItem[];
  readonly quoted?: readonly TimelineItem[];
  readonly users: { readonly [id: string]: object };
};

export function quoteRules(world: World): void {
  type Group = Pick<Summary, 'id' | 'epoch'>;
  const path = ({ id }: Group, seq: number) => `/v1/conversations/${id}/messages/${seq}`;
  const newest = (person: Person, { id }: Group, limit = 2) =>
    world.do<Page>(person, `GET /v1/conversations/${id}/messages?limit=${limit}`);
  const quotes = (person: Person, { id, epoch }: Group, targets: readonly number[]) =>
    world.do<Page>(person, `GET /v1/conversations/${id}/quotes?epoch=${epoch}&targets=${targets.join()}`);
  const seqsOf = (items: readonly TimelineItem[] = []) => items.map(({ seq }) => seq);

  describe('J: quotes', () => {
    test('[J8] what is replied to comes with the page, edited and deleted as it is now, and is not in it twice', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [a, b] = [await world.send(ben, group.id, 'a'), await world.send(ann, group.id, 'b')];
      for (let index = 0; index < 5; index += 1) await world.send(ann, group.id, `between ${index}`);
      await world.do(ann, `PATCH ${path(group, b.seq)}`, { epoch: group.epoch, key: randomUUID(), text: 'edited' });
      const first = await world.send(ann, group.id, { text: 'to a', replyTo: a.seq });
      const second = await world.send(ann, group.id, { text: 'to b', replyTo: b.seq });
      const page = await newest(ann, group);
      expect(seqsOf(page.items)).toEqual([first.seq, second.seq]);
      expect(page.quoted).toMatchObject([
        { seq: a.seq, body: { text: 'a' }, author: ben.id },
        { seq: b.seq, body: { text: 'edited' }, edited: { seq: b.seq + 6 } },
      ]);
      expect(Object.keys(page.users).toSorted()).toEqual([ann.id, ben.id].toSorted());
      await world.do(ben, `DELETE ${path(group, a.seq)}?epoch=${group.epoch}`);
      expect((await newest(ben, group, 3)).quoted?.[0]).toMatchObject({ seq: a.seq, body: {}, erased: true });
      expect(await newest(ann, group, 100)).not.toHaveProperty('quoted');
    });

    test('[J8] [O5] what is no message is not quoted, and of many replies the last ones have their quotes', async () => {
      const ann = world.alone();
      const group = await world.group(ann, []);
      const sent: number[] = [];
      for (let index = 0; index < LIMITS.quotes + 2; index += 1)
        sent.push((await world.send(ann, group.id, `${index}`)).seq);
      for (const replyTo of [1, ...sent]) await world.send(ann, group.id, { text: `to ${replyTo}`, replyTo });
      const { quoted, items } = await newest(ann, group, sent.length + 1);
      expect(items[0]?.body.replyTo).toBe(1);
      expect(seqsOf(quoted)).toEqual(sent.slice(2));
    });

    test('[J9] messages are read by their numbers: what is none, and what is not to be seen, is left out', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, []);
      const { seq: before } = await world.send(ann, group.id, 'secret');
      await world.do(ann, `PATCH /v1/conversations/${group.id}`, { history: 'closed' });
      await world.do(ann, `PUT /v1/conversations/${group.id}/members/${ben.id}`, {});
      const { seq: after } = await world.send(ann, group.id, { text: 'after', replyTo: before });
      const all = [after, 1, before, after, after + 1, Number.MAX_SAFE_INTEGER];
      expect(seqsOf((await quotes(ann, group, all)).items)).toEqual([before, after]);
      const seen = [await quotes(ben, group, all), await newest(ben, group)];
      expect(seqsOf(seen[0]?.items)).toEqual([after]);
      expect(JSON.stringify(seen)).not.toContain('secret');
      const client = await world.connect(ben);
      const params = { conversation: group.id, epoch: group.epoch, targets: [after] };
      expect(await client.command('quotes.read', params)).toMatchObject({ items: [{ seq: after }] });
      const other = client.command('quotes.read', { ...params, epoch: group.epoch + 1 });
      await expect(other).rejects.toMatchObject(refusal('epoch_changed'));
      // Who has left sees what was so by then.
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      await world.do(ann, `PATCH ${path(group, after)}`, { epoch: group.epoch, key: randomUUID(), text: 'later' });
      const { seq: late } = await world.send(ann, group.id, 'late');
      expect((await quotes(ben, group, [after, late])).items).toMatchObject([{ seq: after, body: { text: 'after' } }]);
      const stranger = await world.connect(world.alone());
      await expect(stranger.command('quotes.read', params)).rejects.toMatchObject(refusal('not_found'));
    });

    test('[J10] [M20] a quote and the entries after it are the quote as it is read later', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await world.send(ann, group.id, 'x');
      const [before] = (await quotes(ben, group, [seq])).items;
      const client = await world.connect(ben);
      await world.do(ann, `PATCH ${path(group, seq)}`, { epoch: group.epoch, key: randomUUID(), text: 'y' });
      expect(before).toMatchObject({ asOf: seq, body: { text: 'x' } });
      expect(await client.entry(group.id, seq + 1)).toMatchObject({ body: { target: seq, text: 'y' } });
      expect((await quotes(ben, group, [seq])).items).toMatchObject([{ asOf: seq + 1, body: { text: 'y' } }]);
    });
  });
}
