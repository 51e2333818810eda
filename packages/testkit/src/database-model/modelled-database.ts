// The database as one node has it: a pool of connections, and dedicated ones, to the server that all nodes share. The node
// can be killed, or cut off from the server; that it is paused is its gate's affair.
import type { Cancel } from '@kith/server/core/clock';
import { Doubt } from '@kith/server/store/postgres/doubt';
import {
  CONNECT_TIMEOUT_MS,
  type Connection,
  type Database,
  POOL_SIZE,
  type Queryable,
  runTransaction,
  STATEMENT_TIMEOUT_MS,
  type Statement,
} from '@kith/server/store/postgres/pool';
import type { Gate } from '../gate.js';
import type { Chances } from './chances.js';
import { ModelledConnection } from './modelled-connection.js';
import type { Session } from './session.js';

export type ModelledDatabaseParts = {
  readonly gate: Gate;
  readonly chances: Chances;
  /** The server's side of a new connection; null where it is refused. */
  readonly accept: (connection: ModelledConnection, statementMs: number) => Session | null;
  /** Called before each statement, with its name. */
  readonly onQuery?: (name: string) => void;
};

type Waiter = {
  readonly take: (connection: ModelledConnection) => void;
  readonly fail: (error: unknown) => void;
  readonly cancelTimer: Cancel;
};

export class ModelledDatabase implements Database {
  readonly #parts: ModelledDatabaseParts;
  /** Of the pool, the one that was used last at the end. */
  readonly #idle: ModelledConnection[] = [];
  readonly #waiting: Waiter[] = [];
  readonly #open = new Set<ModelledConnection>();
  readonly #doubt = new Doubt<ModelledConnection>();
  #pooled = 0;
  #isCutOff = false;

  constructor(parts: ModelledDatabaseParts) {
    this.#parts = parts;
  }

  async query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const connection = await this.#take();
    const { moment } = this.#doubt;
    let isUsable = true;
    try {
      const rows = await connection.query<Row>(statement, values);
      this.#doubt.heard(connection);
      return rows;
    } catch (error) {
      isUsable = false;
      this.#doubt.failed(error, moment);
      throw error;
    } finally {
      this.#giveBack(connection, isUsable);
    }
  }

  async transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    const connection = await this.#take();
    const { moment } = this.#doubt;
    let isUsable = true;
    try {
      const result = await runTransaction(connection, work, () => {
        isUsable = false;
      });
      this.#doubt.heard(connection);
      return result;
    } catch (error) {
      this.#doubt.failed(error, moment);
      throw error;
    } finally {
      this.#giveBack(connection, isUsable);
    }
  }

  connect(timeouts: { readonly statementMs: number } = { statementMs: STATEMENT_TIMEOUT_MS }): Promise<Connection> {
    return this.#connect(timeouts.statementMs);
  }

  async close(): Promise<void> {
    for (const connection of this.#idle.splice(0)) await connection.close();
  }

  /** The node is killed: what it had open ends on the server in its time, what it had sent may still be done. */
  crash(): void {
    this.#parts.gate.crash();
    for (const connection of this.#open) connection.crash();
  }

  /** The network between this node and the server loses everything, and tells nobody. */
  cutOff(): void {
    this.#isCutOff = true;
    for (const connection of this.#open) connection.cutOff();
  }

  /** New connections go through again. */
  rejoin(): void {
    this.#isCutOff = false;
  }

  async #connect(statementMs: number): Promise<ModelledConnection> {
    const { gate, chances, accept, onQuery } = this.#parts;
    const connection = new ModelledConnection({ gate, chances, statementMs, onQuery: (name) => onQuery?.(name) });
    this.#forgetLost();
    this.#open.add(connection);
    if (this.#isCutOff) connection.cutOff();
    await connection.open((opened) => accept(opened, statementMs), CONNECT_TIMEOUT_MS);
    return connection;
  }

  /** One of the pool: idle, new, or the next that is given back. */
  async #take(): Promise<ModelledConnection> {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (!idle.isLost && !this.#doubt.has(idle)) return idle;
      idle.abort();
      this.#pooled -= 1;
    }
    if (this.#pooled >= POOL_SIZE) return this.#wait();
    this.#pooled += 1;
    try {
      return await this.#connect(STATEMENT_TIMEOUT_MS);
    } catch (error) {
      this.#pooled -= 1;
      this.#serveNext();
      throw error;
    }
  }

  #wait(): Promise<ModelledConnection> {
    return new Promise((take, fail) => {
      const cancelTimer = this.#parts.gate.clock.after(CONNECT_TIMEOUT_MS, () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        fail(new Error('timeout exceeded when trying to connect'));
      });
      const waiter = { take, fail, cancelTimer };
      this.#waiting.push(waiter);
    });
  }

  /** A connection over which something failed is not kept. */
  #giveBack(connection: ModelledConnection, isUsable: boolean): void {
    if (isUsable && !connection.isLost) this.#idle.push(connection);
    else {
      connection.abort();
      this.#pooled -= 1;
    }
    this.#serveNext();
  }

  #serveNext(): void {
    const next = this.#waiting.shift();
    if (!next) return;
    next.cancelTimer();
    this.#take().then(next.take, next.fail);
  }

  #forgetLost(): void {
    for (const connection of this.#open) if (connection.isLost) this.#open.delete(connection);
  }
}
