// One connection for work that takes as long as it takes: copying all there is, out or in. It has none of the bounds and plans
// of those that serve, and another name, by which servers are told from it.
import pg from 'pg';
import { CONNECT_TIMEOUT_MS, type DatabaseAddress, type Queryable, type Statement } from '../pool.js';

const NAME = 'kith maintenance';
const INT8 = pg.types.builtins.INT8;

/** What makes text of values the same everywhere, and never gives up for want of time. A lock is waited for a minute. */
const SETTINGS = `SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '60s';
  SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';
  SET extra_float_digits = 1; SET client_encoding = 'UTF8'; SET synchronous_commit = 'on'`;

export class MaintenanceConnection implements Queryable {
  /** For streams of COPY. */
  readonly client: pg.Client;

  private constructor(client: pg.Client) {
    this.client = client;
  }

  static async open(address: DatabaseAddress): Promise<MaintenanceConnection> {
    const client = new pg.Client({
      ...('url' in address ? { connectionString: address.url } : address),
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: NAME,
      types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) },
    });
    // A connection that is lost is told by the statement under way.
    client.on('error', () => {});
    await client.connect();
    await client.query(SETTINGS);
    return new MaintenanceConnection(client);
  }

  async query<Row extends object>({ text }: Statement, values: readonly unknown[] = []): Promise<readonly Row[]> {
    const { rows } = await (values.length === 0 ? this.client.query(text) : this.client.query(text, [...values]));
    return rows;
  }

  /** BEGIN, `work` and COMMIT, or nothing of it. */
  async transaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    await this.client.query(begin);
    try {
      const result = await work();
      await this.client.query('COMMIT');
      return result;
    } catch (error) {
      // Where the connection is lost the transaction is, too; what is told is why.
      await this.client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.client.end().catch(() => {});
  }
}
