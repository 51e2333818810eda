import { describe, expect, it } from 'vitest';
import { rankedPlaces } from './ranked-places.js';
import { visitName } from './visits.js';

const NOW = 1_800_000_000_000;
const PLACES = ['Design', 'Engineering', 'Old design', 'redesign'].map((title) => ({ id: title.toLowerCase(), title }));
const visited = (visits: { readonly [id: string]: number }) =>
  new Map(Object.entries(visits).map(([id, weight]) => [visitName(id), [weight, NOW]]));

function ranked(plain: string, visits: { readonly [id: string]: number } = {}, open: string | null = null) {
  return rankedPlaces(PLACES, { plain, settings: visited(visits), open, now: NOW }).map(({ title }) => title);
}

describe('places that the switcher offers', () => {
  it('are in the order of the list where none was visited', () => {
    expect(ranked('')).toEqual(['Design', 'Engineering', 'Old design', 'redesign']);
  });

  it('are those that were visited most before others, and the open one last', () => {
    expect(ranked('', { engineering: 2, redesign: 5 })).toEqual(['redesign', 'Engineering', 'Design', 'Old design']);
    expect(ranked('', { engineering: 2, redesign: 5 }, 'redesign').at(-1)).toBe('redesign');
  });

  it('are those that have what was typed, at the beginning of a word first, whatever was visited', () => {
    expect(ranked('design', { redesign: 5, 'old design': 1 })).toEqual(['Old design', 'Design', 'redesign']);
  });
});
