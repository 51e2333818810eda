// The few timers of one owner, by name: to set one again is to forget what it was set to, and all of them end at once.
import type { Cancel, Clock } from '../ports.js';

export class Timers<Name extends string> {
  readonly #clock: Clock;
  readonly #cancels = new Map<Name, Cancel>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(name: Name): boolean {
    return this.#cancels.has(name);
  }

  /** Runs `task` once after `delayMs`. It may be set again by then, also by the task itself. */
  set(name: Name, ...[delayMs, task]: [delayMs: number, task: () => void]): void {
    this.cancel(name);
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(name);
      task();
    });
    this.#cancels.set(name, cancel);
  }

  cancel(name: Name): void {
    this.#cancels.get(name)?.();
    this.#cancels.delete(name);
  }

  cancelAll(): void {
    for (const name of [...this.#cancels.keys()]) this.cancel(name);
  }
}
