import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { describe, expect, it } from 'vitest';
import { Pauses } from './pauses.js';

/** How long a first wait without a word of the server takes. */
function firstWaitMs(seed: number): number {
  const clock = new FakeClock();
  let endedMs = 0;
  const pauses = new Pauses(clock, new SeededRandom(seed), () => {
    endedMs = clock.monotonic();
  });
  pauses.begin('a', undefined);
  clock.advance(60_000);
  expect(pauses.has('a')).toBe(false);
  return endedMs;
}

describe('pauses', () => {
  it('differ from client to client, within half of what they are at most', () => {
    const waits = Array.from({ length: 50 }, (_, seed) => firstWaitMs(seed));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(250);
    expect(Math.max(...waits)).toBeLessThanOrEqual(500);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(150);
  });

  it('end after an hour, however long a server asks for', () => {
    const clock = new FakeClock();
    const pauses = new Pauses(clock, new SeededRandom(1), () => {});
    pauses.begin('a', 1e15);
    clock.advance(3_599_999);
    expect(pauses.has('a')).toBe(true);
    clock.advance(1);
    expect(pauses.has('a')).toBe(false);
  });
});
