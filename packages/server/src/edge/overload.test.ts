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
    // 4,001 under way that took 1.6 s each are 425 that take 170 ms.
    expect(room(overload)).toBe(0);
    for (let answered = 0; answered < 700; answered += 1) overload.ended(1_600, 1_002);
    expect(room(overload)).toBe(126);
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

  it('calls sooner late what takes long while it refuses, and for a second after', () => {
    const overload = begin(new Overload(), 4_000);
    overload.ended(400, 1_000);
    expect(overload.refusal()).not.toBeNull();
    overload.ended(260, 1_500);
    // 4,000 under way that took 400 ms are 1,700 in 170 ms; 3,999 that took 260 would be 2,615, which is more.
    for (let answered = 0; answered < 3_000; answered += 1) overload.ended(100, 1_600);
    expect(room(overload)).toBe(1_700 + 375 - 998);
    overload.ended(260, 2_700);
    expect(overload.refusal()).toBeNull();
  });
});
