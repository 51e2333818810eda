import type { ShownItem } from '@kith/sdk';
import { expect, it } from 'vitest';
import { seqAt } from './arrival.js';

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
