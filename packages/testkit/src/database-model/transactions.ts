// Transactions: their ids, which are taken when the first row is written and are seen when the commit is over, so that
// commits overtake each other; what a statement may see; the locks that are held to the end, and who waits for them.
import type { Slot, Snapshot, Writer } from './versions.js';

/** A row that a transaction has written. */
type Change = {
  readonly slot: Slot<unknown>;
  /** Takes the slot out of its table, where nothing of it is left. */
  readonly remove: () => void;
  /** Of a row whose keys it changed: what is to be done at the end. */
  readonly ended?: (isCommitted: boolean) => void;
};

export class Transaction {
  readonly writer: Writer = { xid: null, commit: Number.POSITIVE_INFINITY };
  /** Counts its statements: one does not see its own rows. */
  command = 0;
  readonly changes: Change[] = [];
  readonly held: Slot<unknown>[] = [];
  /** Whose end it waits for. */
  waitsFor: Transaction | null = null;
  /** Those who wait for its end, in the order in which they came. */
  readonly waiting = new Set<() => void>();
}

/** `pg_snapshot_xmin` and `pg_snapshot_xmax`: below `low` all transactions are over, from `high` on none is. */
export type Moment = { readonly low: number; readonly high: number };

/** Where a server's count of transactions stands. */
export type XidCounter = { readonly next: number; readonly latestCompleted: number };

/** The ids before it belong to the server itself. */
const FIRST_XID = 700;

export class Transactions {
  /** In rising order, since ids are given in that order. */
  readonly #running = new Set<number>();
  #next: number;
  #latestCompleted: number;
  #commits = 0;
  /** Statements that wait in their middle and see the past. */
  suspended = 0;

  constructor(counter: XidCounter = { next: FIRST_XID, latestCompleted: FIRST_XID - 1 }) {
    this.#next = counter.next;
    this.#latestCompleted = counter.latestCompleted;
  }

  get commits(): number {
    return this.#commits;
  }

  get counter(): XidCounter {
    return { next: this.#next, latestCompleted: this.#latestCompleted };
  }

  /** The transaction's id; taken now where it has none. */
  xidOf({ writer }: Transaction): number {
    if (writer.xid !== null) return writer.xid;
    writer.xid = this.#next;
    this.#next += 1;
    this.#running.add(writer.xid);
    return writer.xid;
  }

  moment(): Moment {
    const high = this.#latestCompleted + 1;
    const [oldest = high] = this.#running;
    return { low: Math.min(oldest, high), high };
  }

  /** Begins the next statement of a transaction. */
  snapshot(transaction: Transaction): Snapshot {
    transaction.command += 1;
    return { commit: this.#commits, writer: transaction.writer, command: transaction.command };
  }

  /** From now on everyone sees what it wrote. */
  commit(transaction: Transaction): void {
    this.#commits += 1;
    transaction.writer.commit = this.#commits;
    for (const { slot, remove, ended } of transaction.changes) {
      ended?.(true);
      if (slot.latest?.row === null) remove();
      if (this.suspended === 0) slot.forgetPast();
    }
    this.#end(transaction);
  }

  rollBack(transaction: Transaction): void {
    for (const { slot, remove, ended } of transaction.changes.toReversed()) {
      slot.undo(transaction.writer);
      ended?.(false);
      if (!slot.latest) remove();
    }
    this.#end(transaction);
  }

  #end(transaction: Transaction): void {
    const { xid } = transaction.writer;
    if (xid !== null && this.#running.delete(xid)) this.#latestCompleted = Math.max(this.#latestCompleted, xid);
    for (const slot of transaction.held) slot.holder = null;
    transaction.changes.length = 0;
    transaction.held.length = 0;
    const waiting = [...transaction.waiting];
    transaction.waiting.clear();
    for (const goOn of waiting) goOn();
  }
}

/** Whether a transaction waits, over others, for itself. */
export function isDeadlocked(transaction: Transaction): boolean {
  const seen = new Set<Transaction>();
  for (let next = transaction.waitsFor; next && !seen.has(next); next = next.waitsFor) {
    if (next === transaction) return true;
    seen.add(next);
  }
  return false;
}
