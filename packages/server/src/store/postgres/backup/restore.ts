// Puts a backup back, in one transaction: either all of it is there, with its schema brought up to this build's and new epochs,
// or the database is as it was. The backup is read through and checked before anything is touched. It may come from another
// major version of PostgreSQL, and from an older build.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { from as copyFrom } from 'pg-copy-streams';
import { applyWithin, type Migration, readMigrations, readSchema } from '../migrate.js';
import { type DatabaseAddress, requireUsableServer } from '../pool.js';
import { MaintenanceConnection } from './maintenance-connection.js';
import { BackupError, type BackupTable, type Manifest } from './manifest.js';
import { renewStore } from './renew.js';
import { isServed } from './served.js';
import { RowCounter } from './streams.js';
import { dropStatement, readCounters, readLayouts, type TableLayout, tablesOf } from './tables.js';
import { type Progress, readManifest, verifyBackup, type Watch } from './verify.js';

export type Restoring = Watch & {
  readonly address: DatabaseAddress;
  /** Whether what is in the database may go. */
  readonly mayReplace: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** Told once the backup is known to be whole, and its rows go in. */
  readonly onVerified?: (manifest: Manifest) => void;
};

export type Restored = {
  readonly manifest: Manifest;
  /** Names of the files that the backup's schema lacked. */
  readonly migrated: readonly string[];
  readonly store: string;
  readonly epoch: number;
};

/** @throws BackupError, DatabaseError; then nothing has changed */
export async function restoreBackup(folder: string, restoring: Restoring): Promise<Restored> {
  const known = await readMigrations();
  const { older, newer } = splitMigrations(await readManifest(folder), known);
  const connection = await MaintenanceConnection.open(restoring.address);
  const cut = (): void => void connection.close();
  restoring.signal?.addEventListener('abort', cut);
  try {
    await requireUsableServer(connection);
    // Before the long look at the backup, and again once nobody can come between.
    await requireRoom(connection, { known, mayReplace: restoring.mayReplace });
    const manifest = await verifyBackup(folder, restoring);
    restoring.onVerified?.(manifest);
    const { onProgress = () => {} } = restoring;
    const renewed = await connection.transaction('BEGIN', async () => {
      await applyWithin(connection, []);
      await requireRoom(connection, { known, mayReplace: restoring.mayReplace });
      const replaced = await highestEpoch(connection);
      await clear(connection, known);
      await applyWithin(connection, older);
      await fill(connection, { folder, manifest, names: tablesOf(known), onProgress });
      await applyWithin(connection, newer);
      return await renewStore(connection, Math.max(restoring.now, manifest.epoch + 1, replaced + 1));
    });
    await connection.query({ text: 'ANALYZE' });
    return { manifest, migrated: newer.map(({ name }) => name), ...renewed };
  } finally {
    restoring.signal?.removeEventListener('abort', cut);
    await connection.close();
  }
}

type Split = { readonly older: readonly Migration[]; readonly newer: readonly Migration[] };

/** Those that the backup's schema has, and those that it lacks. @throws BackupError */
function splitMigrations({ migrations }: Manifest, known: readonly Migration[]): Split {
  for (const { number, name, checksum } of migrations) {
    const file = known.find((migration) => migration.number === number);
    if (file?.checksum === checksum) continue;
    const what =
      file === undefined
        ? 'which this build does not know: restore it with the build that took it'
        : 'which is another here';
    throw new BackupError(`the backup has the migration ${number}_${name}, ${what}`);
  }
  const has = new Set(migrations.map(({ number }) => number));
  const last = migrations.at(-1)?.number ?? 0;
  return {
    older: known.filter(({ number }) => has.has(number)),
    newer: known.filter(({ number }) => !has.has(number) && number > last),
  };
}

/** @throws BackupError where a server uses the database, or somebody's data is in it that may not go */
async function requireRoom(
  connection: MaintenanceConnection,
  { known, mayReplace }: { readonly known: readonly Migration[]; readonly mayReplace: boolean },
): Promise<void> {
  if (await isServed(connection)) throw new BackupError('a server uses this database: stop all nodes first');
  const { applied } = await readSchema(connection, known);
  const last = applied.at(-1)?.number ?? 0;
  if (last === 0) return;
  if (last > (known.at(-1)?.number ?? 0)) {
    throw new BackupError('the database is that of a newer build: restore with that build, or into an empty database');
  }
  const filled = 'SELECT EXISTS (SELECT FROM account) OR EXISTS (SELECT FROM conversation) AS "isFilled"';
  const [found] = await connection.query<{ isFilled: boolean }>({ text: filled });
  if (found?.isFilled === true && !mayReplace) {
    throw new BackupError('the database is not empty: name an empty one, or replace what is in it with --replace');
  }
}

/** Of what is replaced: its clients have seen it. */
async function highestEpoch(connection: MaintenanceConnection): Promise<number> {
  const [found] = await connection.query<{ isThere: boolean }>({
    text: `SELECT to_regclass('conversation') IS NOT NULL AS "isThere"`,
  });
  if (found?.isThere !== true) return 0;
  const text = 'SELECT coalesce(max(c.epoch), 0)::bigint AS epoch FROM conversation c';
  const [row] = await connection.query<{ epoch: number }>({ text });
  return row?.epoch ?? 0;
}

async function clear(connection: MaintenanceConnection, known: readonly Migration[]): Promise<void> {
  const drop = await dropStatement(connection, [...tablesOf(known), 'schema_migration']);
  if (drop !== null) await connection.query({ text: drop });
}

type Filling = {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly names: readonly string[];
  readonly onProgress: Progress;
};

async function fill(
  connection: MaintenanceConnection,
  { folder, manifest, names, onProgress }: Filling,
): Promise<void> {
  const layouts = await readLayouts(connection, names);
  const unknown = manifest.tables.find(({ name }) => !layouts.some((layout) => layout.name === name));
  if (unknown !== undefined)
    throw new BackupError(`the backup has a table ${unknown.name} that its schema does not have`);
  const total = manifest.tables.reduce((sum, { rows }) => sum + rows, 0);
  let done = 0;
  const onRows = (more: number): void => {
    done += more;
    onProgress(done, total);
  };
  // What a migration puts into a table is in the backup as it became.
  const empty = `SELECT format('TRUNCATE %s', string_agg(format('%I', t.name), ', ')) AS statement FROM unnest($1::text[]) AS t (name)`;
  const [truncate] = await connection.query<{ statement: string }>({ text: empty }, [layouts.map(({ name }) => name)]);
  if (truncate !== undefined) await connection.query({ text: truncate.statement });
  for (const layout of layouts) {
    const table = manifest.tables.find(({ name }) => name === layout.name);
    if (table === undefined) throw new BackupError(`the backup lacks the table ${layout.name}`);
    await fillTable(connection, { folder, layout, table, onRows });
  }
  for (const text of await readCounters(connection, names)) await connection.query({ text });
}

async function fillTable(
  connection: MaintenanceConnection,
  {
    folder,
    layout,
    table,
    onRows,
  }: {
    readonly folder: string;
    readonly layout: TableLayout;
    readonly table: BackupTable;
    readonly onRows: (more: number) => void;
  },
): Promise<void> {
  if (layout.columns.join() !== table.columns.join()) {
    throw new BackupError(`the columns of ${table.name} in the backup are others than those of its schema`);
  }
  const into = connection.client.query(copyFrom(layout.copyIn));
  const file = createReadStream(join(folder, table.file));
  await pipeline(file, createGunzip(), new RowCounter(onRows), into);
  if (into.rowCount !== table.rows) {
    throw new BackupError(`${table.name} took ${into.rowCount} rows, and the backup holds ${table.rows}`);
  }
}
