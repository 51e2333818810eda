// `kith upgrade --check`: what a start of this build would do, told before it is done, on databases of builds before and after it.
import { SILENT } from '@kith/server/core/telemetry';
import { migrate, readMigrations } from '@kith/server/store/postgres/migrate';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kithOn } from './fixtures/in-process.js';

let postgres: TestServer;
let database = '';

beforeAll(async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
  postgres = await startPostgres(kind);
  database = await postgres.createDatabase();
});
afterAll(() => postgres?.stop());

async function migrated(count?: number): Promise<void> {
  const pool = new PooledDatabase({ address: { url: database }, telemetry: SILENT, poolSize: 1 });
  await migrate(pool, (await readMigrations()).slice(0, count)).finally(() => pool.close());
}

const check = (...more: string[]) => kithOn({ database }, ['upgrade', '--check', ...more]);

it('tells what is pending, then that nothing is, then that the schema is of a newer build', async () => {
  const known = await readMigrations();
  const build = known.at(-1)?.number;
  await migrated(-2);
  const before = await check('--json');
  expect(before.code).toBe(3);
  expect(JSON.parse(before.out)).toMatchObject({
    ...{ state: 'pending', build, schema: known.at(-3)?.number },
    pending: known.slice(-2).map(({ number, name }) => `${String(number).padStart(4, '0')}_${name}`),
    postgres: expect.stringMatching(/^\d\d/),
    disk: { freeBytes: null, neededBytes: expect.any(Number), databaseBytes: expect.any(Number) },
  });
  const text = await check();
  expect(text).toMatchObject({ code: 3, out: expect.stringMatching(/^warn +schema .*2 to be applied$/m) });
  expect(text.out).toContain(`pending  00${build}_`);
  // It was a look.
  expect(JSON.parse((await check('--json')).out)).toMatchObject({ state: 'pending' });

  await migrated();
  expect(await check('--json')).toMatchObject({ code: 0, out: expect.stringContaining('"state": "current"') });

  const newer = (readableSince: number | undefined) =>
    `INSERT INTO schema_migration (number, name, readable_since, checksum) VALUES (9000, 'later', ${readableSince}, '')
      ON CONFLICT (number) DO UPDATE SET readable_since = excluded.readable_since`;
  await postgres.query(newer(build), database);
  const readable = await check();
  expect(readable).toMatchObject({ code: 0, out: expect.stringContaining('this build is older') });
  await postgres.query(newer(9_000), database);
  const blocked = await check('--json');
  expect(blocked.code).toBe(1);
  expect(JSON.parse(blocked.out)).toMatchObject({ state: 'blocked', schema: 9_000, pending: [] });
});

it('calls a database that nobody has started on pending as a whole', async () => {
  database = await postgres.createDatabase();
  const { code, out } = await check('--json');
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({ state: 'pending', schema: 0 });
});
