// Connections to the one database: a general pool, and dedicated connections for appends that pipeline.
// Every connection is durable by its own settings (synchronous_commit), bounded in time on both sides, and in UTC; a
// server that is too old or does not flush to disk is refused.
import pg from 'pg';
import type { Telemetry } from '../../core/telemetry.js';
import { DatabaseError } from './database-error.js';
import { Doubt } from './doubt.js';
import { sendStatement } from './send-statement.js';
import { SlowQueries } from './slow-queries.js';

export type DatabaseAddress =
  /** The value of DATABASE_URL. */
  | { readonly url: string }
  /** `host` may be the directory of a Unix socket. */
  | { readonly host: string; readonly port: number; readonly user: string; readonly database: string };

/** A statement with a name is prepared once on each connection. One name always stands for the same text. */
export type Statement = { readonly name?: string; readonly text: string };

export interface Queryable {
  /** @returns the rows; @throws the driver's error, with PostgreSQL's `code` where the server refused */
  query<Row extends object>(statement: Statement, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/** What the store needs of PostgreSQL: statements on a general pool, transactions, connections of its own. */
export interface Database extends Queryable {
  /**
   * Runs `work` in one transaction of one connection, at READ COMMITTED. What it throws rolls back and comes through.
   * Statements are sent without waiting for the answers of earlier ones, and run in the order of the calls.
   */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** A connection of its own. */
  connect(timeouts?: { readonly statementMs: number }): Promise<Connection>;
  close(): Promise<void>;
}

/** One dedicated connection. Once lost it stays lost: whoever needs another opens it. */
export interface Connection extends Queryable {
  readonly isLost: boolean;
  /** Says goodbye where nothing is on its way. Ends in any case, and soon. */
  close(): Promise<void>;
  /** Cuts the connection: what is on its way fails, and the server finds out by itself. */
  abort(): void;
}

export type DatabaseOptions = {
  readonly address: DatabaseAddress;
  readonly telemetry: Telemetry;
  /** Connections of the general pool. Appends open theirs beside it. */
  readonly poolSize?: number;
  /** From how many milliseconds on a statement is slow; 0, and by default, none is. */
  readonly slowQueryMs?: number;
  /** Called before each statement, with its name: tests count queries here. */
  readonly onQuery?: (name: string) => void;
};

const OLDEST_SERVER = 15;
export const POOL_SIZE = 6;
export const CONNECT_TIMEOUT_MS = 3_000;
export const STATEMENT_TIMEOUT_MS = 10_000;
/** A lock is waited for no longer: what holds it is another node's short transaction, or one that died. */
export const LOCK_TIMEOUT_MS = 3_000;
/** An answer that does not come this long after the server should have given up: the connection is dead. */
export const SILENCE_MS = 1_000;
const GOODBYE_MS = 1_000;
/** Connections of the pool that are not used for this long are closed. */
const IDLE_MS = 300_000;

type QueryOptions = DatabaseOptions & { readonly slow: SlowQueries | null };

/** The general pool. Named statements are prepared once per connection. */
export class PooledDatabase implements Database {
  readonly #options: QueryOptions;
  readonly #pool: pg.Pool;
  readonly #doubt = new Doubt<pg.PoolClient>();

  constructor(options: DatabaseOptions) {
    const { telemetry, slowQueryMs = 0 } = options;
    this.#options = { ...options, slow: slowQueryMs > 0 ? new SlowQueries({ telemetry, slowQueryMs }) : null };
    const max = options.poolSize ?? POOL_SIZE;
    this.#pool = new pg.Pool({ ...clientConfig(options.address), max, idleTimeoutMillis: IDLE_MS });
    // A connection may be lost between two statements of a transaction, when the pool does not listen: the next statement
    // fails then, and says so; the event alone must not end the process.
    this.#pool.on('connect', (client) => client.on('error', () => {}));
    this.#pool.on('error', (error) => {
      // The server may go down before it has heard goodbye.
      if (this.#pool.ending) return;
      options.telemetry.warn('an idle database connection was lost', { reason: error.message });
    });
  }

  query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<readonly Row[]> {
    // A connection over which something failed is not given back: whether it still lives is not asked.
    return this.#using(async (queries, onUnusable) => {
      try {
        return await queries.query<Row>(statement, values);
      } catch (error) {
        onUnusable(error instanceof Error ? error : new Error('a query failed', { cause: error }));
        throw error;
      }
    });
  }

  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    // A connection that could not even roll back is not given back.
    return this.#using((queries, onUnusable) => runTransaction(queries, work, onUnusable));
  }

  async #using<T>(work: (queries: Queryable, onUnusable: (error: Error) => void) => Promise<T>): Promise<T> {
    const client = await this.#take();
    const { moment } = this.#doubt;
    let failure: Error | undefined;
    try {
      const result = await work(new ClientQueries(client, this.#options), (error) => {
        failure = error;
      });
      this.#doubt.heard(client);
      return result;
    } catch (error) {
      this.#doubt.failed(error, moment);
      throw error;
    } finally {
      client.release(failure);
    }
  }

  async #take(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#pool.connect();
      if (!this.#doubt.has(client)) return client;
      client.release(true);
    }
  }

  async connect(
    timeouts: { readonly statementMs: number } = { statementMs: STATEMENT_TIMEOUT_MS },
  ): Promise<Connection> {
    const client = new pg.Client(clientConfig(this.#options.address, timeouts.statementMs));
    const connection = new ClientConnection(client, new ClientQueries(client, this.#options, timeouts.statementMs));
    await client.connect();
    return connection;
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

class ClientQueries implements Queryable {
  readonly #client: pg.ClientBase;
  readonly #options: QueryOptions;
  readonly #timeoutMs: number;

  constructor(client: pg.ClientBase, options: QueryOptions, statementMs: number = STATEMENT_TIMEOUT_MS) {
    this.#client = client;
    this.#options = options;
    this.#timeoutMs = statementMs + SILENCE_MS;
  }

  query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { onQuery, slow } = this.#options;
    onQuery?.(statement.name ?? statement.text);
    return sendStatement<Row>(this.#client, { statement, values, timeoutMs: this.#timeoutMs, slow });
  }
}

class ClientConnection implements Connection {
  readonly #client: pg.Client;
  readonly #queries: Queryable;
  #isLost = false;

  constructor(client: pg.Client, queries: Queryable) {
    this.#client = client;
    this.#queries = queries;
    client.on('error', () => {
      this.#isLost = true;
    });
    client.on('end', () => {
      this.#isLost = true;
    });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  query<Row extends object>(statement: Statement, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#queries.query<Row>(statement, values);
  }

  async close(): Promise<void> {
    const { stream } = this.#client.connection;
    if (this.#isLost) stream.destroy();
    this.#isLost = true;
    const timer = setTimeout(() => stream.destroy(), GOODBYE_MS);
    await this.#client.end();
    clearTimeout(timer);
  }

  abort(): void {
    this.#isLost = true;
    this.#client.connection.stream.destroy();
  }
}

/**
 * BEGIN, `work` and COMMIT over one connection, or ROLLBACK where something throws.
 * @param onUnusable told where not even that was possible, and whether the connection lives is not known
 */
export async function runTransaction<T>(
  transaction: Queryable,
  work: (transaction: Queryable) => Promise<T>,
  onUnusable: (error: Error) => void,
): Promise<T> {
  let isOver = false;
  // `work` does not wait for BEGIN. Where that is refused, or a statement that it had sent at the same time as another, what
  // it would send later would run outside of the transaction.
  const open: Queryable = {
    query: async (statement, values) => {
      if (isOver) throw new Error('the transaction is over');
      return transaction.query(statement, values);
    },
  };
  try {
    const [, result] = await Promise.all([transaction.query({ text: 'BEGIN' }), work(open)]);
    await transaction.query({ text: 'COMMIT' });
    return result;
  } catch (error) {
    isOver = true;
    const failure = await rollback(transaction);
    if (failure) onUnusable(failure);
    throw error;
  }
}

async function rollback(transaction: Queryable): Promise<Error | undefined> {
  try {
    await transaction.query({ text: 'ROLLBACK' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('rolling back failed', { cause: error });
  }
}

export const READ_SERVER: Statement = {
  name: 'read_server',
  text: `SELECT current_setting('server_version_num')::int AS version, current_setting('fsync') AS fsync,
    current_setting('server_encoding') AS encoding`,
};

/** @throws DatabaseError where the server is too old, does not flush, or does not store UTF-8 */
export async function requireUsableServer(database: Queryable): Promise<void> {
  const [server] = await database.query<{ version: number; fsync: string; encoding: string }>(READ_SERVER);
  if (!server || server.version < OLDEST_SERVER * 10_000) {
    throw new DatabaseError('server_too_old', `PostgreSQL ${OLDEST_SERVER} or later is needed; this one is older`);
  }
  if (server.fsync !== 'on') {
    throw new DatabaseError(
      'server_unsafe',
      'PostgreSQL runs with fsync=off and may lose what it confirmed: turn it on',
    );
  }
  if (server.encoding !== 'UTF8') {
    throw new DatabaseError('encoding_unusable', `the database is encoded in ${server.encoding}: create it with UTF8`);
  }
}

/** @throws DatabaseError database_url_invalid */
function clientConfig(address: DatabaseAddress, statementMs: number = STATEMENT_TIMEOUT_MS): pg.ClientConfig {
  return {
    ...('url' in address ? { connectionString: urlWithSettings(address.url, statementMs) } : address),
    ...('url' in address ? {} : { options: settings(statementMs) }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    pipeline: true,
    keepAlive: true,
    application_name: 'kith',
    types: { getTypeParser },
  };
}

function settings(statementMs: number): string {
  const values = {
    synchronous_commit: 'on',
    timezone: 'UTC',
    statement_timeout: statementMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    // Our statements touch few rows by index; compiling them costs more than running them.
    jit: 'off',
    // What is read is mostly in memory or on a disk without heads; the default of 4 makes the planner read whole tables.
    random_page_cost: 1.1,
    // A statement is planned once on each connection, perhaps while a table is empty. Whatever PostgreSQL believes of the
    // tables then, it goes through indexes row by row, which stays right when they grow; planning anew for each run costs
    // as much as reading a page does.
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    plan_cache_mode: 'force_generic_plan',
  };
  return Object.entries(values)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** Our settings come after those of the URL, and so they win. */
function urlWithSettings(text: string, statementMs: number): string {
  const isUrl = /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
  if (!isUrl) {
    throw new DatabaseError(
      'database_url_invalid',
      'DATABASE_URL is not of the form postgres://user@host:port/database',
    );
  }
  const url = new URL(text);
  const given = url.searchParams.get('options');
  url.searchParams.set('options', [given, settings(statementMs)].filter(Boolean).join(' '));
  // URLSearchParams writes a space as '+', which PostgreSQL's URLs do not know.
  url.search = url.search.replaceAll('+', '%20');
  return url.href;
}

const INT8 = pg.types.builtins.INT8;

/** A bigint of ours is a sequence number, a time or a count: below 2^53. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  return oid === INT8 ? Number : pg.types.getTypeParser(oid, format);
}
