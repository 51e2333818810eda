// Brings the schema to what this build needs: the files of `migrations/` in order, each once, each in a transaction, by
// one node at a time. Forward only. A file says in its first line which oldest build can still work with its schema
// (`-- readableSince: N`, N being the number of that build's last file), and a build refuses only a schema that is not
// readable for it: so old and new builds run side by side, and starting the older build is the way back.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DatabaseError } from './database-error.js';
import type { Connection, Database, Queryable } from './pool.js';

export type Migration = {
  readonly number: number;
  readonly name: string;
  readonly readableSince: number;
  readonly checksum: string;
  readonly sql: string;
};

/** What `schema_migration` says of one file. */
export type Applied = {
  readonly number: number;
  readonly name: string;
  readonly readableSince: number;
  readonly checksum: string;
};

const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/;
const HEADER = /^-- readableSince: (\d+)\n/;
/** Any number that nobody else locks in the same database: "kith" in ASCII. */
const LOCK = 0x6b697468;
/** A migration may take long, but not forever. */
const MIGRATION_TIMEOUT_MS = 3_600_000;

/** The files that came with this build, in order. */
export async function readMigrations(directory: string = migrationsDirectory()): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name) => parseMigration(name, await readFile(`${directory}/${name}`, 'utf8'))));
}

/**
 * Applies what is missing.
 * @returns the names of the files that were applied now
 * @throws DatabaseError schema_too_new, migration_changed, migration_misplaced, migration_failed
 */
export async function migrate(database: Database, migrations?: readonly Migration[]): Promise<readonly string[]> {
  const known = migrations ?? (await readMigrations());
  const connection = await database.connect({ statementMs: MIGRATION_TIMEOUT_MS });
  try {
    await connection.query({ text: 'SET lock_timeout = 0' });
    await connection.query({ text: 'SELECT pg_advisory_lock($1)' }, [LOCK]);
    return await applyMissing(connection, known);
  } finally {
    await connection.close();
  }
}

export type SchemaState = {
  /** Rising; empty where the database holds nothing of Kith yet. */
  readonly applied: readonly Applied[];
  /** What a start of this build would apply. */
  readonly missing: readonly string[];
};

/**
 * The schema as it stands, without a change.
 * @throws DatabaseError schema_too_new, migration_changed, migration_misplaced
 */
export async function readSchema(database: Queryable, known: readonly Migration[]): Promise<SchemaState> {
  const [found] = await database.query<{ isThere: boolean }>({
    text: `SELECT to_regclass('schema_migration') IS NOT NULL AS "isThere"`,
  });
  const applied = found?.isThere === true ? await database.query<Applied>(READ_APPLIED) : [];
  requireReadable(applied, known);
  requireUnchanged(applied, known);
  return { applied, missing: missingOf(applied, known).map(({ name }) => name) };
}

/** The same, within a transaction of the caller's, which holds off every start of a server until it ends. */
export async function applyWithin(transaction: Queryable, migrations: readonly Migration[]): Promise<void> {
  await transaction.query({ text: 'SELECT pg_advisory_xact_lock($1)' }, [LOCK]);
  await transaction.query({ text: MAKE_TABLE });
  for (const migration of migrations) await applyOne(transaction, migration);
}

const READ_APPLIED = {
  text: 'SELECT number, name, readable_since AS "readableSince", checksum FROM schema_migration ORDER BY number',
};

const MAKE_TABLE = `CREATE TABLE IF NOT EXISTS schema_migration (
  number int PRIMARY KEY, name text NOT NULL, readable_since int NOT NULL, checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now())`;

function migrationsDirectory(): string {
  return fileURLToPath(new URL('../../../migrations', import.meta.url));
}

function parseMigration(fileName: string, sql: string): Migration {
  const [, digits, name] = FILE_NAME.exec(fileName) ?? [];
  const [, since] = HEADER.exec(sql) ?? [];
  if (digits === undefined || name === undefined || since === undefined) {
    throw new Error(`${fileName} is not named NNNN_name.sql, or does not begin with "-- readableSince: N"`);
  }
  const checksum = createHash('sha256').update(sql).digest('hex');
  return { number: Number(digits), name, readableSince: Number(since), checksum, sql };
}

async function applyMissing(connection: Connection, known: readonly Migration[]): Promise<readonly string[]> {
  await connection.query({ text: MAKE_TABLE });
  const applied = await connection.query<Applied>(READ_APPLIED);
  requireReadable(applied, known);
  requireUnchanged(applied, known);
  const missing = missingOf(applied, known);
  for (const migration of missing) await apply(connection, migration);
  return missing.map(({ name }) => name);
}

function requireReadable(applied: readonly Applied[], known: readonly Migration[]): void {
  const build = known.at(-1)?.number ?? 0;
  const tooNew = applied.find(({ readableSince }) => readableSince > build);
  if (!tooNew) return;
  throw new DatabaseError(
    'schema_too_new',
    `the database was migrated by a newer build (${tooNew.number}_${tooNew.name}) and needs at least build ` +
      `${tooNew.readableSince}; this is build ${build}: start the newer build again`,
  );
}

function requireUnchanged(applied: readonly Applied[], known: readonly Migration[]): void {
  const build = known.at(-1)?.number ?? 0;
  for (const { number, name, checksum } of applied) {
    if (number > build) continue;
    const file = known.find((migration) => migration.number === number);
    if (file?.checksum === checksum) continue;
    const what = file ? 'has been changed since' : 'is missing in this build';
    throw new DatabaseError(
      'migration_changed',
      `migration ${number}_${name} was applied and ${what}: restore its file`,
    );
  }
}

function missingOf(applied: readonly Applied[], known: readonly Migration[]): readonly Migration[] {
  const last = applied.at(-1)?.number ?? 0;
  const missing = known.filter(({ number }) => !applied.some((row) => row.number === number));
  const early = missing.find(({ number }) => number < last);
  if (early) {
    const name = `${early.number}_${early.name}`;
    throw new DatabaseError(
      'migration_misplaced',
      `migration ${name} comes before one that was applied: number it anew`,
    );
  }
  return missing;
}

async function apply(connection: Queryable, migration: Migration): Promise<void> {
  await connection.query({ text: 'BEGIN' });
  await applyOne(connection, migration);
  await connection.query({ text: 'COMMIT' });
}

async function applyOne(transaction: Queryable, migration: Migration): Promise<void> {
  const { number, name, readableSince, checksum, sql } = migration;
  try {
    await transaction.query({ text: sql });
    await transaction.query(
      { text: 'INSERT INTO schema_migration (number, name, readable_since, checksum) VALUES ($1, $2, $3, $4)' },
      [number, name, readableSince, checksum],
    );
  } catch (error) {
    // The connection is closed next, and with it the transaction.
    throw new DatabaseError('migration_failed', `migration ${number}_${name} failed; nothing of it was kept`, {
      cause: error,
    });
  }
}
