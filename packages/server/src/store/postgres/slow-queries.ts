// Statements that took long, for whoever cares for the server: a line in the log with name, text, time and rows, and a counter by
// name. The text has places for values and never a value: what was asked with is in no line. A statement's time is from sending it to its answer; what waited before it on
// the same connection is in it. Names are constants of ours; should they ever be many, the rest is counted as `other`.
import type { Telemetry } from '../../core/telemetry.js';
import type { Statement } from './pool.js';

/** Most names that are told apart. */
const MOST_NAMES = 300;
/** Characters of a statement that are shown. */
const MOST_TEXT = 400;
/** Statements without a name that are worth telling apart: a commit waits for the disk. */
const WORDS: { readonly [text: string]: string } = { BEGIN: 'begin', COMMIT: 'commit', ROLLBACK: 'rollback' };

/** What the driver says of an answer; `rowCount` is what was read or written. */
type Answered = { readonly rowCount: number | null };

export type SlowQueriesOptions = {
  readonly telemetry: Pick<Telemetry, 'count' | 'warn'>;
  /** From here on, in milliseconds. */
  readonly slowQueryMs: number;
};

export class SlowQueries {
  readonly #options: SlowQueriesOptions;
  readonly #names = new Set<string>();

  constructor(options: SlowQueriesOptions) {
    this.#options = options;
  }

  /** @param answer null where it was refused, or nothing came */
  ended(statement: Statement, tookMs: number, answer: Answered | null): void {
    if (tookMs < this.#options.slowQueryMs) return;
    const { telemetry } = this.#options;
    const name = this.#labelOf(statement);
    telemetry.count('kith_slow_queries_total', 1, { statement: name });
    // Those without a name are not all constants.
    const isKnown = statement.name !== undefined;
    const sql = isKnown ? statement.text.replace(/\s+/g, ' ').trim().slice(0, MOST_TEXT) : null;
    const fields = { statement: name, sql, tookMs: Math.round(tookMs), rows: answer?.rowCount ?? null };
    telemetry.warn('a statement in the database was slow', { ...fields, failed: answer === null });
  }

  #labelOf({ name, text }: Statement): string {
    const label = name ?? WORDS[text] ?? 'unnamed';
    if (this.#names.has(label)) return label;
    if (this.#names.size >= MOST_NAMES) return 'other';
    this.#names.add(label);
    return label;
  }
}
