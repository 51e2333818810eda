// A queue for work that is dear, hashing a password or opening a stream: so many at a time, so many waiting, and a refusal for the rest.
import { ChatError } from '@kith/protocol';

export type WorkQueueSize = {
  /** How many run at the same time. */
  readonly width: number;
  /** How many wait; the next one is refused. */
  readonly waiting: number;
  /** About how long one takes: what a refusal's `retryAfterMs` is reckoned from. */
  readonly typicalMs: number;
};

export class WorkQueue {
  readonly #size: WorkQueueSize;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(size: WorkQueueSize) {
    this.#size = size;
  }

  get length(): number {
    return this.#running + this.#waiting.length;
  }

  /**
   * Runs the work when it is its turn, first come first served.
   * @throws rate_limited where too many wait, and whatever the work throws
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < this.#size.width) this.#running += 1;
    else await this.#turn();
    try {
      return await work();
    } finally {
      this.#next();
    }
  }

  #turn(): Promise<void> {
    const { width, waiting, typicalMs } = this.#size;
    if (this.#waiting.length >= waiting) {
      const retryAfterMs = Math.max(1_000, Math.ceil((waiting / width) * typicalMs));
      throw new ChatError('rate_limited', 'too many of this at once: repeat a little later', { retryAfterMs });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Hands the place to the next in line, so that nobody overtakes. */
  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
