// `kith upgrade --check`: what a start of this build would do, told before it is done, on databases of builds before and after it.
import { readMigrations } from '@kith/server/store/postgres/migrate';
import { type MigratedDatabase, makeMigratedDatabase } from '@kith/testkit/migrated-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kithOn } from './fixtures/in-process.js';

let database: MigratedDatabase;

beforeAll(async () => {
  database = await makeMigratedDatabase();
});
afterAll(() => database?.drop());

const check = (...more: string[]) => kithOn({ database: database.url }, ['upgrade', '--check', ...more]);

it('tells what is pending, then that nothing is, then that the schema is of a newer build', async () => {
  const known = await readMigrations();
  const build = known.at(-1)?.number ?? 0;
  const before = known.at(-3)?.number ?? 0;
  await database.query(`CREATE TABLE kept AS SELECT m.* FROM schema_migration m;
    DELETE FROM schema_migration WHERE number > ${before}`);
  const found = await check('--json');
  expect(found.code).toBe(3);
  expect(JSON.parse(found.out)).toMatchObject({
    ...{ state: 'pending', build, schema: before },
    pending: known.slice(-2).map(({ number, name }) => `${String(number).padStart(4, '0')}_${name}`),
    postgres: expect.stringMatching(/^\d\d/),
    disk: { freeBytes: null, neededBytes: expect.any(Number), databaseBytes: expect.any(Number) },
  });
  const text = await check();
  expect(text).toMatchObject({ code: 3, out: expect.stringMatching(/^warn +schema .*2 to be applied$/m) });
  expect(text.out).toContain(`pending  00${build}_`);
  // It was a look.
  expect(JSON.parse((await check('--json')).out)).toMatchObject({ state: 'pending' });

  await database.query(`INSERT INTO schema_migration SELECT k.* FROM kept k WHERE k.number > ${before}`);
  expect(await check('--json')).toMatchObject({ code: 0, out: expect.stringContaining('"state": "current"') });

  const newer = (readableSince: number) =>
    `INSERT INTO schema_migration (number, name, readable_since, checksum) VALUES (9000, 'later', ${readableSince}, '')
      ON CONFLICT (number) DO UPDATE SET readable_since = excluded.readable_since`;
  await database.query(newer(build));
  expect(await check()).toMatchObject({ code: 0, out: expect.stringContaining('this build is older') });
  await database.query(newer(9_000));
  const blocked = await check('--json');
  expect(blocked.code).toBe(1);
  expect(JSON.parse(blocked.out)).toMatchObject({ state: 'blocked', schema: 9_000, pending: [] });
});

it('calls a database that nobody has started on pending as a whole', async () => {
  await database.query('ALTER TABLE schema_migration RENAME TO not_it');
  const { code, out } = await check('--json');
  expect(code).toBe(3);
  expect(JSON.parse(out)).toMatchObject({ state: 'pending', schema: 0 });
});
