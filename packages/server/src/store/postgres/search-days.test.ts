import { describe, expect, test } from 'vitest';
import { dayTokens, spansBack } from './search-days.js';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 28, 20);
const spans = (from = 0, to = Number.MAX_SAFE_INTEGER) => [...spansBack({ nowMs: NOW_MS, from, to })];
const spanOf = (all: readonly number[][], atMs: number) => {
  const tokens = new Set(dayTokens(atMs));
  return all.flatMap((span, index) => (span.some((token) => tokens.has(token)) ? [index] : []));
};

describe('spans of days', () => {
  test('hold every time once, the newer the earlier', () => {
    const all = spans();
    const found = Array.from({ length: 4_000 }, (_, index) => NOW_MS + (300 - index * 5) * DAY_MS - index * 7_919)
      .filter((atMs) => atMs >= 0)
      .map((atMs) => spanOf(all, atMs));
    expect(found.every(({ length }) => length === 1)).toBe(true);
    expect(found.flat()).toEqual(found.flat().sort((a, b) => a - b));
    expect(spanOf(all, NOW_MS)).toEqual([0]);
    expect(spanOf(all, NOW_MS - DAY_MS)).toEqual([1]);
    expect(spanOf(all, 0)).toEqual([all.length - 1]);
  });

  test('are few, and of few tokens', () => {
    const all = spans();
    expect(all.length).toBeLessThan(10);
    expect(Math.max(...all.map(({ length }) => length))).toBeLessThan(70);
  });

  test('keep to their bounds', () => {
    const all = spans(NOW_MS - 100 * DAY_MS, NOW_MS - 10 * DAY_MS);
    expect(spanOf(all, NOW_MS - 10 * DAY_MS - 1)).toHaveLength(1);
    expect(spanOf(all, NOW_MS - 100 * DAY_MS)).toHaveLength(1);
    expect(spanOf(all, NOW_MS - 9 * DAY_MS)).toEqual([]);
    expect(spanOf(all, NOW_MS - 101 * DAY_MS)).toEqual([]);
    expect(spans(0, 0)).toEqual([]);
    expect(spans(NOW_MS, NOW_MS - DAY_MS)).toEqual([]);
    expect(spans(NOW_MS + 9_999 * DAY_MS)).toEqual([]);
  });
});
