import { describe, expect, it } from 'vitest';
import { searchTokens, tokensOfTerms } from './tokens.js';

describe('what a term is looked up by', () => {
  it('is no more groups than it takes for every character to be in one', () => {
    const asked = (term: string) => tokensOfTerms([term]).length;
    expect(['abc', 'abcd', 'abcde', 'abcdef', 'abcdefg', 'abcdefghi'].map(asked)).toEqual([1, 2, 2, 2, 3, 3]);
    expect(tokensOfTerms(['abcdef'])).toEqual(tokensOfTerms(['abc', 'def']));
    expect(tokensOfTerms(['abcdefg'])).toEqual(tokensOfTerms(['abc', 'def', 'efg']));
  });

  it('[SRCH1] is borne by every text in which the term stands, over spaces too', () => {
    const text = 'the quick brown fox 我们今天去吃饭 a b c jumps';
    const borne = searchTokens(text);
    for (let from = 0; from < text.length; from += 1) {
      for (let to = from + 3; to <= text.length; to += 1) {
        const term = text.slice(from, to).trim();
        const missing = term.length < 3 ? [] : tokensOfTerms([term]).filter((token) => !borne.has(token));
        expect(missing, term).toEqual([]);
      }
    }
  });
});
