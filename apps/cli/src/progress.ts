// How far something has got that takes longer than a second: a bar with an estimate that is written over where somebody looks, a
// line now and then where a file does. Nothing for what is done before that.

const FIRST_MS = 1_000;
const EVERY_MS = 200;
const EVERY_MS_IN_FILES = 10_000;
const WIDTH = 24;

export type ProgressParts = {
  /** Where it is written; it ends no line by itself. */
  readonly write: (text: string) => void;
  /** Whether what was written may be written over. */
  readonly isShown: boolean;
  /** Milliseconds from any start. */
  readonly now: () => number;
};

export class Progress {
  readonly #parts: ProgressParts;
  #what = '';
  #unit = '';
  #startedMs = 0;
  #shownMs = 0;
  #isLineOpen = false;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
  }

  /** Something else begins, and its estimate with it. */
  begin(what: string, unit = 'rows'): void {
    this.end();
    this.#what = what;
    this.#unit = unit;
    this.#startedMs = this.#parts.now();
    this.#shownMs = this.#startedMs + FIRST_MS - (this.#parts.isShown ? EVERY_MS : EVERY_MS_IN_FILES);
  }

  at(done: number, total: number): void {
    const { write, isShown, now } = this.#parts;
    const nowMs = now();
    if (nowMs - this.#shownMs < (isShown ? EVERY_MS : EVERY_MS_IN_FILES)) return;
    this.#shownMs = nowMs;
    const line = `${this.#what} ${lineOf({ done, total, elapsedMs: nowMs - this.#startedMs, unit: this.#unit })}`;
    write(isShown ? `\r\u001b[K${line}` : `${line}\n`);
    this.#isLineOpen = isShown;
  }

  /** The bar goes; what comes next begins a line. */
  end(): void {
    if (this.#isLineOpen) this.#parts.write('\r\u001b[K');
    this.#isLineOpen = false;
  }
}

export type Measure = {
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
  readonly unit?: string;
};

export function lineOf({ done, total, elapsedMs, unit = 'rows' }: Measure): string {
  const part = total === 0 ? 1 : Math.min(1, done / total);
  const full = Math.floor(part * WIDTH);
  const bar = `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}]`;
  const left = part === 0 ? '' : `, ${durationOf((elapsedMs * (1 - part)) / part)} left`;
  return `${bar} ${Math.floor(part * 100)} %, ${done} of ${total} ${unit}${left}`;
}

function durationOf(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
