// Keeps a server that is asked for more than it can do at what it can do: beyond as many messages as are answered in time, new
// ones are refused at once and come again later. Without it each waits for all before it, and is done too late for whoever
// asked. How many that are is found by how long answers take (what is under way is what is answered in a second, times how
// long an answer takes: Little's law), so that a burst that is dealt with in time is no overload. But late answers come when
// twice as many as are in time are under way, and while the database is away there are none until the first have waited for
// their time in vain; so once it is known what the server does while messages wait for each other, that says ahead how many
// it may let wait.
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
/**
 * The same after a second in which more than so much of what was answered was refused: those who ask for more than the server can
 * do, and don't wait for answers, wait behind what is let in above it; besides they wait for the event loop, before they are
 * read and before they are answered, for about as long again. Of the 200 clients above a third are refused where this
 * holds for them too, and an eighth less gets done.
 */
const LATE_PRESSED_MS = 150;
const PRESSED = 0.5;
/** What is let in once answers are late is what is done in so long. Milliseconds. */
const AIM_MS = 75;
/** In a second in which answers took so long on average, messages waited for each other: what was done is what can be. Milliseconds. */
const FULL_MS = 50;
/** What is done in so long by the best of such seconds may be under way; milliseconds. And so many in any case: the disk may have paused. */
const AHEAD_MS = 250;
const AT_ONCE = 2_000;
/** Of the best second so much is left a second later: half of it after eleven minutes, as machines differ from hour to hour. */
const PACE_LEFT = 0.999;
const SECOND_MS = 1_000;
/** For each answer in time one more in so many may be under way. */
const ANSWERS_FOR_ONE_MORE = 16;
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
  /** In the second before much was refused. */
  #isPressed = false;
  #refusedBefore = 0;
  #answered = 0;
  #countedFromMs = Number.NEGATIVE_INFINITY;
  /** Answers, in the second before; one that took long because the disk or the collector paused says less than these. */
  #perSecond = 0;
  /** The best of full seconds, fading; 0 where there was none. */
  #pace = 0;
  /** Of the answers that are counted. */
  #tookMs = 0;

  begun(): void {
    this.#underWay += 1;
  }

  /** @param tookMs from the request to its answer @param nowMs by a clock that never goes back */
  ended(tookMs: number, nowMs: number): void {
    const lateMs = this.#isPressed ? LATE_PRESSED_MS : LATE_MS;
    if (tookMs <= lateMs) this.#most = Math.min(MOST, this.#most + 1 / ANSWERS_FOR_ONE_MORE);
    else if (nowMs - this.#lastFoundMs > lateMs) {
      this.#lastFoundMs = nowMs;
      const done = (this.#perSecond * AIM_MS) / SECOND_MS;
      this.#most = Math.max(FEWEST, done, Math.min(this.#most, (this.#underWay * AIM_MS) / tookMs));
    }
    this.#count(tookMs, nowMs);
    this.#underWay -= 1;
  }

  #count(tookMs: number, nowMs: number): void {
    const passedMs = nowMs - this.#countedFromMs;
    if (passedMs >= SECOND_MS) {
      this.#perSecond = (this.#answered * SECOND_MS) / passedMs;
      const isFull = this.#tookMs > this.#answered * FULL_MS;
      this.#pace = Math.max(isFull ? this.#perSecond : 0, this.#pace * PACE_LEFT);
      this.#isPressed = this.#refused - this.#refusedBefore > this.#answered * PRESSED;
      this.#refusedBefore = this.#refused;
      [this.#answered, this.#tookMs] = [0, 0];
      this.#countedFromMs = nowMs;
    }
    this.#answered += 1;
    this.#tookMs += tookMs;
  }

  /** For one more; null where it may come. */
  refusal(): ChatError | null {
    const ahead = this.#pace === 0 ? MOST : Math.max(AT_ONCE, (this.#pace * AHEAD_MS) / SECOND_MS);
    if (this.#underWay < Math.min(this.#most, ahead)) return null;
    this.#refused += 1;
    return REFUSALS[this.#refused % RETRY.steps] ?? null;
  }
}

function refusalAfter(retryAfterMs: number): ChatError {
  const message = 'more is asked of the server than it can do in time; send the same a little later';
  return new ChatError('unavailable', message, { retryAfterMs });
}
