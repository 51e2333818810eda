// The turns of a worker that every node runs: one at a time, each some time after the one before, until the node ends. What a turn
// does, and how long to wait after it, the worker says.
import type { Cancel, Clock } from './clock.js';

export type TurnsPorts<T> = {
  readonly clock: Clock;
  readonly take: () => Promise<T>;
  /** Milliseconds to the next turn, after one that came through. @param tookMs by the monotonic clock */
  readonly waitMs: (done: T, tookMs: number) => number;
  /** The same after one that failed; tells of it, too. */
  readonly failed: (error: unknown) => number;
};

export class Turns<T> {
  readonly #ports: TurnsPorts<T>;
  #timer: Cancel | null = null;
  #turn: Promise<T> | null = null;
  #isStopped = false;

  constructor(ports: TurnsPorts<T>) {
    this.#ports = ports;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(): void {
    this.#schedule(0);
  }

  /** Takes a turn now, or waits for the one under way. @throws what that throws */
  poll(): Promise<T> {
    this.#turn ??= this.#ports.take().finally(() => {
      this.#turn = null;
    });
    return this.#turn;
  }

  /** Waits for the turn under way; whether that fails is told to who began it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.();
    await this.#turn?.catch(() => {});
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    const { clock, waitMs, failed } = this.#ports;
    this.#timer = clock.after(delayMs, () => {
      const beganMs = clock.monotonic();
      this.poll().then(
        (done) => this.#schedule(waitMs(done, clock.monotonic() - beganMs)),
        (error: unknown) => this.#schedule(failed(error)),
      );
    });
  }
}
