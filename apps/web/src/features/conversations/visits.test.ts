import { describe, expect, it } from 'vitest';
import { oneMore, visitName, weightOf } from './visits.js';

const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;
const NOW = 1_800_000_000_000;
const settings = (value: unknown) => new Map([[visitName('c'), value]]);

describe('visits of a conversation', () => {
  it('count half after a week, and nothing where there was none', () => {
    expect(weightOf(new Map(), 'c', NOW)).toBe(0);
    expect(weightOf(settings([4, NOW]), 'c', NOW)).toBe(4);
    expect(weightOf(settings([4, NOW - WEEK]), 'c', NOW)).toBe(2);
  });

  it('put one who came often before one who came last, until that is long ago', () => {
    const often = (ago: number) => weightOf(settings([5, NOW - ago]), 'c', NOW);
    const last = weightOf(settings([1, NOW]), 'c', NOW);
    expect([often(WEEK) > last, often(4 * WEEK) > last]).toEqual([true, false]);
  });

  it('are one within an hour, and add up to what is left of those before', () => {
    expect(oneMore(new Map(), 'c', NOW)).toEqual([1, NOW]);
    expect(oneMore(settings([3, NOW - HOUR + 1]), 'c', NOW)).toBe(null);
    expect(oneMore(settings([3, NOW - WEEK]), 'c', NOW)).toEqual([2.5, NOW]);
  });

  it('are none where something else is kept under their name', () => {
    for (const value of ['many', 7, [-1, NOW], [1], ['1', NOW], null]) {
      expect(weightOf(settings(value), 'c', NOW)).toBe(0);
    }
  });

  it('of a device whose clock is ahead count as those of now', () => {
    expect(weightOf(settings([2, NOW + WEEK]), 'c', NOW)).toBe(2);
  });
});
