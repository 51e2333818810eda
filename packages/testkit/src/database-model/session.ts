// A session of the server: takes the statements of one connection in their order, each in the transaction that is open or
// in one of its own, and answers each. It waits for locks as long as the timeouts allow, and a client that is gone is
// noticed between two statements, so that what runs then is still committed.
import type { Cancel } from '@kith/server/core/clock';
import { LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS } from '@kith/server/store/postgres/pool';
import type { Chances } from './chances.js';
import { Execution } from './execution.js';
import { Parameters } from './parameters.js';
import { ServerError, SQLSTATE } from './server-error.js';
import type { Rows } from './statements/modelled.js';
import { modelledStatement } from './statements/registry.js';
import { Suspension } from './suspension.js';
import type { Waiting } from './table.js';
import type { Tables } from './tables.js';
import { Transaction, type Transactions } from './transactions.js';

export type Outcome = { readonly rows: Rows } | { readonly error: Error };

export type Request = {
  /** The statement's name, or its text where it has none. */
  readonly name: string;
  readonly values: readonly unknown[];
  readonly isCancelled: boolean;
  readonly answer: (outcome: Outcome) => void;
};

export type SessionParts = {
  readonly tables: () => Tables;
  readonly transactions: () => Transactions;
  readonly chances: Chances;
  readonly isDiskFull: () => boolean;
  readonly statementMs: number;
  /** Told once, when the session ends by itself, or is ended; with the reason where the client is told one. */
  readonly onEnd: (reason: ServerError | null) => void;
};

/** What a session leaves behind whose server is gone. */
export type Halted = {
  readonly open: Transaction | null;
  /** Its commit was under way: nobody knows how far. */
  readonly isCommitting: boolean;
};

const OK: Outcome = { rows: [] };

export class Session {
  readonly #parts: SessionParts;
  readonly #requests: Request[] = [];
  #isBusy = false;
  #isOver = false;
  #isClientGone = false;
  #isCommitting = false;
  /** Between BEGIN and its end. */
  #transaction: Transaction | null = null;
  #hasFailed = false;
  /** Of the statement that runs. */
  #running: Transaction | null = null;
  #suspension: Suspension | null = null;
  #cancelIdle: Cancel | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  receive(request: Request): void {
    if (this.#isOver) return;
    this.#requests.push(request);
    this.#goOn();
  }

  /** Nobody reads the answers any more. What runs is brought to its end first. */
  hangUp(): void {
    this.#isClientGone = true;
    if (!this.#isBusy) this.end(null);
  }

  /** At once; what is not committed is rolled back. */
  end(reason: ServerError | null): void {
    if (this.#isOver) return;
    const { open } = this.halt();
    if (open) this.#parts.transactions().rollBack(open);
    this.#parts.onEnd(reason);
  }

  /** Nothing is done any more, not even a rollback. */
  halt(): Halted {
    const open = this.#open;
    this.#isOver = true;
    this.#cancelIdle?.();
    this.#suspension?.drop();
    this.#running = null;
    this.#transaction = null;
    return { open, isCommitting: open !== null && this.#isCommitting };
  }

  get #open(): Transaction | null {
    return this.#running ?? this.#transaction;
  }

  #goOn(): void {
    while (!this.#isBusy && !this.#isOver) {
      const request = this.#requests.shift();
      if (!request) {
        if (this.#isClientGone) this.end(null);
        else this.#watchIdle();
        return;
      }
      this.#cancelIdle?.();
      this.#isBusy = true;
      this.#parts.chances.after('queueing', () => this.#begin(request));
    }
  }

  #begin(request: Request): void {
    if (this.#isOver) return;
    if (request.isCancelled) this.#fail(request, cancelled('user request'));
    else if (request.name === 'BEGIN') this.#beginTransaction(request);
    else if (request.name === 'COMMIT') this.#endTransaction(request, true);
    else if (request.name === 'ROLLBACK') this.#endTransaction(request, false);
    else if (this.#hasFailed) this.#finish(request, { error: transactionFailed() });
    else this.#run(request);
  }

  #beginTransaction(request: Request): void {
    this.#transaction ??= new Transaction();
    this.#finish(request, OK);
  }

  /** A transaction that has failed ends in the same way either way, without an error. */
  #endTransaction(request: Request, isCommit: boolean): void {
    const open = this.#transaction;
    this.#hasFailed = false;
    if (open && isCommit) {
      this.#commit(open, () => this.#finish(request, OK));
      return;
    }
    this.#transaction = null;
    if (open) this.#parts.transactions().rollBack(open);
    this.#finish(request, OK);
  }

  #run(request: Request): void {
    const transaction = this.#transaction ?? new Transaction();
    this.#running = transaction;
    try {
      const { tables, transactions, isDiskFull } = this.#parts;
      const { run } = modelledStatement(request.name);
      const parts = { tables: tables(), transactions: transactions(), transaction, isDiskFull };
      const started = run(new Execution(parts), new Parameters(request.values));
      if ('next' in started) this.#step(request, started, this.#parts.chances.clock.monotonic());
      else this.#done(request, started);
    } catch (error) {
      this.#fail(request, asError(error));
    }
  }

  /** @throws what the statement throws */
  #step(request: Request, steps: Waiting<Rows>, startedMs: number): void {
    const { done, value } = steps.next();
    if (done) {
      this.#done(request, value);
      return;
    }
    const { chances, statementMs, transactions } = this.#parts;
    const transaction = this.#open;
    if (!transaction) throw new Error('a statement without a transaction waits');
    const statementLeftMs = startedMs + statementMs - chances.clock.monotonic();
    this.#suspension = new Suspension({
      clock: chances.clock,
      transactions: transactions(),
      transaction,
      waitsFor: value,
      timeouts: { lockMs: LOCK_TIMEOUT_MS, statementMs: statementLeftMs },
      onEnd: (error) => {
        this.#suspension = null;
        if (error) this.#fail(request, error);
        else this.#resume(request, steps, startedMs);
      },
    });
  }

  #resume(request: Request, steps: Waiting<Rows>, startedMs: number): void {
    try {
      this.#step(request, steps, startedMs);
    } catch (error) {
      this.#fail(request, asError(error));
    }
  }

  #done(request: Request, rows: Rows): void {
    const transaction = this.#running;
    if (this.#transaction || !transaction) this.#finish(request, { rows });
    else this.#commit(transaction, () => this.#finish(request, { rows }));
  }

  /** What has written takes its time; the rest is over at once. */
  #commit(transaction: Transaction, onCommitted: () => void): void {
    const { chances, transactions } = this.#parts;
    const commit = () => {
      if (this.#isOver) return;
      this.#isCommitting = false;
      this.#transaction = null;
      this.#running = null;
      transactions().commit(transaction);
      onCommitted();
    };
    this.#isCommitting = true;
    if (transaction.writer.xid === null) commit();
    else chances.after('committing', commit);
  }

  /** An error ends the transaction at once; the client still has to say ROLLBACK. */
  #fail(request: Request, error: Error): void {
    const open = this.#open;
    this.#hasFailed = this.#transaction !== null;
    // The block stays open without its transaction.
    if (this.#transaction) this.#transaction = new Transaction();
    this.#running = null;
    if (open) this.#parts.transactions().rollBack(open);
    this.#finish(request, { error });
  }

  #finish(request: Request, outcome: Outcome): void {
    this.#running = null;
    this.#isBusy = false;
    request.answer(outcome);
    this.#goOn();
  }

  #watchIdle(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = null;
    if (!this.#transaction) return;
    this.#cancelIdle = this.#parts.chances.clock.after(STATEMENT_TIMEOUT_MS, () => {
      const message = 'terminating connection due to idle-in-transaction timeout';
      this.end(new ServerError(message, { code: SQLSTATE.idleInTransaction, severity: 'FATAL' }));
    });
  }
}

export function cancelled(reason: string): ServerError {
  return new ServerError(`canceling statement due to ${reason}`, { code: SQLSTATE.cancelled });
}

function transactionFailed(): ServerError {
  const message = 'current transaction is aborted, commands ignored until end of transaction block';
  return new ServerError(message, { code: SQLSTATE.failedTransaction });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a modelled statement failed', { cause: error });
}
