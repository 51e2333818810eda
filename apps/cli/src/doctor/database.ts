// The database: whether it answers, which PostgreSQL it is, whether its schema is this build's, and whether its clock is ours.
import { SILENT } from '@kith/server/core/telemetry';
import { findCluster } from '@kith/server/store/postgres/embedded/running-cluster';
import { readMigrations, readSchema } from '@kith/server/store/postgres/migrate';
import { type Database, PooledDatabase, requireUsableServer } from '@kith/server/store/postgres/pool';
import { reachDatabase } from '../database.js';
import { type Check, type Finding, fail, ok, reasonOf, warn } from './finding.js';

const WARN_SKEW_MS = 2_000;
const FAIL_SKEW_MS = 60_000;

export const checkDatabase: Check = async (config) => {
  const isNew = config.databaseUrl === null && (await findCluster(config.dataDir).catch(() => undefined)) === null;
  if (isNew) return [ok('database', `there is none in ${config.dataDir} yet: the first start makes it`)];
  try {
    const reached = await reachDatabase(config);
    const database = new PooledDatabase({ address: reached.address, telemetry: SILENT, poolSize: 1 });
    try {
      const findings = [await versionOf(database, reached.kind), await schemaOf(database), await clockOf(database)];
      return findings;
    } finally {
      await database.close();
      await reached.close();
    }
  } catch (error) {
    const advice =
      config.databaseUrl === null
        ? 'what it says is what to do; kith serve would end with the same'
        : 'correct DATABASE_URL, start that PostgreSQL, or let this machine reach it';
    return [fail('database', reasonOf(error) || 'it does not answer', advice)];
  }
};

const WHERE = { own: 'started for this look', served: 'of the server that runs', outside: 'of DATABASE_URL' } as const;

async function versionOf(database: Database, kind: keyof typeof WHERE): Promise<Finding> {
  const text = `SELECT current_setting('server_version') AS version`;
  const [row] = await database.query<{ version: string }>({ text });
  await requireUsableServer(database);
  return ok('database', `PostgreSQL ${row?.version ?? '?'} answers (${WHERE[kind]})`);
}

async function schemaOf(database: Database): Promise<Finding> {
  const known = await readMigrations();
  const build = known.at(-1)?.number ?? 0;
  try {
    const { applied, missing } = await readSchema(database, known);
    const stands = applied.at(-1)?.number ?? 0;
    if (missing.length === 0) {
      const isNewer = stands > build ? `${stands}, which a newer build made and this one can read` : String(stands);
      return ok('schema', `it stands at ${isNewer}; this build's is ${build}`);
    }
    const found = `it stands at ${stands}, this build's is ${build}: ${missing.length} migrations are missing`;
    return warn('schema', found, 'take a backup (kith backup), then start the server, which applies them');
  } catch (error) {
    return fail('schema', reasonOf(error), 'start the build that the database was migrated by');
  }
}

async function clockOf(database: Database): Promise<Finding> {
  const sentAt = Date.now();
  const text = 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS at';
  const [row] = await database.query<{ at: number }>({ text });
  const middle = (sentAt + Date.now()) / 2;
  return judgeSkew(Math.round((row?.at ?? middle) - middle));
}

/** @param skewMs how far the database's clock is ahead of ours */
export function judgeSkew(skewMs: number): Finding {
  const found = `the clock of the database is ${Math.abs(skewMs)} ms ${skewMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  const advice = 'set both by NTP (timedatectl set-ntp true): what is scheduled or disappears goes by them';
  if (Math.abs(skewMs) >= FAIL_SKEW_MS) return fail('clock', found, advice);
  return Math.abs(skewMs) >= WARN_SKEW_MS ? warn('clock', found, advice) : ok('clock', found);
}
