import { describe, expect, test } from 'vitest';
import { foldText, foldWithPlaces } from './fold.js';

describe('folding', () => {
  test.each([
    ['Crème BRÛLÉE', 'creme brulee'],
    ['Straße Ærø łódź İstanbul ısı', 'strasse aero lodz istanbul isi'],
    ['ΟΔΟΣ όδος', 'οδοσ οδοσ'],
    ['ﬁne ＡＢＣ ①', 'fine abc 1'],
    ['ﾃﾞｰﾀ が か', 'データ が か'],
    ['\u1112\u1161\u11ab', '한'],
    ['क\u093f हिन्दी', 'क\u093f हिन्दी'],
    ['שָׁלוֹם مُحَمَّد', 'שלום محمد'],
    ['soft\u00adly zero\u200bwidth \ufefftext ❤\ufe0f', 'softly zerowidth text ❤'],
    [' a \t\n\u3000 b\0c ', ' a b c '],
    ['\ud800 and \udc00', '\ufffd and \ufffd'],
    ['👩\u200d👧 😀', '👩👧 😀'],
  ])('%j becomes %j', (given, folded) => {
    expect(foldText(given)).toBe(folded);
  });

  test.each([
    'Plain text, as most is',
    'Crème ＡＢＣ  ﬁne',
    'ﾃﾞｰﾀ\u1112\u1161\u11ab',
    'e\u0301\u0302 \u0301 x',
    '\ud83d x 😀',
  ])('piece by piece %j is the same, and every unit knows where it comes from', (given) => {
    const { text, starts, ends } = foldWithPlaces(given);
    expect(text).toBe(foldText(given));
    expect([starts.length, ends.length]).toEqual([text.length, text.length]);
    for (let unit = 0; unit < text.length; unit += 1) {
      const piece = given.slice(starts[unit], ends[unit]);
      expect(foldText(piece)).toContain(text.charAt(unit));
    }
  });
});
