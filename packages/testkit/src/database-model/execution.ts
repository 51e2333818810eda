// One statement as it runs: what it sees, and how it writes. A statement sees what was committed when it began and what its
// transaction wrote before; nothing that it writes itself.
import { ServerError, SQLSTATE } from './server-error.js';
import type { Table, Waiting } from './table.js';
import type { Tables } from './tables.js';
import type { Moment, Transaction, Transactions } from './transactions.js';
import type { Slot, Snapshot } from './versions.js';

export type ExecutionParts = {
  readonly tables: Tables;
  readonly transactions: Transactions;
  readonly transaction: Transaction;
  /** There is no room for another row. */
  readonly isDiskFull: () => boolean;
};

export class Execution {
  readonly tables: Tables;
  readonly snapshot: Snapshot;
  /** `pg_current_snapshot()` of this statement. */
  readonly moment: Moment;
  readonly #parts: ExecutionParts;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
    this.tables = parts.tables;
    this.snapshot = parts.transactions.snapshot(parts.transaction);
    this.moment = parts.transactions.moment();
  }

  /** `pg_current_xact_id()`. */
  xid(): number {
    return this.#parts.transactions.xidOf(this.#parts.transaction);
  }

  *insert<Row extends object>(table: Table<Row>, row: Row): Waiting<void> {
    this.#requireRoom();
    this.xid();
    yield* table.insert(this.#parts.transaction, row);
  }

  /**
   * Takes the lock of a row that is written or read FOR UPDATE, and waits for it.
   * @returns the row as it is then; null where it is gone
   */
  *hold<Row extends object>(table: Table<Row>, slot: Slot<Row>): Waiting<Row | null> {
    this.xid();
    return yield* table.hold(this.#parts.transaction, slot);
  }

  /** Of a row that is held. */
  update<Row extends object>(table: Table<Row>, slot: Slot<Row>, row: Row): void {
    this.#requireRoom();
    table.write(this.#parts.transaction, slot, row);
  }

  /** The same where keys change. */
  rekey<Row extends object>(table: Table<Row>, slot: Slot<Row>, row: Row): void {
    this.#requireRoom();
    table.rekey(this.#parts.transaction, slot, row);
  }

  /** Of a row that is held. */
  delete<Row extends object>(table: Table<Row>, slot: Slot<Row>): void {
    table.write(this.#parts.transaction, slot, null);
  }

  /** INSERT … ON CONFLICT ON CONSTRAINT … DO UPDATE. */
  *upsert<Row extends object>(
    table: Table<Row>,
    row: Row,
    { constraint, change }: { readonly constraint: string; readonly change: (before: Row) => Row },
  ): Waiting<void> {
    for (;;) {
      const slot = yield* table.conflicting(this.#parts.transaction, constraint, row);
      if (!slot) {
        yield* this.insert(table, row);
        return;
      }
      const before = yield* this.hold(table, slot);
      if (!before) continue;
      this.update(table, slot, change(before));
      return;
    }
  }

  #requireRoom(): void {
    if (!this.#parts.isDiskFull()) return;
    throw new ServerError('could not extend file: No space left on device', { code: SQLSTATE.diskFull });
  }
}
