// Takes a backup of a database that may be served meanwhile: one snapshot, so that what is in it was all there at one moment, and
// whatever was acknowledged before is. The folder is made beside its place, read again as a check, and renamed into it: half a
// backup never has its name. What is in it opens everything, so nobody else may read it.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { to as copyTo } from 'pg-copy-streams';
import { syncDirectory } from '../embedded/sync-directory.js';
import { readMigrations, readSchema } from '../migrate.js';
import { type DatabaseAddress, requireUsableServer } from '../pool.js';
import { MaintenanceConnection } from './maintenance-connection.js';
import { BackupError, type BackupTable, FORMAT, fileOf, MANIFEST, type Manifest, SUMS } from './manifest.js';
import { RowCounter, Summer } from './streams.js';
import { readLayouts, type TableLayout, tablesOf } from './tables.js';
import { type Progress, verifyBackup, type Watch } from './verify.js';

const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
/** Of the folder in the making; its beginning says that it is none yet. */
const UNFINISHED = '.unfinished';

export type Taking = Watch & {
  readonly address: DatabaseAddress;
  /** Told before the check, which has a progress of its own. */
  readonly onWritten?: (manifest: Manifest) => void;
};

/**
 * @param folder must not be there yet, or be empty
 * @throws BackupError; what the file system or the database throws, and then nothing is left
 */
export async function takeBackup(folder: string, taking: Taking): Promise<Manifest> {
  const place = resolve(folder);
  await requireFree(place);
  const unfinished = join(dirname(place), `.${basename(place)}${UNFINISHED}`);
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(dirname(place), { recursive: true });
  await mkdir(unfinished, { mode: 0o700 });
  try {
    const manifest = await write(unfinished, taking);
    taking.onWritten?.(manifest);
    await verifyBackup(unfinished, taking);
    await rmdir(place).catch(() => {});
    await rename(unfinished, place);
    await syncDirectory(dirname(place));
    return manifest;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function requireFree(place: string): Promise<void> {
  const there = await readdir(place).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  if (there.length > 0)
    throw new BackupError(`${place} is there and not empty: name a folder that is still to be made`);
}

async function write(folder: string, { address, onProgress = () => {}, signal }: Taking): Promise<Manifest> {
  const connection = await MaintenanceConnection.open(address);
  const cut = (): void => void connection.close();
  signal?.addEventListener('abort', cut);
  try {
    await requireUsableServer(connection);
    const manifest = await connection.transaction(SNAPSHOT, () => copyAll({ connection, folder, onProgress }));
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    const sums = [...manifest.tables.map(({ file, sha256 }) => [sha256, file]), [sumOf(text), MANIFEST]];
    await writeSynced(join(folder, MANIFEST), text);
    await writeSynced(join(folder, SUMS), sums.map((line) => `${line.join('  ')}\n`).join(''));
    await syncDirectory(folder);
    return manifest;
  } finally {
    signal?.removeEventListener('abort', cut);
    await connection.close();
  }
}

type Copying = {
  readonly connection: MaintenanceConnection;
  readonly folder: string;
  readonly onProgress: Progress;
};

async function copyAll({ connection, folder, onProgress }: Copying): Promise<Manifest> {
  const known = await readMigrations();
  const { applied } = await readSchema(connection, known);
  const [last, build] = [applied.at(-1)?.number, known.at(-1)?.number ?? 0];
  if (last === undefined) throw new BackupError('the database is empty: there is nothing to take a backup of');
  if (last > build)
    throw new BackupError(`the schema is that of a newer build (${last}): take the backup with that build`);
  const facts = await readFacts(connection);
  const layouts = await readLayouts(connection, tablesOf(known));
  const counts = new Map<string, number>();
  for (const { name, count } of layouts) {
    const [row] = await connection.query<{ rows: number }>({ text: count });
    counts.set(name, row?.rows ?? 0);
  }
  const total = [...counts.values()].reduce((sum, rows) => sum + rows, 0);
  let done = 0;
  const onRows = (more: number): void => {
    done += more;
    onProgress(done, total);
  };
  const tables: BackupTable[] = [];
  for (const layout of layouts) tables.push(await copyTable(layout, { connection, folder, onRows }));
  return {
    format: FORMAT,
    ...facts,
    counts: {
      people: counts.get('account') ?? 0,
      conversations: counts.get('conversation') ?? 0,
      entries: counts.get('entry') ?? 0,
    },
    migrations: applied.map(({ number, name, checksum }) => ({ number, name, checksum })),
    tables,
  };
}

type Facts = Pick<Manifest, 'takenAt' | 'postgres' | 'store' | 'epoch'>;

async function readFacts(connection: MaintenanceConnection): Promise<Facts> {
  const text = `SELECT to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "takenAt",
    current_setting('server_version') AS postgres, (SELECT s.id::text FROM store s) AS store,
    (SELECT coalesce(max(c.epoch), 0)::bigint FROM conversation c) AS epoch`;
  const [facts] = await connection.query<Facts>({ text });
  if (facts === undefined) throw new Error('the database said nothing of itself');
  return facts;
}

async function copyTable(
  { name, columns, copyOut }: TableLayout,
  { connection, folder, onRows }: Omit<Copying, 'onProgress'> & { readonly onRows: (more: number) => void },
): Promise<BackupTable> {
  const file = fileOf(name);
  const [counter, summer] = [new RowCounter(onRows), new Summer()];
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  const out = createWriteStream(join(folder, file), { mode: 0o600, flush: true });
  await pipeline(connection.client.query(copyTo(copyOut)), counter, gzip, summer, out);
  return { name, file, columns, rows: counter.rows, sizeBytes: summer.sizeBytes, sha256: summer.sum() };
}

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

async function writeSynced(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flush: true });
}
