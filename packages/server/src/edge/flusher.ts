// Joins what a turn of the event loop has for each socket into one write: the write call is what delivering costs.
// An idle server flushes at the end of the same turn, without a timer. A busy one lets a round that took long be
// followed by a pause in proportion, so that more frames wait for each socket and fewer writes are made.
// A round for thousands of sockets takes tens of milliseconds, and whoever sends something meanwhile would wait for its end
// before they are even heard: it goes in slices, between which the event loop reads. A slice may take as long as what was
// between it and the one before: where there is much to read, answers go out for half of the time and not for a fraction of it.
// What comes to a socket that the round has yet to reach goes out with it; what comes behind it waits for the next round.
// The lists of what is dirty hold each outbox at most once, so they are bounded by the number of connections.

/** Something with frames to write. `flush` is called once for each `add`. */
export interface Flushable {
  flush(): void;
}

/** A round below this is an idle server's: no pause follows. Milliseconds. */
const SHORT_ROUND_MS = 1;
/** Longest pause between two rounds: what joining may add to a delivery's latency at saturation. Milliseconds. */
const LONGEST_PAUSE_MS = 8;
/** How long others wait for a round at most, while they do not take longer themselves. Milliseconds. */
const SLICE_MS = 2;
/** So many writes are made between two looks at the clock. */
const LOOKED_EVERY = 8;

export class Flusher {
  readonly #now: () => number;
  /** What the round under way has yet to reach is behind `#place`. */
  #round: readonly Flushable[] = [];
  #place = 0;
  /** What its slices took. */
  #tookMs = 0;
  /** From here on others had the event loop. */
  #leftMs = 0;
  #next: Flushable[] = [];
  #isScheduled = false;
  #pauseUntilMs = 0;
  readonly #run = (): void => this.#goOn();

  /** @param now milliseconds that never go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param flushable not added again before its `flush` was called */
  add(flushable: Flushable): void {
    this.#next.push(flushable);
    if (!this.#isScheduled) this.#schedule();
  }

  #schedule(): void {
    this.#isScheduled = true;
    const nowMs = this.#now();
    const pauseMs = Math.max(0, this.#pauseUntilMs - nowMs);
    this.#leftMs = nowMs + pauseMs;
    if (pauseMs < 1) setImmediate(this.#run);
    else setTimeout(this.#run, pauseMs);
  }

  #goOn(): void {
    const startedMs = this.#now();
    const sliceMs = Math.max(SLICE_MS, startedMs - this.#leftMs);
    if (this.#place === this.#round.length) this.#begin();
    let endedMs = startedMs;
    do {
      const end = Math.min(this.#round.length, this.#place + LOOKED_EVERY);
      while (this.#place < end) {
        this.#place += 1;
        this.#round[this.#place - 1]?.flush();
      }
      endedMs = this.#now();
    } while (this.#place < this.#round.length && endedMs - startedMs < sliceMs);
    this.#tookMs += endedMs - startedMs;
    this.#leftMs = endedMs;
    if (this.#place < this.#round.length) setImmediate(this.#run);
    else this.#end(endedMs);
  }

  #begin(): void {
    this.#round = this.#next;
    this.#next = [];
    this.#place = 0;
    this.#tookMs = 0;
  }

  #end(nowMs: number): void {
    this.#round = [];
    this.#place = 0;
    this.#pauseUntilMs = this.#tookMs < SHORT_ROUND_MS ? 0 : nowMs + Math.min(this.#tookMs, LONGEST_PAUSE_MS);
    this.#isScheduled = false;
    if (this.#next.length > 0) this.#schedule();
  }
}
