// Slow statements on PostgreSQL itself: what of them is in the log and the metrics, and what never is.
import { ServerTelemetry } from '@kith/server/edge/telemetry';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { availableServers, startPostgres, type TestServer } from '../src/postgres-server.js';

const SLOW_MS = 300;
const SLEEP_S = 0.4;
const SECRET = 'a word that nobody may read';
const SLEEP = { name: 'a_slow_one', text: 'SELECT pg_sleep($1), $2::text AS said FROM generate_series(1, 1)' };
/** Refused only once it has slept. */
const FAIL = {
  name: 'a_failing_one',
  text: 'SELECT (said.word || $2)::int FROM (SELECT $3::text AS word, pg_sleep($1)) AS said',
};

type Line = { readonly msg: string; readonly level: string; readonly [field: string]: unknown };

describe.runIf(availableServers().length > 0)('statements that take long', () => {
  const opened: { server?: TestServer; url?: string } = {};
  const databases: PooledDatabase[] = [];
  beforeAll(async () => {
    const [kind] = availableServers();
    if (kind === undefined) throw new Error('there is no server');
    opened.server = await startPostgres(kind);
    opened.url = await opened.server.createDatabase();
  });
  afterAll(async () => {
    for (const database of databases) await database.close();
    await opened.server?.stop();
  });

  function open(slowQueryMs: number) {
    const written: string[] = [];
    const destination = { write: (text: string) => void written.push(text) };
    const telemetry = new ServerTelemetry({ level: 'debug', node: 'test', destination });
    const database = new PooledDatabase({ address: { url: opened.url ?? '' }, telemetry, slowQueryMs });
    databases.push(database);
    const lines = () => written.map((text) => JSON.parse(text) as Line);
    return { database, written, lines, metrics: async () => (await telemetry.metrics()).text };
  }

  test('are logged with name, text, time and rows, and counted by name, without values', async () => {
    const { database, written, lines, metrics } = open(SLOW_MS);
    await database.query(SLEEP, [SLEEP_S, SECRET]);
    await database.transaction((transaction) => transaction.query(SLEEP, [SLEEP_S, SECRET]));
    await database.query({ text: `SELECT pg_sleep(${SLEEP_S}) AS "${SECRET}"` });
    expect(await database.query({ name: 'a_quick_one', text: 'SELECT 1 AS one' })).toEqual([{ one: 1 }]);
    const slow = lines().filter(({ statement }) => statement === SLEEP.name);
    expect(slow).toHaveLength(2);
    for (const line of slow) {
      expect(line).toMatchObject({
        level: 'warn',
        // With places for values.
        sql: SLEEP.text.replace(/\s+/g, ' ').trim(),
        rows: 1,
        failed: false,
        msg: 'a statement in the database was slow',
      });
      expect(line.tookMs).toBeGreaterThanOrEqual(SLOW_MS);
    }
    // It may be put together.
    expect(lines().filter(({ statement }) => statement === 'unnamed')).toMatchObject([{ sql: null }]);
    const text = await metrics();
    expect(text).toContain(`kith_slow_queries_total{statement="${SLEEP.name}"} 2`);
    expect(text).toContain('kith_slow_queries_total{statement="unnamed"} 1');
    for (const said of [written.join('\n'), text]) {
      expect(said).not.toContain(SECRET);
      expect(said).not.toContain('a_quick_one');
    }
  });

  test('are logged where they fail too, on connections of their own as well', async () => {
    const { database, written, lines, metrics } = open(SLOW_MS);
    const connection = await database.connect();
    await expect(connection.query(FAIL, [SLEEP_S, SECRET, SECRET])).rejects.toThrow();
    await connection.close();
    expect(lines()).toMatchObject([{ statement: FAIL.name, rows: null, failed: true }]);
    expect(await metrics()).toContain(`kith_slow_queries_total{statement="${FAIL.name}"} 1`);
    expect(written.join('\n')).not.toContain(SECRET);
  });

  test('are nothing to tell of where nobody wants to know', async () => {
    const { database, written, metrics } = open(0);
    await database.query(SLEEP, [SLEEP_S, SECRET]);
    expect(written).toEqual([]);
    expect(await metrics()).not.toContain('kith_slow_queries_total');
  });
});
