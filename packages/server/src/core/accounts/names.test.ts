import { expect, it } from 'vitest';
import { searchKey, searchTerms, usernameKey } from './names.js';

it('usernames are told apart without regard to case', () => {
  expect(usernameKey('Ann.SMITH')).toBe('ann.smith');
});

it('a search folds case, accents and spaces', () => {
  expect(searchKey('  ÁNN\t\n  Šmíd ')).toBe('ann smid');
});

it('a term is never long enough to burst an index, however its characters unfold', () => {
  const name = 'ﷺ'.repeat(100);
  expect(Array.from(searchKey(name)).length).toBeLessThanOrEqual(100);
  for (const { text } of searchTerms('x', name)) expect(text.length).toBeLessThanOrEqual(200);
});

it('a person is found by username, name and the rest from every word on', () => {
  expect(searchTerms('mary_ann', 'Mary Ann Smith')).toEqual([
    { text: 'mary_ann', isWhole: true },
    { text: 'ann', isWhole: false },
    { text: 'mary ann smith', isWhole: true },
    { text: 'ann smith', isWhole: false },
    { text: 'smith', isWhole: false },
  ]);
});

it('a whole name is whole, also where it is a word of the other', () => {
  expect(searchTerms('mary_ann', 'Ann')).toContainEqual({ text: 'ann', isWhole: true });
  expect(searchTerms('ann', 'Ann')).toEqual([{ text: 'ann', isWhole: true }]);
});

it('a name of a hundred words makes sixteen terms at most', () => {
  expect(searchTerms('a.b.c.d.e.f.g.h.i.j.k', 'x '.repeat(50)).length).toBeLessThanOrEqual(16);
});
