import { describe, expect, it } from 'vitest';
import type { Row } from './rows.js';
import { next } from './staged-rows.js';

const rows = (from: number, to: number): readonly Row[] =>
  Array.from({ length: to - from }, (_, index) => ({ kind: 'day', key: `${from + index}`, at: 0 }) as const);
const keys = ({ rows: all }: { readonly rows: readonly Row[] }) => all.map(({ key }) => Number(key));
const range = (from: number, to: number) => rows(from, to).map(({ key }) => Number(key));

describe('rows that change at both ends', () => {
  it('are shown at once where the end alone changes, or all of it', () => {
    expect(next(rows(5, 10), rows(5, 20))).toMatchObject({ isShifted: false });
    expect(keys(next(rows(5, 10), rows(5, 20)))).toEqual(range(5, 20));
    expect(next(rows(5, 10), rows(50, 60))).toMatchObject({ isShifted: false });
    expect(next([], rows(1, 3))).toMatchObject({ isShifted: false });
  });

  it('keep their place where the start alone changes', () => {
    expect(next(rows(5, 10), rows(0, 10))).toMatchObject({ isShifted: true });
    expect(keys(next(rows(0, 10), rows(5, 10)))).toEqual(range(5, 10));
    expect(next(rows(0, 10), rows(5, 10))).toMatchObject({ isShifted: true });
  });

  it('change at the start first, and then at the end', () => {
    const paged = next(rows(50, 350), rows(0, 300));
    expect(paged.isShifted).toBe(true);
    expect(keys(paged)).toEqual(range(0, 350));
    expect(next(paged.rows, rows(0, 300))).toMatchObject({ isShifted: false });
    const followed = next(rows(0, 300), rows(50, 350));
    expect(followed.isShifted).toBe(true);
    expect(keys(followed)).toEqual(range(50, 300));
    expect(next(followed.rows, rows(50, 350))).toMatchObject({ isShifted: false });
  });
});
