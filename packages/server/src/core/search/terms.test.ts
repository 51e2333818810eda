import { describe, expect, test } from 'vitest';
import { foldText } from './fold.js';
import { snippetOf } from './snippet.js';
import { matches, parseTerms, placesOf, scoreOf } from './terms.js';
import { searchTokens, tokenOfFact, tokensOfTerms } from './tokens.js';

describe('the terms of a query', () => {
  test.each([
    ['green  Tea', ['green', 'tea']],
    ['"green tea" leaves', ['green tea', 'leaves']],
    ['tea tea TEA', ['tea']],
    ['an "open phrase', ['an', 'open', 'phrase']],
    ['＂full width＂', ['full width']],
    ['""  " " "', []],
    [' \u200b ', []],
  ])('%j are %j', (query, terms) => {
    expect(parseTerms(query)).toEqual(terms);
  });

  test('short ones stand where words begin, in scripts with spaces', () => {
    expect([...placesOf('go, mango go-go', 'go')]).toEqual([0, 10, 13]);
    expect([...placesOf('mango', 'ang')]).toEqual([1]);
    expect([...placesOf('日本日', '日')]).toEqual([0, 2]);
    expect([...placesOf('𝒜x x', 'x')]).toEqual([4]);
  });

  test('whole words score above beginnings, those above the rest, and terms in a row above all', () => {
    const score = (text: string, query: string) => scoreOf(foldText(text), parseTerms(query));
    expect(['a tea', 'teas', 'steam'].map((text) => score(text, 'tea'))).toEqual([3, 2, 1]);
    expect(['green tea', 'tea, green'].map((text) => score(text, 'green tea'))).toEqual([9, 6]);
  });
});

describe('tokens', () => {
  test.each(['a', 'ab', 'abc', 'a b', '"b c d"', '日', '日本', '日本語', 'x日', '日x', '🎉', ':)', 'a'.repeat(100)])(
    'a text has those of every term that stands in it: %j',
    (query) => {
      const terms = parseTerms(query);
      const text = foldText(`xx ${terms.join(' yy ')} zz`);
      expect(matches(text, terms)).toBe(true);
      const tokens = searchTokens(text);
      const asked = tokensOfTerms(terms);
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.length).toBeLessThanOrEqual(24);
      expect(asked.filter((token) => !tokens.has(token))).toEqual([]);
    },
  );

  test('are of four bytes, and of facts others than of text', () => {
    for (const token of [...searchTokens('some text'), tokenOfFact('author', 'x')]) expect(token).toBe(token | 0);
    expect(tokenOfFact('author', 'x')).not.toBe(tokenOfFact('conversation', 'x'));
    expect(tokenOfFact('days8', 1)).not.toBe(tokenOfFact('days1', 8));
  });
});

describe('a snippet', () => {
  const marked = (text: string, query: string) =>
    snippetOf(text, parseTerms(query))
      .map((part) => (part.hit ? `[${part.text}]` : part.text))
      .join('');

  test.each([
    ['Crème brûlée', 'creme RULE', '[Crème] b[rûlé]e'],
    ['ﬁne', 'f ine', '[ﬁne]'],
    ['aaaa', 'aaa', '[aaa]a'],
    ['abcdef', 'abcd cde', '[abcde]f'],
    ['<b>&amp;', '<b>', '[<b>]&amp;'],
    ['한\u1112\u1161\u11ab국', '한국', '한[\u1112\u1161\u11ab국]'],
    ['nothing of it', 'elsewhere', 'nothing of it'],
  ])('of %j for %j is %j', (text, query, snippet) => {
    expect(marked(text, query)).toBe(snippet);
  });

  test('is short, begins between words and cuts no character', () => {
    const text = `${'👍'.repeat(200)} word here needle ${'👍'.repeat(200)}`;
    const shown = marked(text, 'needle');
    expect(shown).toMatch(/^…👍*.*\[needle\] 👍+…$/u);
    expect(shown.length).toBeLessThan(200);
    expect(shown.isWellFormed?.() ?? true).toBe(true);
    expect(marked(`${'one '.repeat(80)}needle`, 'needle')).toMatch(/^…(?:one )+\[needle\]$/);
  });
});
