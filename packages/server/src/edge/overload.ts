// Keeps a server that is asked for more than it can do at what it can do: beyond as many messages as are answered in time, new
// ones are refused at once and come again later. Without it each waits for all before it, and is done too late for whoever
// asked. How many that are is found by how long answers take (what is under way is what is answered in a second, times how
// long an answer takes: Little's law), so that a burst that is dealt with in time is no overload, and while
// the database is away nothing is refused for that until the first have waited for their time in vain.
import { ChatError } from '@kith/protocol';

/** So many are always taken: fewer would not fill the batches that the database is given. */
const FEWEST = 256;
/** And no more than the log itself lets wait. */
const MOST = 20_000;
/**
 * An answer that took longer is late. Milliseconds; so long, too, one finding has time to show. With 150, 200 clients with
 * 16 messages each under way got half as much done, measured in one sitting: they were refused in turn.
 */
const LATE_MS = 400;
/** For each answer in time one more in so many may be under way. */
const ANSWERS_FOR_ONE_MORE = 2;
/** When to come again: spread, so that those who were refused together do not come together. Milliseconds. */
const RETRY = { soonest: 100, step: 50, steps: 8 };

export class Overload {
  #underWay = 0;
  #refused = 0;
  #most = MOST;
  #lastFoundMs = Number.NEGATIVE_INFINITY;

  begun(): void {
    this.#underWay += 1;
  }

  /** @param tookMs from the request to its answer @param nowMs by a clock that never goes back */
  ended(tookMs: number, nowMs: number): void {
    if (tookMs <= LATE_MS) this.#most = Math.min(MOST, this.#most + 1 / ANSWERS_FOR_ONE_MORE);
    else if (nowMs - this.#lastFoundMs > LATE_MS) {
      this.#lastFoundMs = nowMs;
      this.#most = Math.max(FEWEST, Math.min(this.#most, (this.#underWay * LATE_MS) / tookMs));
    }
    this.#underWay -= 1;
  }

  /** For one more; null where it may come. */
  refusal(): ChatError | null {
    if (this.#underWay < this.#most) return null;
    this.#refused += 1;
    const retryAfterMs = RETRY.soonest + (this.#refused % RETRY.steps) * RETRY.step;
    return new ChatError(
      'unavailable',
      'more is asked of the server than it can do in time; send the same a little later',
      { retryAfterMs },
    );
  }
}
