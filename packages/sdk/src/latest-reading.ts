// Reads something that is shown, anew whenever it may be another: one reading at a time, and one that was overtaken is done again.
// A refusal ends it until it is wanted the next time, as it is with the next connection.
import { Refusal } from './refusal.js';

export type LatestReadingParts = {
  /** @throws Refusal @returns what takes what was read, where nothing has overtaken it */
  readonly read: () => Promise<() => void>;
  readonly isWanted: () => boolean;
};

export class LatestReading {
  readonly #parts: LatestReadingParts;
  /** Counts what asks for it. */
  #wanted = 0;
  #isReading = false;

  constructor(parts: LatestReadingParts) {
    this.#parts = parts;
  }

  want(): void {
    this.#wanted += 1;
    if (this.#isReading || !this.#parts.isWanted()) return;
    this.#isReading = true;
    void this.#readOn()
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      })
      .finally(() => {
        this.#isReading = false;
      });
  }

  async #readOn(): Promise<void> {
    for (let read = -1; read !== this.#wanted && this.#parts.isWanted(); ) {
      read = this.#wanted;
      const take = await this.#parts.read();
      if (read === this.#wanted) take();
    }
  }
}
