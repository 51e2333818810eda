// What somebody sees of long work, and that short work is not shown at all.
import { expect, it } from 'vitest';
import { lineOf, Progress } from './progress.js';

function watch(isShown: boolean) {
  const written: string[] = [];
  const time = { ms: 0 };
  const progress = new Progress({ write: (text) => written.push(text), isShown, now: () => time.ms });
  return { written, time, progress };
}

it('shows nothing in the first second, then a bar that is written over, and takes it away', () => {
  const { written, time, progress } = watch(true);
  progress.begin('copying');
  for (time.ms = 0; time.ms < 2_000; time.ms += 50) progress.at(time.ms, 4_000);
  progress.end();
  expect(written).toHaveLength(6);
  expect(written[0]).toBe('\r\u001b[Kcopying [######..................] 25 %, 1000 of 4000 rows, 3 s left');
  expect(written.at(-1)).toBe('\r\u001b[K');
});

it('writes a line now and then where nobody looks, and none for what is short', () => {
  const { written, time, progress } = watch(false);
  progress.begin('copying');
  for (time.ms = 0; time.ms < 900; time.ms += 50) progress.at(time.ms, 1_000);
  expect(written).toEqual([]);
  for (; time.ms < 20_000; time.ms += 50) progress.at(time.ms, 100_000);
  progress.end();
  expect(written).toHaveLength(2);
  for (const line of written) expect(line).toMatch(/^copying \[#*\.*\] \d+ %, .* left\n$/);
});

it('estimates in seconds, minutes and hours', () => {
  expect(lineOf({ done: 0, total: 10, elapsedMs: 500 })).not.toContain('left');
  expect(lineOf({ done: 1, total: 2, elapsedMs: 89_000 })).toContain('89 s left');
  expect(lineOf({ done: 1, total: 2, elapsedMs: 600_000 })).toContain('10 min left');
  expect(lineOf({ done: 1, total: 2, elapsedMs: 7_500_000 })).toContain('2 h 5 min left');
  expect(lineOf({ done: 0, total: 0, elapsedMs: 1 })).toContain('100 %');
});
