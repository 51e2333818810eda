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
const LATE_MS = 300;
/** The same while the server refuses: those who ask for more than it can do wait behind what is let in above it. */
const LATE_REFUSING_MS = 200;
/** It refuses for so long after it refused somebody. Milliseconds. */
const REFUSING_MS = 1_000;
/** What is let in once answers are late is what is done in so long. Milliseconds. */
const AIM_MS = 100;
const SECOND_MS = 1_000;
/** For each answer in time one more in so many may be under way. */
const ANSWERS_FOR_ONE_MORE = 8;
/**
 * When to come again: spread, so that those who were refused together do not come together. Milliseconds. The errors are made
 * once: to note where in the code each was made took a fifth of the server's time when it refused as many as it served.
 */
const RETRY = { soonest: 100, step: 50, steps: 8 };
const REFUSALS = Array.from({ length: RETRY.steps }, (_, step) => refusalAfter(RETRY.soonest + step * RETRY.step));

export class Overload {
  #underWay = 0;
  #refused = 0;
  #most = MOST;
  #lastFoundMs = Number.NEGATIVE_INFINITY;
  #lastRefusedMs = Number.NEGATIVE_INFINITY;
  #answered = 0;
  #countedFromMs = Number.NEGATIVE_INFINITY;
  /** Answers, in the second before; one that took long because the disk or the collector paused says less than these. */
  #perSecond = 0;
  /** Of the last answer. */
  #nowMs = Number.NEGATIVE_INFINITY;

  begun(): void {
    this.#underWay += 1;
  }

  /** @param tookMs from the request to its answer @param nowMs by a clock that never goes back */
  ended(tookMs: number, nowMs: number): void {
    this.#nowMs = nowMs;
    const lateMs = nowMs - this.#lastRefusedMs < REFUSING_MS ? LATE_REFUSING_MS : LATE_MS;
    if (tookMs <= lateMs) this.#most = Math.min(MOST, this.#most + 1 / ANSWERS_FOR_ONE_MORE);
    else if (nowMs - this.#lastFoundMs > lateMs) {
      this.#lastFoundMs = nowMs;
      const done = (this.#perSecond * AIM_MS) / SECOND_MS;
      this.#most = Math.max(FEWEST, done, Math.min(this.#most, (this.#underWay * AIM_MS) / tookMs));
    }
    this.#count(nowMs);
    this.#underWay -= 1;
  }

  #count(nowMs: number): void {
    const passedMs = nowMs - this.#countedFromMs;
    if (passedMs >= SECOND_MS) {
      this.#perSecond = (this.#answered * SECOND_MS) / passedMs;
      this.#answered = 0;
      this.#countedFromMs = nowMs;
    }
    this.#answered += 1;
  }

  /** For one more; null where it may come. */
  refusal(): ChatError | null {
    if (this.#underWay < this.#most) return null;
    this.#refused += 1;
    this.#lastRefusedMs = this.#nowMs;
    return REFUSALS[this.#refused % RETRY.steps] ?? null;
  }
}

function refusalAfter(retryAfterMs: number): ChatError {
  const message = 'more is asked of the server than it can do in time; send the same a little later';
  return new ChatError('unavailable', message, { retryAfterMs });
}
