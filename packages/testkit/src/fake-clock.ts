// Time that stands still until a test moves it. Tasks run in the order of their due time (those of one moment in the
// order in which they were set), each at its own time, and a task may set others that fall due in the same move.
import type { Cancel, Clock } from '@kith/server/core/clock';
import { TaskHeap } from './task-heap.js';

const START_MS = Date.UTC(2026, 0, 1);

export class FakeClock implements Clock {
  readonly #tasks = new TaskHeap();
  #epochMs: number;
  #elapsedMs = 0;

  /** @param startMs what `now` says at first, in milliseconds since the Unix epoch */
  constructor(startMs: number = START_MS) {
    this.#epochMs = startMs;
  }

  now(): number {
    return this.#epochMs + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  after(delayMs: number, task: () => void): Cancel {
    const put = this.#tasks.put(this.#elapsedMs + Math.max(0, delayMs), task);
    return () => this.#tasks.cancel(put);
  }

  /** The number of tasks that wait: 0 where everything was cancelled or has run. */
  get pending(): number {
    return this.#tasks.size;
  }

  /** Moves on by `ms` and runs what falls due. */
  advance(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    while (this.#runNext(untilMs));
    this.#elapsedMs = untilMs;
  }

  /** The same, and lets everything asynchronous that a task set off come to rest before the next task runs. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await settle();
    while (this.#runNext(untilMs)) await settle();
    this.#elapsedMs = untilMs;
    await settle();
  }

  /**
   * Lets time go on until a promise has settled.
   * @throws what it rejects with, or an Error where it takes longer than `mostMs`
   */
  async until<T>(asked: Promise<T>, { stepMs = 1, mostMs = 120_000 } = {}): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    asked.then(settle, settle);
    for (let passedMs = 0; !isSettled; passedMs += stepMs) {
      if (passedMs > mostMs) throw new Error(`it has not settled within ${mostMs} ms`);
      await this.advanceAsync(stepMs);
    }
    return asked;
  }

  /** Sets the wall clock forward or back, as an operator or NTP does. Waits and `monotonic` go on as before. */
  jump(ms: number): void {
    this.#epochMs += ms;
  }

  /** @returns false where nothing is due by then */
  #runNext(untilMs: number): boolean {
    const dueMs = this.#tasks.nextDueMs;
    if (dueMs === null || dueMs > untilMs) return false;
    this.#elapsedMs = Math.max(this.#elapsedMs, dueMs);
    this.#tasks.take(dueMs)?.();
    return true;
  }
}

/** Resolves when all microtasks are done: promises that wait for nothing but each other have settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
