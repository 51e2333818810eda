// SRCH9 to SRCH13: what becomes of messages that are indexed again, changed and removed, in any order and on several nodes.
import type { Removal, SearchDocument } from '@kith/server/core/search/search-index';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../seeded-random.js';
import { numbersTo } from './log-world.js';
import { documentOf, documentsOf, type SearchWorld } from './search-world.js';

export function keepingRules(world: SearchWorld): void {
  test('[SRCH9] of two of the same message the higher version stays, in whatever order they come', async () => {
    const place = await world.conversation();
    const versions = [documentOf(place, 2, 'apple'), { ...documentOf(place, 2, 'banana'), version: 5 }];
    await world.index.index(versions);
    expect([await world.find(place, 'apple'), await world.find(place, 'banana')]).toEqual([[], [2]]);
    const other = await world.conversation();
    for (const one of [...versions].reverse()) await world.index.index([{ ...one, conversation: other }]);
    expect([await world.find(other, 'apple'), await world.find(other, 'banana')]).toEqual([[], [2]]);
    await world.index.index([{ ...documentOf(other, 2, 'cherry'), epoch: 2, version: 2 }]);
    await world.index.index([{ ...documentOf(other, 2, 'damson'), epoch: 1, version: 9 }]);
    expect(await world.hits(other, 'cherry')).toMatchObject([{ epoch: 2, seq: 2 }]);
    expect(await world.find(other, 'damson')).toEqual([]);
  });

  test('[SRCH9] the same again changes nothing', async () => {
    const place = await world.conversation();
    const documents = documentsOf(place, ['once', 'twice']);
    for (const index of [world.index, world.other, world.index]) await index.index([...documents, ...documents]);
    expect(await world.find(place, 'once')).toEqual([1]);
  });

  test('[SRCH10] what was removed is not found, nor what comes of it late; in another epoch it is there again', async () => {
    const place = await world.conversation();
    const removal: Removal = { conversation: place, epoch: 1, seq: 2 };
    await world.index.index(documentsOf(place, ['grape', 'grape']));
    await world.index.remove([removal, removal]);
    await world.index.index([{ ...documentOf(place, 2, 'grape'), version: 9 }]);
    expect(await world.find(place, 'grape')).toEqual([1]);
    // Also where the index never had it.
    await world.index.remove([{ ...removal, seq: 3 }]);
    await world.index.index([documentOf(place, 3, 'grape')]);
    expect(await world.find(place, 'grape')).toEqual([1]);
    await world.index.index([{ ...documentOf(place, 2, 'grape'), epoch: 2 }]);
    await world.index.remove([removal]);
    expect(await world.find(place, 'grape')).toEqual([2, 1]);
  });

  test('[SRCH11] what is known from before an epoch is forgotten, in that conversation alone', async () => {
    const [place, other] = [await world.conversation(), await world.conversation()];
    const many = numbersTo(1_000).map((seq) => documentOf(place, seq, 'lemon'));
    await world.index.index(many);
    await world.index.index([documentOf(place, 1_001, 'lemon'), { ...documentOf(place, 1_002, 'lemon'), epoch: 3 }]);
    await world.index.index([documentOf(other, 1, 'lemon')]);
    await world.index.remove([{ conversation: place, before: 3 }]);
    expect(await world.find(place, 'lemon')).toEqual([1_002]);
    expect(await world.find(other, 'lemon')).toEqual([1]);
  });

  test('[SRCH12] two nodes take in and remove the same at once, and it ends as if one had', {
    timeout: 60_000,
  }, async () => {
    const random = new SeededRandom(125);
    const place = await world.conversation();
    const shuffled = <T>(items: readonly T[]): readonly T[] =>
      items
        .map((item) => ({ item, at: random.below(1_000_000) }))
        .sort((a, b) => a.at - b.at)
        .map(({ item }) => item);
    const documents: SearchDocument[] = numbersTo(40).flatMap((seq) => [
      documentOf(place, seq, 'melon first'),
      { ...documentOf(place, seq, 'melon second'), version: 100 + seq },
    ]);
    const removed = numbersTo(40).filter((seq) => seq % 3 === 0);
    const work = async (index: typeof world.index) => {
      const steps = shuffled([...documents, ...removed]);
      for (let start = 0; start < steps.length; start += 10) {
        const step = steps.slice(start, start + 10);
        await index.remove(
          step.flatMap((one) => (typeof one === 'number' ? { conversation: place, epoch: 1, seq: one } : [])),
        );
        await index.index(step.filter((one): one is SearchDocument => typeof one !== 'number'));
      }
    };
    await Promise.all([work(world.index), work(world.other), work(world.index), work(world.other)]);
    const left = numbersTo(40).filter((seq) => seq % 3 !== 0);
    expect([...(await world.find(place, 'melon'))].sort((a, b) => a - b)).toEqual(left);
    expect(await world.find(place, 'first')).toEqual([]);
  });

  describe('any text', () => {
    test.each([
      ['empty', '', 'x'],
      ['white space', ' \n\t\u3000 ', 'x'],
      ['a NUL and halves of characters', 'be\0fore \ud800 after \udc00', 'after'],
      ['of the greatest length', `${'lorem ipsum '.repeat(1_332)}pomelo`, 'pomelo'],
      [
        'of the greatest length, in many characters',
        String.fromCodePoint(...numbersTo(15_990).map((n) => 0x4e00 + n)),
        '一'.normalize(),
      ],
    ])('[SRCH13] %s is taken in, and found by what is in it', async (_name, text, query) => {
      const place = await world.conversation();
      await world.index.index([documentOf(place, 1, text), documentOf(place, 2, `${text} quince`)]);
      expect(await world.find(place, 'quince')).toEqual([2]);
      const expected = text.includes(query) ? [2, 1] : [];
      expect(await world.find(place, query)).toEqual(expected);
    });
  });

  test('[SRCH13] nothing at all may be taken in, and removed', async () => {
    await world.index.index([]);
    await world.index.remove([]);
  });

  test('[SRCH14] what one node took in and removed is so on another', async () => {
    const place = await world.conversation();
    await world.index.index(documentsOf(place, ['olive', 'olive']));
    const query = { terms: ['olive'], conversations: [place], order: 'newest', limit: 9 } as const;
    expect((await world.other.query(query)).map(({ seq }) => seq)).toEqual([2, 1]);
    await world.other.remove([{ conversation: place, epoch: 1, seq: 2 }]);
    expect(await world.find(place, 'olive')).toEqual([1]);
  });
}
