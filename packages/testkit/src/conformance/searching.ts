// K of docs/protocol/v1.md: what was said is found, by whoever may read it, as it is now, and by nobody else.
import { randomUUID } from 'node:crypto';
import { type FoundMessage, LIMITS, type Summary, type Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Fields } from './http-client.js';
import { type Person, refusal, type World } from './world.js';

type Page = { readonly items: readonly FoundMessage[]; readonly next: string | null; readonly users: Fields };
type Query = { readonly [field: string]: string | number };

/** What was written is found within so long. */
const SOON = { timeout: 5_000, interval: 200 };

export function searchRules(world: World): void {
  const route = (query: Query) =>
    `GET /v1/messages/search?${Object.entries(query)
      .map(([field, value]) => `${field}=${encodeURIComponent(value)}`)
      .join('&')}`;
  const search = (person: Person, query: Query) => world.do<Page>(person, route(query));
  const seqs = async (person: Person, query: Query) =>
    (await search(person, query)).items.map(({ message }) => message.seq);
  const marked = ({ snippet }: FoundMessage) => snippet.filter(({ hit }) => hit).map(({ text }) => text);
  type Change = { readonly seq: number; readonly text: string };
  const edit = (person: Person, { id, epoch }: Summary, { seq, text }: Change) =>
    world.do<Written>(person, `PATCH /v1/conversations/${id}/messages/${seq}`, { epoch, text });
  const remove = (person: Person, { id, epoch }: Summary, seq: number) =>
    world.do<Written>(person, `DELETE /v1/conversations/${id}/messages/${seq}?epoch=${epoch}`);

  /** A group in which these texts were said, once all of them are found. */
  const said = async (author: Person, others: readonly Person[], texts: readonly string[]) => {
    const group = await world.group(author, others);
    const sent: number[] = [];
    for (const text of texts) sent.push((await world.send(author, group.id, text)).seq);
    const last = texts.at(-1)?.slice(0, LIMITS.name) ?? '';
    await expect.poll(() => seqs(author, { query: last, conversation: group.id }), SOON).toContain(sent.at(-1));
    return { group, sent };
  };

  describe('K: Search', () => {
    test('[K1] [K4] what was said is found within 5 s, by words, parts, phrases, without case and accents', async () => {
      const [ann, ben] = world.pair();
      const { group, sent } = await said(
        ann,
        [ben],
        ['Die Überraschung im CAFÉ', 'a café, no surprise', 'ｆｕｌｌ ｗｉｄｔｈ'],
      );
      const [one, two, three] = sent;
      const find = (query: string) => seqs(ben, { query, conversation: group.id });
      expect(await find('cafe')).toEqual([two, one]);
      expect(await find('raschung')).toEqual([one]);
      expect(await find('ubërr CAF')).toEqual([one]);
      expect(await find('"im cafe"')).toEqual([one]);
      expect(await find('"cafe im"')).toEqual([]);
      expect(await find('full')).toEqual([three]);
      expect(await find('prise')).toEqual([two]);
    });

    test('[K1] nothing in a query is more than characters, and none of them ends in an error', async () => {
      const ann = world.alone();
      const odd = `100%_off\\ 'quoted' a&b|c!(d):*e <-> f; DROP TABLE entry; -- $1 {"json":[]} <b>`;
      const { group, sent } = await said(ann, [], ['100 percent off', odd]);
      const find = (query: string) => seqs(ann, { query, conversation: group.id });
      const parts = [
        '100%',
        '%_o',
        'off\\',
        "'quoted'",
        'a&b|c',
        '!(d',
        '):*e',
        '<->',
        'TABLE entry',
        '$1',
        '[]}',
        '<b>',
        'f;',
      ];
      for (const part of parts) expect(await find(part), part).toEqual([sent[1]]);
      expect(await find('100')).toEqual([sent[1], sent[0]]);
      for (const none of [
        '%',
        '__',
        '"',
        '" "',
        ' ',
        '\u200b',
        '%%%',
        'a:* & b',
        '🙈'.repeat(50),
        'x'.repeat(LIMITS.name),
      ]) {
        expect(await find(none), none).toEqual([]);
      }
      const client = await world.connect(ann);
      expect(
        await client.command('messages.search', { query: 'half \ud83d of one' }).catch((error) => error.frame.code),
      ).toBe('bad_request');
      await expect(client.command('messages.search', { query: 'x'.repeat(LIMITS.name + 1) })).rejects.toMatchObject(
        refusal('too_large'),
      );
    });

    test('[K2] one to three characters of Chinese, Japanese and Korean are found anywhere, of others where words begin', async () => {
      const [ann, ben] = world.pair();
      const { group, sent } = await said(
        ann,
        [ben],
        ['明日の会議は十時です', '会议记录', '내일 회의가 있어요', 'go mango'],
      );
      const [japanese, chinese, korean, other] = sent;
      const find = (query: string) => seqs(ben, { query, conversation: group.id });
      expect(await find('会')).toEqual([chinese, japanese]);
      expect(await find('会議')).toEqual([japanese]);
      expect(await find('十時で')).toEqual([japanese]);
      expect(await find('议记录')).toEqual([chinese]);
      expect(await find('회의')).toEqual([korean]);
      expect(await find('의')).toEqual([korean]);
      expect([await find('g'), await find('go'), await find('an')]).toEqual([[other], [other], []]);
    });

    test('[K3] [B2] a stranger finds nothing, a member everything, and who was removed what was there by then', async () => {
      const [ann, ben, cid] = [world.alone(), world.alone(), world.alone()];
      const { group, sent } = await said(ann, [ben], ['persimmon before', 'persimmon edited later', 'persimmon to go']);
      const [before, changed] = sent;
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      const { seq: after } = await world.send(ann, group.id, 'persimmon after');
      await edit(ann, group, { seq: changed ?? 0, text: 'persimmon edited behind their back' });
      await expect.poll(() => seqs(ann, { query: 'persimmon after' }), SOON).toEqual([after]);
      await expect.poll(() => seqs(ann, { query: 'persimmon behind' }), SOON).toEqual([changed]);
      expect(await search(cid, { query: 'persimmon' })).toEqual({ items: [], next: null, users: {} });
      const named = { query: 'persimmon', conversation: group.id };
      for (const person of [cid, world.alone()]) {
        expect(await world.ask(person, route(named))).toMatchObject({ status: 404, body: { code: 'not_found' } });
      }
      expect(await search(ben, { query: 'persimmon' })).toMatchObject({ items: [], next: null });
      expect(await seqs(ben, named)).toEqual([sent[2], before]);
      expect(await seqs(ben, { ...named, query: 'behind' })).toEqual([]);
      // Back again, everything is theirs to find.
      await world.do(ann, `PUT /v1/conversations/${group.id}/members/${ben.id}`);
      expect(await seqs(ben, { query: 'persimmon' })).toEqual([after, sent[2], changed, before]);
    });

    test('[K3] [D5] an item is the message as a reading gives it, with the people whom it names', async () => {
      const [ann, ben] = world.pair();
      const { group, sent } = await said(ann, [ben], ['medlar first']);
      const [seq = 0] = sent;
      await edit(ann, group, { seq, text: 'medlar second' });
      await expect.poll(() => seqs(ben, { query: 'medlar second', conversation: group.id }), SOON).toEqual([seq]);
      const { items } = await world.do<{ items: { seq: number }[] }>(ben, `GET /v1/conversations/${group.id}/messages`);
      const found = await search(ben, { query: 'medlar', conversation: group.id });
      expect(found.items.map(({ message }) => message)).toEqual(items.filter((item) => item.seq === seq));
      expect(Object.keys(found.users)).toEqual([ann.id]);
      const socket = await world.connect(ben);
      expect(await socket.command('messages.search', { query: 'medlar', conversation: group.id })).toEqual(found);
    });

    test('[K4] [D3] what was deleted, and what was edited away, is in no answer from then on', async () => {
      const [ann, ben] = world.pair();
      const { group, sent } = await said(ann, [ben], ['quandong one', 'quandong two', 'quandong three']);
      const [one = 0, two = 0, three = 0] = sent;
      const find = (query: string) => search(ben, { query, conversation: group.id });
      expect((await find('quandong')).items).toHaveLength(3);
      await remove(ann, group, two);
      const left = await find('quandong');
      expect(left.items.map(({ message }) => message.seq)).toEqual([three, one]);
      expect(JSON.stringify([left, await find('two')])).not.toContain('two');
      await edit(ann, group, { seq: one, text: 'something else' });
      expect((await find('quandong')).items.map(({ message }) => message.seq)).toEqual([three]);
      await expect
        .poll(async () => (await find('something')).items.map(({ message }) => message.seq), SOON)
        .toEqual([one]);
    });

    test('[K4] two people who write, edit and delete at once find each the same in the end', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const work = async (person: Person, name: string) => {
        const sent: number[] = [];
        for (let count = 0; count < 6; count += 1)
          sent.push((await world.send(person, group.id, `salak ${name} ${count}`)).seq);
        const [first = 0, second = 0, ...rest] = sent;
        await Promise.all([
          edit(person, group, { seq: first, text: `salak ${name} anew` }),
          remove(person, group, second),
        ]);
        return [first, ...rest];
      };
      const left = (await Promise.all([work(ann, 'one'), work(ben, 'other')])).flat().sort((a, b) => b - a);
      const find = (person: Person) => async () =>
        [...(await seqs(person, { query: 'salak', conversation: group.id }))].sort((a, b) => b - a);
      await expect.poll(find(ann), SOON).toEqual(left);
      expect(await find(ben)()).toEqual(left);
      await expect.poll(() => seqs(ann, { query: 'salak anew', conversation: group.id }), SOON).toHaveLength(2);
    });

    test('[K5] the author, the time, a link and the conversation narrow what is found, each and together', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const group = await world.group(ann, [ben]);
      const other = await world.group(ben, [ann]);
      const first = await world.send(ann, group.id, 'rambutan');
      const second = await world.send(ben, group.id, 'rambutan at https://example.org/x');
      const third = await world.send(ann, other.id, 'rambutan http://example.org');
      const places = async (query: Query) =>
        (await search(ann, { query: 'rambutan', ...query })).items.map(({ message }) => [
          message.conversation,
          message.seq,
        ]);
      const at = ({ conversation, seq }: Written) => [conversation, seq];
      await expect.poll(() => places({}), SOON).toHaveLength(3);
      expect(new Set(await places({}))).toEqual(new Set([third, second, first].map(at)));
      expect(await places({ conversation: group.id, from: ann.id })).toEqual([at(first)]);
      expect(await places({ has: 'link', conversation: group.id })).toEqual([at(second)]);
      expect(new Set(await places({ has: 'link' }))).toEqual(new Set([at(third), at(second)]));
      expect(await places({ conversation: group.id, after: second.at + 1 })).toEqual([]);
      expect(await places({ conversation: group.id, after: second.at, from: ben.id })).toEqual([at(second)]);
      expect(await places({ conversation: group.id, before: first.at })).toEqual([]);
      expect(await places({ conversation: group.id, before: second.at + 1 })).toEqual([at(second), at(first)]);
      expect(await places({ from: randomUUID() })).toEqual([]);
      for (const wrong of [{ has: 'wings' }, { is: 'lost' }]) {
        expect(await world.ask(ann, route({ query: 'x', ...wrong }))).toMatchObject({ status: 400 });
      }
    });

    test('[K5] [T1] what answers a message is found where it stands, and by that it does', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq: thread } = await world.send(ann, group.id, 'durian');
      const answer = await world.send(ben, group.id, { text: 'durian at https://example.org', thread });
      const find = async (query: Query) => (await search(ann, { query: 'durian', ...query })).items;
      await expect.poll(() => find({}), SOON).toHaveLength(2);
      for (const query of [{ is: 'thread' }, { is: 'thread', has: 'link' }]) {
        const [found, ...others] = await find(query);
        expect(others).toEqual([]);
        expect(found?.message).toMatchObject({ seq: answer.seq, body: { thread } });
      }
      expect(await find({ is: 'thread', from: ann.id })).toEqual([]);
    });

    test('[K6] the newest or the best come first, and pages bring everything once, whatever is sent meanwhile', async () => {
      const [ann, ben] = world.pair();
      const texts = [
        'a soursop cake',
        'soursops',
        'unsoursopped',
        'soursop',
        'soursop soursop',
        'the soursop',
        'soursopping',
      ];
      const { group, sent } = await said(ann, [ben], texts);
      const walk = async (order: string, isDisturbed: boolean) => {
        const pages: number[] = [];
        for (let cursor: string | null = ''; cursor !== null; ) {
          const query: Query = { query: 'soursop', conversation: group.id, order, limit: 2 };
          const page: Page = await search(ben, cursor === '' ? query : { ...query, cursor });
          expect(page.items.length).toBeLessThanOrEqual(2);
          pages.push(...page.items.map(({ message }) => message.seq));
          if (isDisturbed) await world.send(ann, group.id, 'soursop of late');
          cursor = page.next;
        }
        return pages;
      };
      const by = (...order: number[]) => order.map((index) => sent[index]);
      expect(await walk('newest', false)).toEqual(by(6, 5, 4, 3, 2, 1, 0));
      expect(await walk('best', false)).toEqual(by(5, 4, 3, 0, 6, 1, 2));
      for (const order of ['best', 'newest']) {
        const walked = await walk(order, true);
        expect(new Set(walked).size).toBe(walked.length);
        expect(walked).toEqual(expect.arrayContaining(by(1, 2)));
      }
      for (const cursor of ['x', '0', 'n.zzzzzzzz', '\u0000', "' OR 1=1"]) {
        const answer = await world.ask(ben, route({ query: 'soursop', conversation: group.id, cursor }));
        expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      }
      expect(await world.ask(ben, route({ query: 'x', limit: LIMITS.summaryPage + 1 }))).toMatchObject({ status: 400 });
    });

    test('[K7] a snippet is the text around the hits in pieces, as it was written, without markup', async () => {
      const [ann, ben] = world.pair();
      const long = `${'before '.repeat(60)}the <b>TAMARILLO</b> & tamarillos ${'behind '.repeat(60)}`;
      const { group } = await said(ann, [ben], ['Ünïcode tamarillö <script>', long]);
      const { items } = await search(ben, { query: 'tamarillo', conversation: group.id });
      const [second, first] = items;
      if (!first || !second) throw new Error('two were found');
      expect(first.snippet).toEqual([
        { text: 'Ünïcode ', hit: false },
        { text: 'tamarillö', hit: true },
        { text: ' <script>', hit: false },
      ]);
      expect(marked(second)).toEqual(['TAMARILLO', 'tamarillo']);
      const shown = second.snippet.map(({ text }) => text).join('');
      expect(shown.length).toBeLessThan(200);
      expect([shown.at(0), shown.at(-1)]).toEqual(['…', '…']);
      expect(long).toContain(shown.slice(1, -1));
      const [both] = (await search(ben, { query: 'unic "<s"', conversation: group.id })).items;
      expect(both && marked(both)).toEqual(['Ünïc', '<s']);
    });
  });
}
