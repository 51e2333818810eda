// Pieces of the way between a table and its file: they count and sum up what passes, and change nothing.
import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

const LINE_END = 0x0a;

/** Counts rows: one a line, as COPY writes them; a line end within a value is written as `\n`. */
export class RowCounter extends Transform {
  rows = 0;
  readonly #onRows: (more: number) => void;

  constructor(onRows: (more: number) => void = () => {}) {
    super();
    this.#onRows = onRows;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    let found = 0;
    for (let at = chunk.indexOf(LINE_END); at !== -1; at = chunk.indexOf(LINE_END, at + 1)) found += 1;
    this.rows += found;
    this.#onRows(found);
    done(null, chunk);
  }
}

/** Sums up bytes by SHA-256. */
export class Summer extends Transform {
  sizeBytes = 0;
  readonly #hash = createHash('sha256');

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.sizeBytes += chunk.length;
    this.#hash.update(chunk);
    done(null, chunk);
  }

  /** Once all has passed. */
  sum(): string {
    return this.#hash.digest('hex');
  }
}
