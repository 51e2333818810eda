// How a load goes, while it goes, on standard error: a line that is written over where somebody looks, a line now and then
// where a file does.

const EVERY_MS_IN_FILES = 5_000;

export class Status {
  readonly #isQuiet: boolean;
  readonly #isShown = process.stderr.isTTY === true;
  #shownMs = Number.NEGATIVE_INFINITY;
  #isLineOpen = false;

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
  }

  /** Something that changes all the time. */
  at(line: string): void {
    const nowMs = performance.now();
    if (this.#isShown) this.#write(`\r\u001b[K${line}`, true);
    else if (nowMs - this.#shownMs >= EVERY_MS_IN_FILES) this.line(line);
  }

  /** Something that stays. */
  line(line: string): void {
    this.#shownMs = performance.now();
    this.#write(`${this.#isLineOpen ? '\r\u001b[K' : ''}${line}\n`, false);
  }

  end(): void {
    if (this.#isLineOpen) this.#write('\r\u001b[K', false);
  }

  #write(text: string, isOpen: boolean): void {
    if (this.#isQuiet) return;
    process.stderr.write(text);
    this.#isLineOpen = isOpen;
  }
}
