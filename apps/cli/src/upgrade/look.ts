// What a start of this build would do to a database: which migrations it would apply, whether it may run on the schema at all, and
// whether there is room for what they write. Looks, and changes nothing.
import { statfs } from 'node:fs/promises';
import type { Config } from '@kith/server/config/schema';
import { SILENT } from '@kith/server/core/telemetry';
import { DatabaseError } from '@kith/server/store/postgres/database-error';
import { findCluster } from '@kith/server/store/postgres/embedded/running-cluster';
import { type Migration, readMigrations, readSchema } from '@kith/server/store/postgres/migrate';
import { type Database, PooledDatabase, requireUsableServer } from '@kith/server/store/postgres/pool';
import { reachDatabase } from '../database.js';
import { type Finding, fail, ok, warn } from '../doctor/finding.js';

export type Upgrade = {
  /** `current`: nothing is to be done. `pending`: a start applies what is listed. `blocked`: a start would fail. */
  readonly state: 'current' | 'pending' | 'blocked';
  /** The last migration of this build, and of the database; 0 for none. */
  readonly build: number;
  readonly schema: number;
  readonly pending: readonly string[];
  readonly postgres: string;
  /** What pending migrations may write at most, of all that is there, and what is free; null where that is not known from here. */
  readonly disk: { readonly neededBytes: number; readonly databaseBytes: number; readonly freeBytes: number | null };
  readonly findings: readonly Finding[];
};

/** What is written beside tables, whatever they hold: the log of the database and its catalogue. */
const LEAST_BYTES = 64 * 1_048_576;
const MIB = 1_048_576;

/** @throws Refusal where there is no database yet; what reaching it throws */
export async function lookAtUpgrade(config: Config): Promise<Upgrade> {
  const reached = await reachDatabase(config);
  const database = new PooledDatabase({ address: reached.address, telemetry: SILENT, poolSize: 1 });
  try {
    const freeBytes = reached.kind === 'outside' ? null : await freeBytesOf(config.dataDir);
    return await look(database, freeBytes);
  } finally {
    await database.close();
    await reached.close();
  }
}

async function look(database: Database, freeBytes: number | null): Promise<Upgrade> {
  const known = await readMigrations();
  const build = known.at(-1)?.number ?? 0;
  const { version, databaseBytes } = await factsOf(database);
  const server = await serverOf(database, version);
  const { schema, missing, finding } = await schemaOf(database, known);
  const neededBytes = await neededFor(database, missing);
  const findings = [server, finding, roomFor({ neededBytes, freeBytes })];
  const isBlocked = findings.some(({ health }) => health === 'fail');
  return {
    state: isBlocked ? 'blocked' : missing.length > 0 ? 'pending' : 'current',
    ...{ build, schema, pending: missing.map(nameOf), postgres: version },
    disk: { neededBytes, databaseBytes, freeBytes },
    findings,
  };
}

async function factsOf(database: Database) {
  const text = `SELECT current_setting('server_version') AS version,
    pg_database_size(current_database())::bigint AS "databaseBytes"`;
  const [row] = await database.query<{ version: string; databaseBytes: number }>({ text });
  if (row === undefined) throw new Error('the database said nothing of itself');
  return row;
}

async function serverOf(database: Database, version: string): Promise<Finding> {
  try {
    await requireUsableServer(database);
    return ok('PostgreSQL', version);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const advice = 'take a backup (kith backup), and restore it into a newer PostgreSQL';
    return fail('PostgreSQL', `${version}: ${error.message}`, advice);
  }
}

type Schema = { readonly schema: number; readonly missing: readonly Migration[]; readonly finding: Finding };

async function schemaOf(database: Database, known: readonly Migration[]): Promise<Schema> {
  const build = known.at(-1)?.number ?? 0;
  try {
    const { applied, missing: names } = await readSchema(database, known);
    const schema = applied.at(-1)?.number ?? 0;
    const missing = known.filter(({ name, number }) => names.includes(name) && number > schema);
    return { schema, missing, finding: judgeSchema({ schema, build, missing: missing.length }) };
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const text = 'SELECT max(number) AS last FROM schema_migration';
    const [row] = await database.query<{ last: number | null }>({ text });
    const advice = 'start the build that the database was migrated by, or a later one';
    return { schema: row?.last ?? 0, missing: [], finding: fail('schema', error.message, advice) };
  }
}

export function judgeSchema(of: {
  readonly schema: number;
  readonly build: number;
  readonly missing: number;
}): Finding {
  const { schema, build, missing } = of;
  if (missing > 0) {
    const advice = 'take a backup (kith backup), then start this build, which applies them';
    return warn('schema', `it stands at ${schema}, this build's is ${build}: ${missing} to be applied`, advice);
  }
  if (schema > build) {
    const found = `it stands at ${schema}: this build is older, with ${build}, and may run on it`;
    return warn('schema', found, 'run the newer build, unless this one is the way back from it');
  }
  return ok('schema', `it stands at ${schema}, which is this build's`);
}

/** At most what the tables hold that a migration names: it may write each of them, and its indexes, once more. */
async function neededFor(database: Database, missing: readonly Migration[]): Promise<number> {
  if (missing.length === 0) return 0;
  const text = `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname = ANY ($1::text[])`;
  const tables = [...new Set(missing.flatMap(({ sql }) => tablesIn(sql)))];
  const [row] = await database.query<{ bytes: number }>({ text }, [tables]);
  return LEAST_BYTES + Number(row?.bytes ?? 0);
}

/** Tables that statements of a migration write to, or make an index of. */
export function tablesIn(sql: string): readonly string[] {
  const writing = /\b(?:ALTER TABLE|UPDATE|INSERT INTO|INDEX \w+ ON|DELETE FROM)\s+(?:ONLY\s+)?(\w+)/g;
  return [...sql.replace(/--.*$/gm, '').matchAll(writing)].map(([, name = '']) => name);
}

export function roomFor(of: { readonly neededBytes: number; readonly freeBytes: number | null }): Finding {
  const { neededBytes, freeBytes } = of;
  const needed = `${Math.ceil(neededBytes / MIB)} MiB at most`;
  if (neededBytes === 0) return ok('disk', 'nothing is to be written');
  if (freeBytes === null) return ok('disk', `${needed}, on the disk of the database, which is not seen from here`);
  const found = `${needed}, and ${Math.floor(freeBytes / MIB)} MiB are free`;
  return freeBytes < neededBytes
    ? fail('disk', found, 'make room first: a migration without it is undone, and the server does not start')
    : ok('disk', found);
}

async function freeBytesOf(dataDir: string): Promise<number | null> {
  const found = await findCluster(dataDir);
  if (found === null) return null;
  const { bavail, bsize } = await statfs(found.cluster);
  return bavail * bsize;
}

function nameOf({ number, name }: Migration): string {
  return `${String(number).padStart(4, '0')}_${name}`;
}
