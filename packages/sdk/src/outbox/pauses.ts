// How long to wait after a refusal that may be repeated (rule E2): as long as the server asks for, else with exponential
// backoff. Each name waits on its own, until both what was asked for and what this side thought fit are over.
import { backoffMs } from '../backoff.js';
import type { Cancel, Clock, Random } from '../ports.js';

type Pause = { readonly cancel: Cancel; readonly untilMs: number };

/** Whoever is told to come back later than this asks again then; timers of a platform may not reach further. */
const LONGEST_ASKED_MS = 3_600_000;

export class Pauses {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #onEnd: () => void;
  readonly #asked = new Map<string, Pause>();
  readonly #own = new Map<string, Pause>();
  /** Waits in a row without a success. */
  readonly #tries = new Map<string, number>();

  constructor(clock: Clock, random: Random, onEnd: () => void) {
    this.#clock = clock;
    this.#random = random;
    this.#onEnd = onEnd;
  }

  has(name: string): boolean {
    return this.#asked.has(name) || this.#own.has(name);
  }

  /** @param askedMs how long the server asked for, if it did */
  begin(name: string, askedMs: number | undefined): void {
    if (askedMs !== undefined) this.#wait(this.#asked, name, Math.min(askedMs, LONGEST_ASKED_MS));
    // What was refused together counts as one try.
    else if (!this.#own.has(name)) this.#wait(this.#own, name, this.#backoffMs(name));
  }

  succeeded(name: string): void {
    this.#tries.delete(name);
  }

  /** Another connection is worth a try at once, save where the server asked to wait. */
  reconnected(): void {
    this.#tries.clear();
    endAll(this.#own);
  }

  close(): void {
    endAll(this.#own);
    endAll(this.#asked);
  }

  #wait(pauses: Map<string, Pause>, name: string, forMs: number): void {
    const untilMs = this.#clock.monotonic() + forMs;
    const running = pauses.get(name);
    if (running && running.untilMs >= untilMs) return;
    running?.cancel();
    const cancel = this.#clock.after(forMs, () => {
      pauses.delete(name);
      this.#onEnd();
    });
    pauses.set(name, { cancel, untilMs });
  }

  #backoffMs(name: string): number {
    const tries = this.#tries.get(name) ?? 0;
    this.#tries.set(name, tries + 1);
    return backoffMs(tries, this.#random);
  }
}

function endAll(pauses: Map<string, Pause>): void {
  for (const { cancel } of pauses.values()) cancel();
  pauses.clear();
}
