import { describe, expect, it } from 'vitest';
import { Overload } from './overload.js';

function begin(overload: Overload, count: number): Overload {
  for (let begun = 0; begun < count; begun += 1) overload.begun();
  return overload;
}

/** How many more it takes before it refuses. */
function room(overload: Overload): number {
  for (let taken = 0; ; taken += 1) {
    if (overload.refusal() !== null) return taken;
    overload.begun();
  }
}

describe('a server that is asked for too much', () => {
  it('refuses what is beyond what it answers in time, to be asked again', () => {
    const overload = begin(new Overload(), 4_001);
    overload.ended(1_600, 1_000);
    expect(overload.refusal()?.fields).toMatchObject({ code: 'unavailable', retry: 'same_key', retryAfterMs: 150 });
    // Not together with the one before.
    expect(overload.refusal()?.fields.retryAfterMs).toBe(200);
    for (let answered = 0; answered < 3_000; answered += 1) overload.ended(1_600, 1_001);
    // 4,001 under way that took 1.6 s each are 188 that take 75 ms; the fewest are 256.
    expect(room(overload)).toBe(0);
    for (let answered = 0; answered < 800; answered += 1) overload.ended(1_600, 1_002);
    expect(room(overload)).toBe(256 - 200);
  });

  it('takes as many as the log does while answers are in time, and while there are none', () => {
    const overload = begin(new Overload(), 10_000);
    for (let answered = 0; answered < 5_000; answered += 1) overload.ended(300, 1_000);
    expect(room(overload)).toBe(15_000);
  });

  it('takes some hundred however late answers are', () => {
    const overload = begin(new Overload(), 100);
    overload.ended(4_000, 1_000);
    expect(room(overload)).toBe(157);
  });

  it('takes one more for every 16 answers in time', () => {
    const overload = begin(new Overload(), 1_000);
    overload.ended(15_000, 1_000);
    for (let answered = 0; answered < 999; answered += 1) overload.ended(20, 1_001);
    expect(room(overload)).toBe(256 + 63);
  });

  it('takes what it did in a part of the second before, however long one answer took', () => {
    const overload = begin(new Overload(), 20_000);
    for (let answered = 0; answered <= 10_000; answered += 1) overload.ended(40, 1_000 + answered / 10);
    overload.ended(9_000, 2_001);
    for (let answered = 0; answered < 9_500; answered += 1) overload.ended(9_000, 2_002);
    // 10,000 a second are 750 in 75 ms, of which 498 are under way.
    expect(room(overload)).toBe(750 - 498);
  });

  it.each([
    ['while half of what it answers is refused', 400, 189],
    ['not where less is', 100, 189 + 150],
  ])('calls sooner late what takes long, %s', (_, refused, taken) => {
    const overload = begin(new Overload(), 3_000);
    overload.ended(3_000, 1_000);
    for (let count = 0; count < refused; count += 1) expect(overload.refusal()).not.toBeNull();
    for (let answered = 0; answered < 500; answered += 1) overload.ended(200, 1_001);
    for (let answered = 0; answered < 2_400; answered += 1) overload.ended(200, 2_100);
    // 99 are under way: of those in time each 16th would let in one more.
    expect(room(overload)).toBe(taken);
  });

  it('lets as many wait as it did in a quarter of its best second, once messages have waited for each other', () => {
    const overload = begin(new Overload(), 12_001);
    const answer = (count: number, [tookMs, fromMs]: readonly [number, number]) => {
      for (let answered = 0; answered < count; answered += 1) {
        overload.ended(tookMs, fromMs + (answered * 1_000) / count);
        overload.begun();
      }
    };
    answer(15_000, [60, 1_000]);
    answer(5_000, [60, 2_000]);
    // A quarter of 15,000, though the second after was not as good.
    expect(overload.refusal()).not.toBeNull();
    for (let answered = 0; answered < 10_001; answered += 1) overload.ended(60, 3_000);
    expect(room(overload)).toBe(1_747);
  });

  it('lets two thousand wait whatever it did: the disk may have paused', () => {
    const overload = begin(new Overload(), 1_000);
    for (let second = 1; second <= 3; second += 1) overload.ended(290, second * 1_000);
    expect(room(overload)).toBe(2_000 - 997);
  });

  it('takes what it did while nothing waited for no measure of what it can do', () => {
    const overload = begin(new Overload(), 3_000);
    for (let second = 1; second <= 3; second += 1) overload.ended(5, second * 1_000);
    expect(room(overload)).toBe(20_000 - 2_997);
  });
});
