// A model of PostgreSQL in memory and in the time of a test, for the shipped log: tables with their constraints,
// transactions with ids that overtake each other, locks that are waited for, and all that can go wrong between a node and
// its database. It runs no SQL: each statement of the log has a function in `statements/`. The same seed gives the same run.
import type { Clock } from '@kith/server/core/clock';
import type { Gate } from '../gate.js';
import type { SeededRandom } from '../seeded-random.js';
import { type Backup, backUp, tablesOf } from './backup.js';
import { Chances } from './chances.js';
import type { DatabaseFaults } from './faults.js';
import { Inspection } from './inspection.js';
import type { ModelledConnection } from './modelled-connection.js';
import { ModelledDatabase } from './modelled-database.js';
import { Session } from './session.js';
import { requireAllUnchanged } from './statements/registry.js';
import { Tables } from './tables.js';
import { Transaction, Transactions } from './transactions.js';

export type DatabaseModelParts = { readonly clock: Clock; readonly random: SeededRandom };

/** A node that uses the database: all that reaches it comes through its gate. */
export type DatabaseUser = {
  readonly gate: Gate;
  /** Called before each statement, with its name. */
  readonly onQuery?: (name: string) => void;
};

/** What is done after the files of a backup are back in their place. */
export type RestoreMode =
  /** The store gets another identity, and every conversation another epoch. */
  | 'renewed'
  /** Nothing: whoever saw more than there is has to notice. */
  | 'as_it_was';

const UUID_BYTES = 16;
const SECRET_BYTES = 32;
/** Who made the store's own row. */
const FOUNDER = { xid: 3, commit: 0 };

export class DatabaseModel {
  readonly #chances: Chances;
  readonly #random: SeededRandom;
  readonly #sessions = new Map<Session, ModelledConnection>();
  #tables = new Tables();
  #transactions = new Transactions();
  #isAway = false;
  #restores = 0;
  /** While it is full, nothing that needs room is written. */
  isDiskFull = false;

  /** @throws Error where a statement of the log has changed since it was modelled */
  constructor({ clock, random }: DatabaseModelParts) {
    requireAllUnchanged();
    this.#random = random.fork('database');
    this.#chances = new Chances(clock, random.fork('network'));
    const secret = Buffer.from(this.#random.bytes(SECRET_BYTES));
    const { next } = this.#transactions.counter;
    this.#tables.store.load({ id: this.#freshId(), line: 1, secret, feedFrom: next }, FOUNDER);
  }

  get faults(): DatabaseFaults {
    return this.#chances.faults;
  }

  /** False while its server is away. */
  get isThere(): boolean {
    return !this.#isAway;
  }

  /** From the next step on. */
  set faults(faults: DatabaseFaults) {
    this.#chances.faults = faults;
  }

  databaseOf({ gate, onQuery }: DatabaseUser): ModelledDatabase {
    const accept = (connection: ModelledConnection, statementMs: number) => this.#accept(connection, statementMs);
    return new ModelledDatabase({ gate, chances: this.#chances, accept, ...(onQuery ? { onQuery } : {}) });
  }

  /** The server crashes: what is not committed is rolled back, and connections are refused until it comes back. */
  goAway(): void {
    this.#isAway = true;
    const halted = [...this.#sessions].map(([session, connection]) => ({ ...session.halt(), connection }));
    this.#sessions.clear();
    for (const { open, isCommitting, connection } of halted) {
      if (open && isCommitting && this.#random.chance(1 / 2)) this.#transactions.commit(open);
      else if (open) this.#transactions.rollBack(open);
      connection.ended(null);
    }
  }

  comeBack(): void {
    this.#isAway = false;
  }

  snapshot(): Backup {
    return backUp(this.#tables, this.#transactions);
  }

  /** The server is stopped, its files are those of the backup, and it is started again: all that came later is gone. */
  restore(backup: Backup, mode: RestoreMode = 'renewed'): void {
    this.goAway();
    this.#tables = tablesOf(backup);
    this.#transactions = new Transactions(backup.counter);
    if (mode === 'renewed') this.#renew();
    this.#restores += 1;
    this.comeBack();
  }

  /** Another value after every commit, and after every restore. */
  get version(): string {
    return `${this.#restores} ${this.#transactions.commits}`;
  }

  /** What is committed now, for those who check. */
  inspect(): Inspection {
    return new Inspection(this.#tables, this.#transactions);
  }

  /** Ends a session of a person, as the directory does: the change feed names it. */
  revokeSession(id: string): void {
    const transaction = new Transaction();
    const revokedXid = this.#transactions.xidOf(transaction);
    const { done } = this.#tables.sessions.insert(transaction, { id, revokedXid }).next();
    if (!done) throw new Error('a session is revoked twice at once');
    this.#transactions.commit(transaction);
  }

  #accept(connection: ModelledConnection, statementMs: number): Session | null {
    if (this.#isAway || this.#chances.isRefused()) return null;
    const session = new Session({
      tables: () => this.#tables,
      transactions: () => this.#transactions,
      chances: this.#chances,
      isDiskFull: () => this.isDiskFull,
      statementMs,
      onEnd: (reason) => {
        this.#sessions.delete(session);
        connection.ended(reason);
      },
    });
    this.#sessions.set(session, connection);
    return session;
  }

  #renew(): void {
    const nowMs = this.#chances.clock.now();
    const id = this.#freshId();
    this.#tables.store.replace((row) => ({ ...row, id }));
    this.#tables.conversations.replace((row) => ({ ...row, epoch: Math.max(row.epoch + 1, nowMs) }));
  }

  #freshId(): string {
    const hex = Buffer.from(this.#random.bytes(UUID_BYTES)).toString('hex');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
}
