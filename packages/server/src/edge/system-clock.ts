// The real clock and the real randomness, behind the core's ports. Timers of the core never keep the process alive.
import { randomBytes } from 'node:crypto';
import type { Cancel, Clock, Random } from '../core/clock.js';
import type { Telemetry } from '../core/telemetry.js';

/** @param telemetry told of tasks that throw: a timer has no one else to tell */
export function systemClock(telemetry: Telemetry): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    after(delayMs: number, task: () => void): Cancel {
      const timer = setTimeout(() => {
        try {
          task();
        } catch (error) {
          telemetry.error('a timed task failed', error);
        }
      }, delayMs);
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Random bytes are drawn from the system in blocks of this size, since each draw costs a call. */
const BLOCK_BYTES = 4_096;

export class SystemRandom implements Random {
  #block = new Uint8Array(0);
  #used = 0;

  bytes(size: number): Uint8Array {
    if (size > BLOCK_BYTES) return randomBytes(size);
    if (this.#used + size > this.#block.length) {
      this.#block = randomBytes(BLOCK_BYTES);
      this.#used = 0;
    }
    // A copy: a slice of a Buffer would be a view of what is wiped next.
    const bytes = Uint8Array.from(this.#block.subarray(this.#used, this.#used + size));
    this.#block.fill(0, this.#used, this.#used + size);
    this.#used += size;
    return bytes;
  }
}
