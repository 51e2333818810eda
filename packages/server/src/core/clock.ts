// Time and randomness as the core sees them: passed in, so that the whole core also runs under a simulator's clock.

export interface Clock {
  /** Milliseconds since the Unix epoch, UTC. It may jump; nothing durable is ordered by it. */
  now(): number;
  /** Milliseconds from any start, never going back: for waits and rates. */
  monotonic(): number;
  /** Runs `task` once after `delayMs`, unless cancelled. An error of the task is the clock's owner's to report. */
  after(delayMs: number, task: () => void): Cancel;
}

export type Cancel = () => void;

export interface Random {
  /** `size` unpredictable bytes. */
  bytes(size: number): Uint8Array;
}

/** Resolves after `delayMs` of the given clock. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
}
