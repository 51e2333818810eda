// One direction of a connection: what is sent arrives in its order, each after its time on the way.
import type { Chances } from './chances.js';

export class Channel {
  readonly #chances: Chances;
  #onTheWay = 0;
  #lastDueMs = 0;

  constructor(chances: Chances) {
    this.#chances = chances;
  }

  /** Never arrives in the step in which it was sent. */
  send(arrive: () => void): void {
    const { clock } = this.#chances;
    const delayMs = this.#chances.ms('latency');
    if (delayMs === 0 && this.#onTheWay === 0) {
      queueMicrotask(arrive);
      return;
    }
    const nowMs = clock.monotonic();
    this.#lastDueMs = Math.max(nowMs + delayMs, this.#lastDueMs);
    this.#onTheWay += 1;
    clock.after(this.#lastDueMs - nowMs, () => {
      this.#onTheWay -= 1;
      arrive();
    });
  }
}
