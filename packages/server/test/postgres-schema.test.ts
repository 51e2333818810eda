// The schema comes with the build: applied once, by one node at a time, and refused where it would not be understood.
import { SILENT } from '@kith/server/core/telemetry';
import { FeedPruner } from '@kith/server/store/postgres/feed';
import { type Migration, migrate, readMigrations } from '@kith/server/store/postgres/migrate';
import { type Database, PooledDatabase, requireUsableServer } from '@kith/server/store/postgres/pool';
import { FakeClock } from '@kith/testkit/fake-clock';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const [kind] = availableServers();

describe.runIf(kind !== undefined)('the schema', () => {
  let server: TestServer;
  let url: string;
  let databases: Database[] = [];
  beforeAll(async () => {
    server = await startPostgres(kind ?? 'embedded');
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    url = await server.createDatabase();
  });
  afterEach(async () => {
    for (const database of databases) await database.close();
    databases = [];
  });

  const open = (address = { url }) => {
    const database = new PooledDatabase({ address, telemetry: SILENT });
    databases.push(database);
    return database;
  };

  test('every file is applied once, in order, whoever comes first', async () => {
    const known = await readMigrations();
    const applied = await Promise.all([open(), open(), open()].map((database) => migrate(database)));
    expect(applied.flat()).toEqual(known.map(({ name }) => name));
    const numbers = known.map(({ number }) => number);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(await migrate(open())).toEqual([]);
  });

  test('a migration that fails leaves nothing of itself, and the next start goes on there', async () => {
    const first = migration(1, 'CREATE TABLE one (a int)');
    const broken = migration(2, 'CREATE TABLE two (a int); SELECT nonsense');
    await expect(migrate(open(), [first, broken])).rejects.toMatchObject({ code: 'migration_failed' });
    expect(await tables()).toEqual(['one', 'schema_migration']);
    expect(await migrate(open(), [first, migration(2, 'CREATE TABLE two (a int)')])).toEqual(['m2']);
    expect(await tables()).toEqual(['one', 'schema_migration', 'two']);
  });

  test('a newer schema is used as long as it is readable for this build, and refused when it is not', async () => {
    const builds = [
      migration(1, 'SELECT 1'),
      migration(2, 'SELECT 2'),
      { ...migration(3, 'SELECT 3'), readableSince: 3 },
    ];
    await migrate(open(), builds.slice(0, 2));
    expect(await migrate(open(), builds.slice(0, 1))).toEqual([]);
    await migrate(open(), builds);
    await expect(migrate(open(), builds.slice(0, 2))).rejects.toMatchObject({
      code: 'schema_too_new',
      message: expect.stringContaining('needs at least build 3; this is build 2'),
    });
  });

  test('a file that was changed after it was applied, or that is gone, is refused', async () => {
    const files = [migration(1, 'SELECT 1'), migration(2, 'SELECT 2')];
    await migrate(open(), files);
    const changed = { ...migration(1, 'SELECT 1'), checksum: 'another' };
    await expect(migrate(open(), [changed, ...files.slice(1)])).rejects.toMatchObject({ code: 'migration_changed' });
    await expect(migrate(open(), files.slice(1))).rejects.toMatchObject({ code: 'migration_changed' });
  });

  test('a file that comes before one that was applied is refused', async () => {
    await migrate(open(), [migration(2, 'SELECT 2')]);
    const files = [migration(1, 'SELECT 1'), migration(2, 'SELECT 2')];
    await expect(migrate(open(), files)).rejects.toMatchObject({ code: 'migration_misplaced' });
  });

  test('every connection commits durably, in UTC and within bounds, whatever the URL asks for', async () => {
    const asking = new URL(url);
    asking.searchParams.set('options', '-c synchronous_commit=off -c search_path=elsewhere');
    const database = open({ url: asking.href });
    const connection = await database.connect({ statementMs: 1_234 });
    const names = ['synchronous_commit', 'timezone', 'statement_timeout', 'jit', 'search_path'];
    const settings = async (of: Pick<Database, 'query'>) => {
      const text =
        'SELECT current_setting(name) AS value FROM unnest($1::text[]) WITH ORDINALITY AS q (name, o) ORDER BY o';
      return (await of.query<{ value: string }>({ text }, [names])).map(({ value }) => value);
    };
    expect(await settings(database)).toEqual(['on', 'UTC', '10s', 'off', 'elsewhere']);
    expect(await settings(connection)).toEqual(['on', 'UTC', '1234ms', 'off', 'elsewhere']);
    await connection.close();
  });

  test('a URL that is none is refused with a word about it', () => {
    for (const bad of ['', 'mysql://localhost/x', 'localhost:5432']) {
      expect(() => open({ url: bad })).toThrow(expect.objectContaining({ code: 'database_url_invalid' }));
    }
  });

  test('a server without fsync, or a database that is not UTF-8, is refused', async () => {
    await expect(requireUsableServer(open())).resolves.toBeUndefined();
    const unsafe = await startPostgres(kind ?? 'embedded', ['fsync=off']);
    try {
      const database = open({ url: await unsafe.createDatabase() });
      await expect(requireUsableServer(database)).rejects.toMatchObject({ code: 'server_unsafe' });
      await database.close();
      databases = databases.filter((other) => other !== database);
    } finally {
      await unsafe.stop();
    }
    await server.query(`CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
    const latin = new URL(url);
    latin.pathname = '/latin';
    await expect(requireUsableServer(open({ url: latin.href }))).rejects.toMatchObject({ code: 'encoding_unusable' });
  });

  test('rows of the change feed go when they are more than an hour old', async () => {
    const database = open();
    await migrate(database);
    const clock = new FakeClock();
    const pruner = new FeedPruner({ database, clock, telemetry: SILENT });
    const write = () =>
      database.query({
        text: `INSERT INTO feed (xid, conversations, heads) VALUES (pg_current_xact_id(), '{1}', '{1}')`,
      });
    const rows = async () => (await database.query({ text: 'SELECT xid FROM feed' })).length;
    await write();
    await pruner.prune();
    clock.advance(1);
    await write();
    // The wall clock says nothing about age.
    clock.jump(7_200_000);
    await pruner.prune();
    expect(await rows()).toBe(2);
    clock.advance(3_599_999);
    await pruner.prune();
    expect(await rows()).toBe(1);
    const text = 'SELECT s.feed_from > min(f.xid) AS "isAhead" FROM store s, feed f GROUP BY s.feed_from';
    expect(await database.query({ text })).toEqual([{ isAhead: false }]);
    await pruner.close();
    expect(clock.pending).toBe(0);
  });

  async function tables(): Promise<readonly unknown[]> {
    const rows = await server.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`, url);
    return rows.map(({ tablename }) => tablename);
  }
});

function migration(number: number, sql: string): Migration {
  return { number, name: `m${number}`, readableSince: 1, checksum: String(number), sql };
}
