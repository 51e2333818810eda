// How far a search has got: a line that is written over where somebody looks, a line now and then where a file does.
import type { Verdict } from './worker.js';

const EVERY_MS = 200;
const EVERY_MS_IN_FILES = 10_000;

export type Figures = {
  readonly ran: number;
  readonly steps: number;
  readonly events: number;
  readonly seconds: number;
};

export class Progress {
  readonly #runs: number;
  readonly #isQuiet: boolean;
  readonly #startedMs = performance.now();
  #ran = 0;
  #steps = 0;
  #events = 0;
  #shownMs = 0;
  #isLineOpen = false;

  constructor({ runs, isQuiet }: { readonly runs: number; readonly isQuiet: boolean }) {
    this.#runs = runs;
    this.#isQuiet = isQuiet;
  }

  get figures(): Figures {
    const seconds = (performance.now() - this.#startedMs) / 1_000;
    return { ran: this.#ran, steps: this.#steps, events: this.#events, seconds: Math.round(seconds * 10) / 10 };
  }

  get summary(): string {
    const { ran, steps, events, seconds } = this.figures;
    return `${steps} steps, ${events} events, ${seconds} s, ${rateOf(ran, seconds)} runs a second`;
  }

  ran({ steps, events }: Verdict): void {
    this.#ran += 1;
    this.#steps += steps;
    this.#events += events;
    const { ran, seconds } = this.figures;
    const left = Math.round(((this.#runs - ran) * seconds) / ran);
    this.#show(() => `${ran} of ${this.#runs} runs, ${rateOf(ran, seconds)} a second, ${left} s left`);
  }

  shrinks(tries: number, steps: number): void {
    this.#show(() => `making it shorter: ${steps} steps after ${tries} tries`);
  }

  /** The line is over. */
  end(): void {
    if (this.#isLineOpen) process.stderr.write('\n');
    this.#isLineOpen = false;
  }

  #show(line: () => string): void {
    const now = performance.now();
    const { isTTY } = process.stderr;
    if (this.#isQuiet || now - this.#shownMs < (isTTY ? EVERY_MS : EVERY_MS_IN_FILES)) return;
    this.#shownMs = now;
    process.stderr.write(isTTY ? `\r\u001b[K${line()}` : `${line()}\n`);
    this.#isLineOpen = isTTY;
  }
}

function rateOf(ran: number, seconds: number): string {
  return (ran / Math.max(seconds, 0.001)).toFixed(1);
}
