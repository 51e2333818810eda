// How much one connection may send in a tick of the wheel before it is not read any further. No limit of the contract:
// those answer with a code. This one keeps a client that sends absurdly much from taking the turns of the others.

/** What may be read in one tick. */
export type ReadBudget = { readonly frames: number; readonly bytes: number };

/** Frames, and bytes of frames, in a second. */
const FRAMES_PER_SECOND = 400;
const BYTES_PER_SECOND = 2 * 1024 * 1024;

/** @param factor multiplies what is allowed */
export function readBudget(tickMs: number, factor: number): ReadBudget {
  const seconds = tickMs / 1_000;
  return { frames: FRAMES_PER_SECOND * factor * seconds, bytes: BYTES_PER_SECOND * factor * seconds };
}

/** What one connection has sent in the present tick. */
export class ReadCount {
  #tick = -1;
  #frames = 0;
  #bytes = 0;

  /** Counts one frame; false where the budget of the tick is used up. */
  spend(budget: ReadBudget, { tick, sizeBytes }: { readonly tick: number; readonly sizeBytes: number }): boolean {
    if (this.#tick !== tick) {
      this.#tick = tick;
      this.#frames = 0;
      this.#bytes = 0;
    }
    this.#frames += 1;
    this.#bytes += sizeBytes;
    return this.#frames <= budget.frames && this.#bytes <= budget.bytes;
  }
}
