// A table: its rows by unique keys, which refuse a second row as PostgreSQL does. Who meets a key or a row that another
// transaction has written and not committed waits for the end of that one; a wait is the transaction that a generator
// yields, and it goes on when that is over.
import { uniqueViolation } from './server-error.js';
import type { Transaction } from './transactions.js';
import { Slot, type Writer } from './versions.js';

/** A step of a statement that may have to wait for the end of other transactions. */
export type Waiting<T> = Generator<Transaction, T, undefined>;

export type UniqueKey<Row> = { readonly constraint: string; readonly of: (row: Row) => string | number };

type Index<Row> = UniqueKey<Row> & { readonly slots: Map<string | number, Slot<Row>> };

export abstract class Table<Row extends object> {
  readonly #indexes: readonly Index<Row>[];

  /** @param keys in the order in which PostgreSQL checks them */
  constructor(keys: readonly UniqueKey<Row>[]) {
    this.#indexes = keys.map((key) => ({ ...key, slots: new Map() }));
  }

  /** Where a row is found that has entered; called once for each. */
  protected abstract enter(slot: Slot<Row>, row: Row): void;

  protected abstract leave(slot: Slot<Row>, row: Row): void;

  /** The slot that has this key, whatever can be seen of it. */
  find(constraint: string, key: string | number): Slot<Row> | undefined {
    return this.#indexOf(constraint).slots.get(key);
  }

  /** Every slot of the table, in the order in which their first keys were taken. */
  slots(): Iterable<Slot<Row>> {
    return this.#indexes[0]?.slots.values() ?? [];
  }

  /** @throws ServerError where a key is taken */
  *insert(transaction: Transaction, row: Row): Waiting<void> {
    const slot = new Slot<Row>();
    slot.holder = transaction;
    transaction.held.push(slot);
    slot.write(row, transaction);
    transaction.changes.push({ slot, remove: () => this.#remove(slot, row) });
    for (const index of this.#indexes) {
      const taken = yield* this.#taken(transaction, index, row);
      if (taken) throw uniqueViolation(index.constraint);
      index.slots.set(index.of(row), slot);
    }
    this.enter(slot, row);
  }

  /** The row that has the same key under this constraint, when nobody is about to change that any more. */
  *conflicting(transaction: Transaction, constraint: string, row: Row): Waiting<Slot<Row> | null> {
    return yield* this.#taken(transaction, this.#indexOf(constraint), row);
  }

  /** The row's lock, held to the end of the transaction. @returns the row as it is then; null where it is gone */
  *hold(transaction: Transaction, slot: Slot<Row>): Waiting<Row | null> {
    while (slot.holder && slot.holder !== transaction) yield slot.holder;
    if (!slot.holder) transaction.held.push(slot);
    slot.holder = transaction;
    return slot.latest?.row ?? null;
  }

  /** Of a slot that the transaction holds; null deletes. Keys do not change. */
  write(transaction: Transaction, slot: Slot<Row>, row: Row | null): void {
    const before = slot.latest?.row;
    if (!before) throw new Error('a row that is gone was written');
    slot.write(row, transaction);
    transaction.changes.push({ slot, remove: () => this.#remove(slot, before) });
  }

  /** The same where keys change. Until the transaction ends, the row is found by both. */
  rekey(transaction: Transaction, slot: Slot<Row>, row: Row): void {
    const before = slot.latest?.row;
    if (!before) throw new Error('a row that is gone was written');
    slot.write(row, transaction);
    for (const { slots, of } of this.#indexes) slots.set(of(row), slot);
    this.leave(slot, before);
    this.enter(slot, row);
    const ended = (isCommitted: boolean) => {
      const [past, present] = isCommitted ? [before, row] : [row, before];
      for (const { slots, of } of this.#indexes) {
        if (of(past) !== of(present) && slots.get(of(past)) === slot) slots.delete(of(past));
      }
      if (isCommitted) return;
      this.leave(slot, row);
      this.enter(slot, before);
    };
    transaction.changes.push({ slot, remove: () => this.#remove(slot, before), ended });
  }

  /** Puts a row in that was committed before anyone looked. */
  load(row: Row, writer: Writer): void {
    const slot = new Slot<Row>();
    slot.write(row, { writer, command: 0 });
    for (const { slots, of } of this.#indexes) slots.set(of(row), slot);
    this.enter(slot, row);
  }

  /** Writes every row anew while nobody is there. Keys do not change. */
  replace(change: (row: Row) => Row): void {
    for (const slot of this.slots()) {
      const { row = null, writer } = slot.latest ?? {};
      if (row && writer) slot.latest = { row: change(row), writer, command: 0, before: null };
    }
  }

  *#taken(transaction: Transaction, index: Index<Row>, row: Row): Waiting<Slot<Row> | null> {
    const key = index.of(row);
    for (;;) {
      const slot = index.slots.get(key);
      if (!slot?.latest) return null;
      const { writer } = slot.latest;
      const isOpen = writer !== transaction.writer && writer.commit === Number.POSITIVE_INFINITY;
      if (!isOpen) return slot.latest.row === null ? null : slot;
      if (!slot.holder) throw new Error('an open version without a holder');
      yield slot.holder;
    }
  }

  #remove(slot: Slot<Row>, row: Row): void {
    for (const { slots, of } of this.#indexes) {
      const key = of(row);
      if (slots.get(key) === slot) slots.delete(key);
    }
    this.leave(slot, row);
  }

  #indexOf(constraint: string): Index<Row> {
    const index = this.#indexes.find((one) => one.constraint === constraint);
    if (!index) throw new Error(`no constraint ${constraint}`);
    return index;
  }
}
