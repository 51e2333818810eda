import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { Flusher } from './flusher.js';

let nowMs = 0;

beforeEach(() => {
  nowMs = 0;
});

/** Adds `count` that each take `tookMs`. @returns the numbers of those that were flushed, as they are */
function fill(flusher: Flusher, count: number, tookMs: number): readonly number[] {
  const flushed: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const flush = () => {
      nowMs += tookMs;
      flushed.push(index);
    };
    flusher.add({ flush });
  }
  return flushed;
}

test('what was added in a turn is flushed once, at its end, in order', async () => {
  const flushed = fill(new Flusher(), 3, 0);
  expect(flushed).toEqual([]);
  await turn();
  expect(flushed).toEqual([0, 1, 2]);
  await delay(5);
  expect(flushed).toEqual([0, 1, 2]);
});

test('a round of thousands lets the event loop turn in between', async () => {
  const flusher = new Flusher(() => nowMs);
  const flushed = fill(flusher, 5_000, 0.01);
  const seen: number[] = [];
  while (flushed.length < 5_000) {
    await turn();
    seen.push(flushed.length);
  }
  // 2 ms are two hundred of these, and the clock is looked at after eight.
  const steps = seen.map((count, index) => count - (seen[index - 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThanOrEqual(208);
  expect(flushed).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
});

test('a slice takes as long as the event loop had for others since it was asked for, or since the slice before', async () => {
  const flusher = new Flusher(() => nowMs);
  const flushed = fill(flusher, 3_000, 0.01);
  nowMs += 10;
  await turn();
  // 10 ms are a thousand of these.
  expect(flushed.length).toBeGreaterThanOrEqual(1_000);
  expect(flushed.length).toBeLessThanOrEqual(1_008);
  nowMs += 5;
  await turn();
  expect(flushed.length).toBeGreaterThanOrEqual(1_500);
  expect(flushed.length).toBeLessThanOrEqual(1_516);
});

test('what is added during a round waits for the next one', async () => {
  const flusher = new Flusher(() => nowMs);
  const order: string[] = [];
  flusher.add({
    flush: () => {
      order.push('first');
      flusher.add({ flush: () => order.push('again') });
    },
  });
  flusher.add({ flush: () => order.push('second') });
  await turn();
  expect(order).toEqual(['first', 'second']);
  await turn();
  expect(order).toEqual(['first', 'second', 'again']);
});

test('after a long round there is a pause in which more can be joined, after a short one there is none', async () => {
  const flusher = new Flusher(() => nowMs);
  fill(flusher, 4, 1);
  while (nowMs < 4) await turn();
  const later = fill(flusher, 1, 0);
  for (let count = 0; count < 3; count += 1) await turn();
  expect(later).toEqual([]);
  nowMs += 4;
  while (later.length === 0) await delay(1);
  fill(flusher, 1, 0);
  const soon = fill(flusher, 1, 0);
  await turn();
  expect(soon).toEqual([0]);
});
