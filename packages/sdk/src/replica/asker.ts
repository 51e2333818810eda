// Reads from the server. What was refused for now is asked again, a few times, with growing waits: who asks sees the end of it.
import type { CommandName, Params, Result } from '@kith/protocol';
import { backoffMs } from '../backoff.js';
import type { Cancel, Clock, Random } from '../ports.js';
import { isForNow, type Refusal, unavailable } from '../refusal.js';
import type { Link } from '../wire/link.js';

export type AskerParts = {
  readonly link: Pick<Link, 'state' | 'command'>;
  readonly clock: Clock;
  readonly random: Random;
};

const MOST_ATTEMPTS = 4;

export class Asker {
  readonly #parts: AskerParts;
  /** Waits that are going on, and how they are given up. */
  readonly #waits = new Map<Cancel, () => void>();
  #isStopped = false;

  constructor(parts: AskerParts) {
    this.#parts = parts;
  }

  get isOpen(): boolean {
    return this.#parts.link.state.kind === 'open' && !this.#isStopped;
  }

  /** @throws Refusal */
  async ask<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>> {
    for (let attempt = 1; ; attempt += 1) {
      if (!this.isOpen) throw unavailable('there is no connection');
      try {
        return await this.#parts.link.command(name, params);
      } catch (error) {
        if (!isForNow(error) || attempt === MOST_ATTEMPTS || !this.isOpen) throw error;
        await this.wait(attempt, error);
      }
    }
  }

  /** As long as the server said, or longer with each attempt. @throws Refusal where it was stopped */
  wait(attempt: number, { retryAfterMs }: Refusal): Promise<void> {
    const { clock, random } = this.#parts;
    const delayMs = Math.max(retryAfterMs ?? 0, backoffMs(attempt - 1, random));
    return new Promise((resolve, reject) => {
      if (this.#isStopped) {
        reject(unavailable('this run is over'));
        return;
      }
      const cancel = clock.after(delayMs, () => {
        this.#waits.delete(cancel);
        resolve();
      });
      this.#waits.set(cancel, () => reject(unavailable('this run is over')));
    });
  }

  /** Nothing is asked any more, and whoever waits is told so. */
  stop(): void {
    this.#isStopped = true;
    for (const [cancel, giveUp] of this.#waits) {
      cancel();
      giveUp();
    }
    this.#waits.clear();
  }
}
