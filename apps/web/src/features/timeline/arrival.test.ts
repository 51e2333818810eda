import type { ShownItem } from '@kith/sdk';
import type { VirtualizerHandle } from 'virtua';
import { expect, it } from 'vitest';
import { dayAt, seqAt } from './arrival.js';
import type { Row } from './rows.js';

const items = [10, 20, 20, 40].map((at, index) => ({ seq: index + 3, at }) as ShownItem);

it.each([
  [0, 3],
  [20, 4],
  [21, 6],
  [41, 6],
])('goes at %i to the first message of then or later, else to the last: %i', (time, seq) => {
  expect(seqAt(items, time)).toBe(seq);
});

it('goes nowhere where nothing was said', () => {
  expect(seqAt([], 5)).toBeNull();
});

const NOON = new Date(2026, 10, 26, 12).getTime();
const MIDNIGHT = new Date(2026, 10, 26).getTime();
const ROW_PX = 30;
const rows = ['message', 'message', 'message', 'day', 'message'].map(
  (kind) => ({ kind, key: '', at: NOON, item: { at: NOON } }) as Row,
);
const list = { findItemIndex: (top: number) => Math.floor(top / ROW_PX) } as VirtualizerHandle;

it.each([
  ['is that of the first row in view', 0, MIDNIGHT],
  ['gives way to the next one before that is covered', 50, null],
  ['is not said twice, where the row says it', 95, null],
  ['is there again below it', 121, MIDNIGHT],
])('the day above %s', (_, top, day) => {
  expect(dayAt(rows, list, top)).toBe(day);
});

it('is no day where nothing is shown', () => {
  expect([dayAt([], list, 0), dayAt(rows, null, 0)]).toEqual([null, null]);
});
