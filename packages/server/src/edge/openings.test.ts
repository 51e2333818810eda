import { expect, test } from 'vitest';
import { Openings } from './openings.js';

function scene(width: number) {
  const turns: (() => void)[] = [];
  const openings = new Openings({ width, defer: (task) => void turns.push(task) });
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const open = (number: number) =>
    openings.run(() => {
      begun.push(number);
      return new Promise((resolve) => {
        ends[number] = resolve;
      });
    });
  /** That one has opened; and the event loop goes round. */
  const end = async (number: number) => {
    ends[number]?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const turn of turns.splice(0)) turn();
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { openings, begun, open, end };
}

test('so many open at once, and the others in the order in which they came', async () => {
  const { openings, begun, open, end } = scene(2);
  const all = [0, 1, 2, 3, 4].map(open);
  expect([begun, openings.waiting]).toEqual([[0, 1], 3]);
  await end(1);
  expect([begun, openings.waiting]).toEqual([[0, 1, 2], 2]);
  await end(0);
  await end(3);
  expect([begun, openings.waiting]).toEqual([[0, 1, 2, 3, 4], 0]);
  await end(2);
  await end(4);
  await Promise.all(all);
  for (const number of [5, 6, 7]) void open(number);
  expect(begun.slice(5)).toEqual([5, 6]);
});

test('who waits begins in a later turn than the one in which room was made', async () => {
  const turns: (() => void)[] = [];
  const openings = new Openings({ width: 1, defer: (task) => void turns.push(task) });
  let hasBegun = false;
  await openings.run(async () => {
    void openings.run(async () => {
      hasBegun = true;
    });
  });
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect([hasBegun, turns.length]).toEqual([false, 1]);
  turns.pop()?.();
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(hasBegun).toBe(true);
});
