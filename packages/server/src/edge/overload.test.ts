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
    // 4,001 under way that took 1.6 s each are 250 that take 100 ms; the fewest are 256.
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

  it('takes one more for every eight answers in time', () => {
    const overload = begin(new Overload(), 1_000);
    overload.ended(15_000, 1_000);
    for (let answered = 0; answered < 999; answered += 1) overload.ended(20, 1_001);
    expect(room(overload)).toBe(256 + 125);
  });

  it('takes what it did in a part of the second before, however long one answer took', () => {
    const overload = begin(new Overload(), 20_000);
    for (let answered = 0; answered <= 10_000; answered += 1) overload.ended(100, 1_000 + answered / 10);
    overload.ended(9_000, 2_001);
    for (let answered = 0; answered < 9_000; answered += 1) overload.ended(9_000, 2_002);
    // 10,000 a second are 1,000 in 100 ms, of which 998 are under way.
    expect(room(overload)).toBe(1_000 - 998);
  });

  it('calls sooner late what takes long while it refuses, and for a second after', () => {
    const overload = begin(new Overload(), 4_000);
    overload.ended(400, 1_000);
    expect(overload.refusal()).not.toBeNull();
    overload.ended(210, 1_500);
    // 4,000 under way that took 400 ms are 1,000 in 100 ms; 3,999 that took 210 would be 1,904, which is more.
    for (let answered = 0; answered < 3_000; answered += 1) overload.ended(100, 1_600);
    expect(room(overload)).toBe(1_000 + 375 - 998);
    overload.ended(210, 2_700);
    expect(overload.refusal()).toBeNull();
  });
});
