// Rows as PostgreSQL keeps them: a row is a line of versions, each with the transaction that wrote it, and a statement sees
// the newest one that was committed when it began, or that its own transaction wrote in an earlier statement.
import type { Transaction } from './transactions.js';

/** What remains of a transaction in the rows that it wrote. */
export type Writer = {
  /** Null until it writes. */
  xid: number | null;
  /** The number of its commit among all commits; infinite while it is under way, and for ever where it rolled back. */
  commit: number;
};

export type Version<Row> = {
  /** Null where the row was deleted. */
  readonly row: Row | null;
  readonly writer: Writer;
  /** Which statement of the transaction wrote it. */
  readonly command: number;
  readonly before: Version<Row> | null;
};

/** What a statement may see. */
export type Snapshot = {
  /** Commits up to this one. */
  readonly commit: number;
  readonly writer: Writer;
  readonly command: number;
};

/** One row of a table through all its versions, and who holds its lock. */
export class Slot<Row> {
  latest: Version<Row> | null = null;
  holder: Transaction | null = null;

  write(row: Row | null, { writer, command }: Pick<Transaction, 'writer' | 'command'>): void {
    this.latest = { row, writer, command, before: this.latest };
  }

  /** Takes back what an unfinished transaction wrote. */
  undo(writer: Writer): void {
    while (this.latest?.writer === writer) this.latest = this.latest.before;
  }

  /** Forgets what no statement can see any more. */
  forgetPast(): void {
    const { latest } = this;
    if (latest?.before) this.latest = { ...latest, before: null };
  }
}

export function versionSeen<Row>(slot: Slot<Row>, snapshot: Snapshot): Version<Row> | null {
  let version = slot.latest;
  while (version && !isSeen(version, snapshot)) version = version.before;
  return version;
}

export function rowSeen<Row>(slot: Slot<Row> | undefined, snapshot: Snapshot): Row | null {
  return slot ? (versionSeen(slot, snapshot)?.row ?? null) : null;
}

function isSeen({ writer, command }: Version<unknown>, snapshot: Snapshot): boolean {
  return writer === snapshot.writer ? command < snapshot.command : writer.commit <= snapshot.commit;
}
