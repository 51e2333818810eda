// A statement that waits for another transaction: goes on when that is over, or gives up at the lock's timeout, at the
// statement's, or where it waits for itself in a circle.
import type { Cancel, Clock } from '@kith/server/core/clock';
import { ServerError, SQLSTATE } from './server-error.js';
import { isDeadlocked, type Transaction, type Transactions } from './transactions.js';

export type SuspensionParts = {
  readonly clock: Clock;
  readonly transactions: Transactions;
  readonly transaction: Transaction;
  readonly waitsFor: Transaction;
  readonly timeouts: { readonly lockMs: number; readonly statementMs: number };
  /** Told once: null to go on. */
  readonly onEnd: (error: ServerError | null) => void;
};

/** When PostgreSQL looks for a circle: its `deadlock_timeout`. */
const DEADLOCK_MS = 1_000;

export class Suspension {
  readonly #parts: SuspensionParts;
  readonly #timers: readonly Cancel[];
  readonly #goOn = () => this.#end(null);
  #isOver = false;

  constructor(parts: SuspensionParts) {
    this.#parts = parts;
    const { clock, transaction, waitsFor, timeouts } = parts;
    parts.transactions.suspended += 1;
    transaction.waitsFor = waitsFor;
    waitsFor.waiting.add(this.#goOn);
    this.#timers = [
      clock.after(DEADLOCK_MS, () => {
        if (isDeadlocked(transaction)) this.#end(error('deadlock detected', SQLSTATE.deadlock));
      }),
      clock.after(timeouts.lockMs, () => this.#end(canceling('lock timeout', SQLSTATE.lockTimeout))),
      clock.after(timeouts.statementMs, () => this.#end(canceling('statement timeout', SQLSTATE.cancelled))),
    ];
  }

  /** It is not told any more. */
  drop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#parts.transactions.suspended -= 1;
    for (const cancel of this.#timers) cancel();
    this.#parts.waitsFor.waiting.delete(this.#goOn);
    this.#parts.transaction.waitsFor = null;
  }

  #end(reason: ServerError | null): void {
    if (this.#isOver) return;
    this.drop();
    this.#parts.onEnd(reason);
  }
}

function canceling(reason: string, code: string): ServerError {
  return error(`canceling statement due to ${reason}`, code);
}

function error(message: string, code: string): ServerError {
  return new ServerError(message, { code });
}
