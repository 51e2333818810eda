// The connection of a lane: opened when it is wanted, replaced when it was lost. Every new one is asked first which store
// it leads to, and whether that store keeps what it confirms.
import type { Connection, Database } from './pool.js';
import { requireUsableServer } from './pool.js';
import { readStore, type StoreRow } from './store-identity.js';

/** Well below the time that a write waits in all, so that one try more is left. */
const STATEMENT_TIMEOUT_MS = 2_500;

export class LaneConnection {
  readonly #database: Database;
  readonly #onStore: (store: StoreRow) => void;
  #connection: Connection | null = null;

  /** @param onStore told the store's identity with each new connection, before it is used */
  constructor(database: Database, onStore: (store: StoreRow) => void) {
    this.#database = database;
    this.#onStore = onStore;
  }

  /** @throws the driver's error, or DatabaseError, where there is none to be had just now */
  async get(): Promise<Connection> {
    if (this.#connection && !this.#connection.isLost) return this.#connection;
    this.drop();
    const connection = await this.#database.connect({ statementMs: STATEMENT_TIMEOUT_MS });
    try {
      await requireUsableServer(connection);
      this.#onStore(await readStore(connection));
    } catch (error) {
      connection.abort();
      throw error;
    }
    this.#connection = connection;
    return connection;
  }

  /** What is on its way over it is not waited for. */
  drop(): void {
    this.#connection?.abort();
    this.#connection = null;
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = null;
    await connection?.close();
  }
}
