// SRCH1 to SRCH7: what is found, within which bounds, and in what order.
import type { ConversationId, UserId } from '@kith/protocol';
import { foldText } from '@kith/server/core/search/fold';
import { BEST_OF, type SearchDocument, type SearchHit, type SearchQuery } from '@kith/server/core/search/search-index';
import { matches, parseTerms } from '@kith/server/core/search/terms';
import { expect, test } from 'vitest';
import { SeededRandom } from '../seeded-random.js';
import { codeOf, freshId, numbersTo } from './log-world.js';
import { documentOf, documentsOf, type SearchWorld } from './search-world.js';

const DAY_MS = 86_400_000;
/** Of every kind that is treated apart, and few of each, so that texts and queries meet. */
const CHARACTERS = [
  ...'aabbc12 _-%\\"\'&|!():*?',
  'é',
  'ß',
  'É',
  '日',
  '本',
  '語',
  'が',
  'ｶ',
  'ﾞ',
  'ー',
  '한',
  '국',
  'ไ',
  '🎉',
  '\u0301',
];

export function findingRules(world: SearchWorld): void {
  const filled = async (texts: readonly string[]) => {
    const conversation = await world.conversation();
    await world.index.index(documentsOf(conversation, texts));
    return conversation;
  };

  test('[SRCH1] a term is found within words, whatever its case, accents and compatibility forms', async () => {
    const place = await filled(['Überraschung im Café', 'ＣＡＦＥ ﬁne', 'cafeteria', 'nothing here']);
    expect(await world.find(place, 'RASCH')).toEqual([1]);
    expect(await world.find(place, 'cafe')).toEqual([3, 2, 1]);
    expect(await world.find(place, 'ĆÁFÉ')).toEqual([3, 2, 1]);
    expect(await world.find(place, 'fin')).toEqual([2]);
    expect(await world.find(place, 'eterı')).toEqual([3]);
    expect(await world.find(place, 'nothingness')).toEqual([]);
  });

  test('[SRCH1] one to three characters of Chinese, Japanese, Korean and Thai are found anywhere', async () => {
    const place = await filled([
      '今日は会議があります',
      '会社の会議室',
      '오늘 회의가 있습니다',
      'วันนี้มีประชุม',
      'ﾃﾞｰﾀ入力',
      '👍🏽 ok🎉',
    ]);
    const found = async (...queries: string[]) => Promise.all(queries.map((query) => world.find(place, query)));
    expect(await found('会', '会議', '会議室', 'が', 'か')).toEqual([[2, 1], [2, 1], [2], [1], []]);
    expect(await found('회', '회의', '회의가', '의가')).toEqual([[3], [3], [3], [3]]);
    expect(await found('ประ', 'ชุม', 'ม')).toEqual([[4], [4], [4]]);
    expect(await found('データ', 'ー', 'タ入')).toEqual([[5], [5], [5]]);
    expect(await found('🎉', '👍')).toEqual([[6], [6]]);
  });

  test('[SRCH1] one or two characters of other scripts are found where a word begins with them', async () => {
    const place = await filled(['go on', 'mango', 'let us go-kart', 'a :) b', 'x:)']);
    expect(await world.find(place, 'go')).toEqual([3, 1]);
    expect(await world.find(place, 'G')).toEqual([3, 1]);
    expect(await world.find(place, 'ka')).toEqual([3]);
    expect(await world.find(place, ':)')).toEqual([4]);
    expect(await world.find(place, 'ngo')).toEqual([2]);
  });

  test('[SRCH1] random texts are found by random terms exactly where the terms stand in them', async () => {
    const random = new SeededRandom(132);
    const text = (most: number) => {
      const length = 1 + random.below(most);
      return numbersTo(length)
        .map(() => CHARACTERS[random.below(CHARACTERS.length)])
        .join('');
    };
    const texts = numbersTo(120).map(() => text(24));
    const place = await filled(texts);
    let hits = 0;
    for (let round = 0; round < 250; round += 1) {
      const query = random.below(3) === 0 ? `${text(2)} ${text(2)}` : text(4);
      const terms = parseTerms(query);
      if (terms.length === 0) continue;
      const expected = texts.flatMap((one, index) => (matches(foldText(one), terms) ? [index + 1] : [])).reverse();
      expect(await world.find(place, query), JSON.stringify(query)).toEqual(expected);
      hits += expected.length;
    }
    expect(hits).toBeGreaterThan(500);
  });

  test('[SRCH2] a message has all terms of a query, and a phrase in a row', async () => {
    const place = await filled(['green tea', 'tea, green', 'green  TEA leaves', 'green']);
    expect(await world.find(place, 'tea green')).toEqual([3, 2, 1]);
    expect(await world.find(place, '"green tea"')).toEqual([3, 1]);
    expect(await world.find(place, '"n t"')).toEqual([3, 1]);
  });

  test('[SRCH3] only the conversations asked for are searched, of none of them nothing, of very many each', async () => {
    const [one, two] = [await filled(['needle one']), await filled(['needle two'])];
    const others = numbersTo(200).map(() => freshId<ConversationId>());
    const find = async (conversations: readonly ConversationId[]) =>
      new Set((await world.hits(one, 'needle', { conversations })).map(({ conversation }) => conversation));
    expect(await find([one])).toEqual(new Set([one]));
    expect(await find([one, two])).toEqual(new Set([one, two]));
    expect(await find([])).toEqual(new Set());
    expect(await find(others)).toEqual(new Set());
    expect(await find([...others, two])).toEqual(new Set([two]));
  });

  test('[SRCH4] with `upTo`, neither what was written above it is found nor what was edited above it', async () => {
    const place = await world.conversation();
    await world.index.index([
      documentOf(place, 2, 'pear'),
      { ...documentOf(place, 3, 'pear'), version: 6 },
      { ...documentOf(place, 4, 'pear'), version: 5 },
      documentOf(place, 7, 'pear'),
    ]);
    expect(await world.find(place, 'pear', { upTo: 5 })).toEqual([4, 2]);
    expect(await world.find(place, 'pear', { upTo: 6 })).toEqual([4, 3, 2]);
    expect(await world.find(place, 'pear', { upTo: Number.MAX_SAFE_INTEGER })).toEqual([7, 4, 3, 2]);
  });

  test('[SRCH5] author, flags and times narrow what is found, each and together', async () => {
    const place = await world.conversation();
    const [ann, ben] = [freshId<UserId>(), freshId<UserId>()];
    const begin = documentOf(place, 1, '').at;
    const at = (days: number) => begin + days * DAY_MS;
    const documents: readonly SearchDocument[] = [
      { ...documentOf(place, 1, 'plum'), author: ann, at: at(-700) },
      { ...documentOf(place, 2, 'plum'), author: ben, at: at(-40), flags: ['link'] },
      { ...documentOf(place, 3, 'plum'), author: ann, at: at(-2), flags: ['link', 'thread'] },
      { ...documentOf(place, 4, 'plum'), author: ann, at: at(0) },
    ];
    await world.index.index(documents);
    const find = (query: Partial<SearchQuery>) => world.find(place, 'plum', query);
    expect(await find({ author: ann })).toEqual([4, 3, 1]);
    expect(await find({ author: freshId<UserId>() })).toEqual([]);
    expect(await find({ flags: ['link'] })).toEqual([3, 2]);
    expect(await find({ flags: ['thread'] })).toEqual([3]);
    expect(await find({ flags: ['thread', 'link'] })).toEqual([3]);
    expect(await find({ from: at(-40) })).toEqual([4, 3, 2]);
    expect(await find({ from: at(-40) + 1 })).toEqual([4, 3]);
    expect(await find({ to: at(-2) })).toEqual([2, 1]);
    expect(await find({ to: at(-2) + 1 })).toEqual([3, 2, 1]);
    expect(await find({ from: at(-300), to: at(0), author: ann, flags: ['link'] })).toEqual([3]);
    expect(await find({ from: at(1) })).toEqual([]);
    expect(await find({ from: Number.MAX_SAFE_INTEGER })).toEqual([]);
    expect(await find({ to: 0 })).toEqual([]);
    expect(await find({ from: at(0), to: at(-1) })).toEqual([]);
  });

  /** Every page, of `limit` hits. */
  const pages = async (query: Omit<SearchQuery, 'limit' | 'after'>, limit: number) => {
    const all: SearchHit[] = [];
    for (let after: string | undefined; ; after = all.at(-1)?.place) {
      const page = await world.index.query({ ...query, limit, ...(after === undefined ? {} : { after }) });
      all.push(...page);
      if (page.length < limit) return all;
    }
  };

  test('[SRCH6] the newest come first, and pages go on after any place, bringing each once', async () => {
    const [one, two] = [await world.conversation(), await world.conversation()];
    const begin = documentOf(one, 1, '').at;
    // Many of the same millisecond, others years apart, in two conversations.
    const times = numbersTo(30).map(
      (seq) => begin - (seq % 4 === 0 ? 0 : seq % 4 === 1 ? seq * DAY_MS * 40 : seq * 1_000),
    );
    for (const place of [one, two]) {
      await world.index.index(times.map((at, index) => ({ ...documentOf(place, index + 1, 'fig'), at })));
    }
    const query = { terms: ['fig'], conversations: [one, two], order: 'newest' } as const;
    const whole = await world.index.query({ ...query, limit: 200 });
    const found = whole.map(({ seq }) => times[seq - 1] ?? 0);
    expect(found).toEqual([...times, ...times].sort((a, b) => b - a));
    expect(new Set(whole.map(({ conversation, seq }) => `${conversation} ${seq}`)).size).toBe(60);
    for (const limit of [1, 7, 60]) expect(await pages(query, limit)).toEqual(whole);
  });

  test('[SRCH6] what comes while pages are read is in none of those that follow', async () => {
    const place = await filled(numbersTo(6).map(() => 'kiwi'));
    const [first, last] = await world.hits(place, 'kiwi', { limit: 2 });
    expect([first?.seq, last?.seq]).toEqual([6, 5]);
    await world.index.index([documentOf(place, 7, 'kiwi')]);
    await world.index.remove([{ conversation: place, epoch: 1, seq: 5 }]);
    expect(await world.find(place, 'kiwi', { after: last?.place ?? '' })).toEqual([4, 3, 2, 1]);
  });

  test('[SRCH7] the best come first: whole words, beginnings, the rest, terms in a row before all', async () => {
    const place = await filled(['a teapot', 'some tea', 'steam', 'green and black tea', 'black tea', 'no', 'tea']);
    expect(await world.find(place, 'tea', { order: 'best' })).toEqual([7, 5, 4, 2, 1, 3]);
    expect(await world.find(place, 'black tea', { order: 'best' })).toEqual([5, 4]);
    const query = { terms: ['tea'], conversations: [place], order: 'best' } as const;
    const whole = await world.index.query({ ...query, limit: 200 });
    for (const limit of [1, 2, 4]) {
      expect((await pages(query, limit)).map(({ seq }) => seq)).toEqual(whole.map(({ seq }) => seq));
    }
    // A newer one that fits as well does not push the pages on.
    const [top] = await world.index.query({ ...query, limit: 1 });
    await world.index.index([documentOf(place, 8, 'tea')]);
    const rest = await world.index.query({ ...query, limit: 200, after: top?.place ?? '' });
    expect(rest.map(({ seq }) => seq)).toEqual([5, 4, 2, 1, 3]);
  });

  test(`[SRCH7] the best are those of the newest ${BEST_OF} that match`, async () => {
    const place = await world.conversation();
    await world.index.index([documentOf(place, 1, 'lime'), documentOf(place, 2, 'lime')]);
    const later = numbersTo(BEST_OF - 1).map((seq) => documentOf(place, seq + 2, 'limes'));
    await world.index.index(later);
    const found = await world.find(place, 'lime', { order: 'best' });
    expect(found.slice(0, 2)).toEqual([2, BEST_OF + 1]);
    const all = await pages({ terms: ['lime'], conversations: [place], order: 'best' }, 200);
    expect(all).toHaveLength(BEST_OF);
    expect(all.some(({ seq }) => seq === 1)).toBe(false);
  });

  test('[SRCH8] what is no place of the order is bad_request', async () => {
    const place = await filled(['date', 'date']);
    const [newest] = await world.hits(place, 'date');
    const [best] = await world.hits(place, 'date', { order: 'best' });
    const code = (order: SearchQuery['order'], after = '') => codeOf(world.hits(place, 'date', { order, after }));
    expect(await code('newest', newest?.place)).toBeNull();
    expect(await code('best', best?.place)).toBeNull();
    for (const after of [best?.place, '', 'n', '\0', "n.0' OR true --"])
      expect(await code('newest', after)).toBe('bad_request');
    expect(await code('best', newest?.place)).toBe('bad_request');
  });
}
