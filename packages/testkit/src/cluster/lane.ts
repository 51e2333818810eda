// What travels in one direction: it arrives in the order in which it was sent, each piece a little later than it was sent, or,
// after a cut, not at all.
import type { FakeClock } from '../fake-clock.js';
import type { SeededRandom } from '../seeded-random.js';

export type LaneParts = {
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  /** Longest time that a piece is under way, in milliseconds. */
  readonly maxDelayMs: number;
};

export class Lane {
  readonly #parts: LaneParts;
  #freeAtMs = 0;
  isCut = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  carry(arrive: () => void): void {
    const { clock, random, maxDelayMs } = this.#parts;
    const atMs = Math.max(this.#freeAtMs, clock.monotonic() + random.below(maxDelayMs + 1));
    this.#freeAtMs = atMs;
    clock.after(atMs - clock.monotonic(), () => {
      if (!this.isCut) arrive();
    });
  }
}
