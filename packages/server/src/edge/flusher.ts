// Joins what a turn of the event loop has for each socket into one write: the write call is what delivering costs.
// An idle server flushes at the end of the same turn, without a timer. A busy one lets a flush that took long be
// followed by a pause in proportion, so that more frames wait for each socket and fewer writes are made.
// The list of what is dirty holds each outbox at most once, so it is bounded by the number of connections.

/** Something with frames to write. `flush` is called once for each `add`. */
export interface Flushable {
  flush(): void;
}

/** Flushes below this are an idle server's: no pause follows. Milliseconds. */
const SHORT_FLUSH_MS = 1;
/** Longest pause between two flushes: what joining may add to a delivery's latency at saturation. Milliseconds. */
const LONGEST_PAUSE_MS = 8;

export class Flusher {
  #dirty: Flushable[] = [];
  #isScheduled = false;
  #pauseUntilMs = 0;
  readonly #run = (): void => this.flushAll();

  /** @param flushable not added again before its `flush` was called */
  add(flushable: Flushable): void {
    this.#dirty.push(flushable);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const pauseMs = this.#pauseUntilMs === 0 ? 0 : this.#pauseUntilMs - performance.now();
    if (pauseMs < 1) setImmediate(this.#run);
    else setTimeout(this.#run, pauseMs);
  }

  /** Writes everything that waits, now. */
  flushAll(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#isScheduled = false;
    const startedMs = performance.now();
    for (const flushable of dirty) flushable.flush();
    const endedMs = performance.now();
    const tookMs = endedMs - startedMs;
    this.#pauseUntilMs = tookMs < SHORT_FLUSH_MS ? 0 : endedMs + Math.min(tookMs, LONGEST_PAUSE_MS);
  }
}
