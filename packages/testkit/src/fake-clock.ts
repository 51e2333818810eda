// Time that stands still until a test moves it. Tasks run in the order of their due time (those of one moment in the
// order in which they were set), each at its own time, and a task may set others that fall due in the same move.
import type { Cancel, Clock } from '@kith/server/core/clock';

type Task = { readonly dueMs: number; readonly order: number; readonly run: () => void };

const START_MS = Date.UTC(2026, 0, 1);

export class FakeClock implements Clock {
  readonly #tasks = new Set<Task>();
  #epochMs: number;
  #elapsedMs = 0;
  #order = 0;

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
    this.#order += 1;
    const entry = { dueMs: this.#elapsedMs + Math.max(0, delayMs), order: this.#order, run: task };
    this.#tasks.add(entry);
    return () => {
      this.#tasks.delete(entry);
    };
  }

  /** The number of tasks that wait: 0 where everything was cancelled or has run. */
  get pending(): number {
    return this.#tasks.size;
  }

  /** Moves on by `ms` and runs what falls due. */
  advance(ms: number): void {
    const untilMs = this.#elapsedMs + ms;
    for (let task = this.#nextDue(untilMs); task; task = this.#nextDue(untilMs)) this.#run(task);
    this.#elapsedMs = untilMs;
  }

  /** The same, and lets everything asynchronous that a task set off come to rest before the next task runs. */
  async advanceAsync(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await settle();
    for (let task = this.#nextDue(untilMs); task; task = this.#nextDue(untilMs)) {
      this.#run(task);
      await settle();
    }
    this.#elapsedMs = untilMs;
    await settle();
  }

  /** Sets the wall clock forward or back, as an operator or NTP does. Waits and `monotonic` go on as before. */
  jump(ms: number): void {
    this.#epochMs += ms;
  }

  #run(task: Task): void {
    this.#tasks.delete(task);
    this.#elapsedMs = Math.max(this.#elapsedMs, task.dueMs);
    task.run();
  }

  #nextDue(untilMs: number): Task | undefined {
    let next: Task | undefined;
    for (const task of this.#tasks) {
      if (task.dueMs > untilMs) continue;
      if (!next || task.dueMs < next.dueMs || (task.dueMs === next.dueMs && task.order < next.order)) next = task;
    }
    return next;
  }
}

/** Resolves when all microtasks are done: promises that wait for nothing but each other have settled. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
