// The database of each release is brought to today's schema with what is in it, by both ways: migrations on the database as it
// was, and a restore of its backup. People sign in as before and find what they said. `compat/` is written when a release is made.
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGunzip } from 'node:zlib';
import { SILENT } from '@kith/server/core/telemetry';
import type { Manifest } from '@kith/server/store/postgres/backup/manifest';
import { restoreBackup } from '@kith/server/store/postgres/backup/restore';
import { type Applied, migrate, readMigrations } from '@kith/server/store/postgres/migrate';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import { type MigratedDatabase, makeMigratedDatabase } from '@kith/testkit/migrated-database';
import { dumpSchema, structureOf } from '@kith/testkit/schema-dump';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startServerOn } from './fixtures/real-server.js';

const RELEASES = fileURLToPath(new URL('../../../compat/', import.meta.url));
/** Of everyone in the backup of a release. */
const PASSWORD = 'nine blue doors 52';
/** So many releases back an upgrade is one step, and so is the way back. */
const PROMISED = 2;
const isNightly = process.env.NIGHTLY !== undefined;
/** From the first on; by day the last two are tried. */
const versions = (await readdir(RELEASES)).toSorted((one, other) => one.localeCompare(other, 'en', { numeric: true }));
const EMPTY = 'DROP SCHEMA public CASCADE; CREATE SCHEMA public';

let today: string;

beforeAll(async () => {
  const fresh = await makeMigratedDatabase();
  today = structureOf(await dumpSchema(fresh.query));
  await fresh.drop();
});

describe.each(isNightly ? versions : versions.slice(-PROMISED))('the database of %s', (version) => {
  const folder = `${RELEASES}${version}`;
  let manifest: Manifest;
  beforeAll(async () => {
    manifest = JSON.parse(await readFile(`${folder}/backup/manifest.json`, 'utf8')) as Manifest;
  });

  it('was made by migrations that are still what they were', async () => {
    const then = JSON.parse(await readFile(`${folder}/migrations.json`, 'utf8')) as readonly Applied[];
    const now = (await readMigrations()).map(({ sql: _, ...applied }) => applied);
    expect(now.slice(0, then.length)).toEqual(then);
  });

  it.runIf(versions.indexOf(version) >= versions.length - PROMISED)(
    'is one that its own build may go back to: no migration since shuts it out',
    async () => {
      const then = JSON.parse(await readFile(`${folder}/migrations.json`, 'utf8')) as readonly Applied[];
      const build = then.at(-1)?.number ?? 0;
      expect((await readMigrations()).filter(({ readableSince }) => readableSince > build)).toEqual([]);
    },
  );

  it('is brought to the schema of today with what is in it, and serves those who were there', async () => {
    const database = await emptyDatabase();
    await database.query(await readFile(`${folder}/schema.sql`, 'utf8'));
    await fill(database.url, { folder, manifest });
    const pool = new PooledDatabase({ address: { url: database.url }, telemetry: SILENT });
    await migrate(pool);
    await pool.close();
    expect(structureOf(await dumpSchema(database.query))).toBe(today);
    await expectWhole(database, manifest);
  }, 120_000);

  it.runIf(isNightly)('comes back from its backup', async () => {
    const database = await emptyDatabase();
    const address = { url: database.url };
    await restoreBackup(`${folder}/backup`, { address, mayReplace: false, now: Date.now() });
    expect(structureOf(await dumpSchema(database.query))).toBe(today);
    await expectWhole(database, manifest);
  });
});

async function emptyDatabase(): Promise<MigratedDatabase> {
  const database = await makeMigratedDatabase();
  await database.query(EMPTY);
  return database;
}

/** A new identity goes on after those that came in, as in the database that was there. */
async function fill(url: string, { folder, manifest }: { readonly folder: string; readonly manifest: Manifest }) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const { name, columns } of manifest.tables) {
    const sink = client.query(copyFrom(`COPY ${name} (${columns.join(', ')}) FROM STDIN`));
    await pipeline(createReadStream(`${folder}/backup/${name}.copy.gz`), createGunzip(), sink);
  }
  await client.query(`SELECT setval(pg_get_serial_sequence('conversation', 'no'), max(no)) FROM conversation`);
  await client.end();
}

/** As many of everything as there were; and a server on it signs somebody in, gives them what was said, and takes more. */
async function expectWhole(database: MigratedDatabase, { tables, counts }: Manifest): Promise<void> {
  for (const { name, rows } of tables.filter((table) =>
    ['account', 'entry', 'member', 'pin', 'vote'].includes(table.name),
  )) {
    expect([name, await database.query(`SELECT count(*)::int AS rows FROM ${name}`)]).toEqual([name, [{ rows }]]);
  }
  expect(counts.people).toBeGreaterThan(1);
  const [person] = await database.query(`SELECT username FROM account WHERE role = 'owner' LIMIT 1`);
  const server = await startServerOn(database);
  onTestFinished(() => server.stop());
  const ask = async (route: string, parts: { readonly token?: string; readonly body?: object }) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await fetch(`${server.url}${path}`, {
      method,
      headers: {
        ...(parts.token === undefined ? {} : { authorization: `Bearer ${parts.token}` }),
        ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
    });
    expect([route, answer.ok]).toEqual([route, true]);
    return (await answer.json()) as { readonly [field: string]: unknown };
  };
  const { accessToken } = await ask('POST /v1/sessions', { body: { username: person?.username, password: PASSWORD } });
  const token = String(accessToken);
  const { items } = await ask('GET /v1/conversations', { token });
  const talk = (items as readonly { id: string; kind: string; head: number; role: string }[]).find(
    ({ head }) => head > 20,
  );
  const { entries } = await ask(`GET /v1/conversations/${talk?.id}/entries`, { token });
  expect((entries as readonly unknown[]).length).toBeGreaterThan(20);
  const sent = await ask(`POST /v1/conversations/${talk?.id}/messages`, {
    token,
    body: { key: crypto.randomUUID(), text: 'still here' },
  });
  expect(sent.seq).toBe((talk?.head ?? 0) + 1);
}
