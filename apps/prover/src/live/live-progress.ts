// How a live run goes, while it goes: one line that is written over where somebody looks, a line for each fault where a file
// does.
import type { Sample } from './live-run.js';

export type LiveProgressParts = {
  readonly write: (text: string) => void;
  /** Whether what was written may be written over. */
  readonly isShown: boolean;
  readonly isQuiet: boolean;
};

export class LiveProgress {
  readonly #parts: LiveProgressParts;
  #words = 'server, database and people are made ready';
  #last: Sample = { atMs: 0, sent: 0, confirmed: 0, delivered: 0 };
  #isLineOpen = false;

  constructor(parts: LiveProgressParts) {
    this.#parts = parts;
    this.#show();
  }

  fault(words: string): void {
    this.#words = words;
    this.#show();
  }

  sample(sample: Sample): void {
    this.#last = sample;
    if (this.#parts.isShown) this.#show();
  }

  end(): void {
    if (this.#isLineOpen) this.#parts.write('\r\u001b[K');
    this.#isLineOpen = false;
  }

  #show(): void {
    const { write, isShown, isQuiet } = this.#parts;
    if (isQuiet) return;
    const { atMs, sent, confirmed, delivered } = this.#last;
    const counts = `${sent} sent, ${confirmed} confirmed, ${delivered} delivered`;
    const line = `[${(atMs / 1_000).toFixed(1).padStart(6)} s] ${counts}: ${this.#words}`;
    write(isShown ? `\r\u001b[K${line}` : `${line}\n`);
    this.#isLineOpen = isShown;
  }
}
