// The way to the server's database, for as long as a command needs it: the one that DATABASE_URL names, the embedded one of a
// server that runs, or else that one, started for the command and stopped after it.
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '@kith/server/config/schema';
import { SILENT } from '@kith/server/core/telemetry';
import {
  type EmbeddedPostgresConnection,
  EmbeddedPostgresError,
  startEmbeddedPostgres,
} from '@kith/server/store/postgres/embedded/embedded-postgres';
import { findCluster } from '@kith/server/store/postgres/embedded/running-cluster';
import { migrate, readMigrations, readSchema } from '@kith/server/store/postgres/migrate';
import {
  type Database,
  type DatabaseAddress,
  PooledDatabase,
  requireUsableServer,
} from '@kith/server/store/postgres/pool';
import { Refusal } from './command.js';

type Where = Pick<Config, 'databaseUrl' | 'dataDir'> & {
  /** Whether a data directory without a database gets one. */
  readonly mayMake?: boolean;
};

export type Reached = {
  readonly address: DatabaseAddress;
  /**
   * `own`: started for this command, and no server has it meanwhile. `served`: the embedded one of a server that runs.
   * `outside`: that of DATABASE_URL, which servers may use or not.
   */
  readonly kind: 'own' | 'served' | 'outside';
  /** Stops what was started. */
  close(): Promise<void>;
};

/** A server that holds the directory is starting its database, or starting it again: so often, and so long between. */
const LOOKS = 20;
const LOOK_MS = 250;

/** @throws Refusal where there is no database yet, unless `mayMake`; EmbeddedPostgresError where it cannot be started */
export async function reachDatabase({ databaseUrl, dataDir, mayMake = false }: Where): Promise<Reached> {
  if (databaseUrl !== null) return { address: { url: databaseUrl }, kind: 'outside', close: async () => undefined };
  for (let look = 1; ; look += 1) {
    const found = await findCluster(dataDir);
    if (found?.connection) return served(found.connection);
    if (found === null && !mayMake) {
      throw new Refusal(`there is no database in ${dataDir} yet: kith serve makes it, or set DATA_DIR to where it is`);
    }
    try {
      const started = await startEmbeddedPostgres({ dataDirectory: dataDir });
      return { address: started.connection, kind: 'own', close: () => started.stop() };
    } catch (error) {
      const isHeld = error instanceof EmbeddedPostgresError && error.code === 'data_directory_in_use';
      if (!isHeld || look === LOOKS) throw error;
      await delay(LOOK_MS);
    }
  }
}

function served(connection: EmbeddedPostgresConnection): Reached {
  return { address: connection, kind: 'served', close: async () => undefined };
}

/**
 * Works on the database with this build's statements. Where it is the command's own its schema is brought up to date, as a
 * start of the server would do; else it must be this build's already.
 * @throws Refusal, DatabaseError, EmbeddedPostgresError
 */
export async function withDatabase<T>(where: Where, work: (database: Database) => Promise<T>): Promise<T> {
  const reached = await reachDatabase(where);
  const database = new PooledDatabase({ address: reached.address, telemetry: SILENT, poolSize: 2 });
  try {
    await requireUsableServer(database);
    if (reached.kind === 'own') await migrate(database);
    else await requireThisSchema(database);
    return await work(database);
  } finally {
    await database.close();
    await reached.close();
  }
}

async function requireThisSchema(database: Database): Promise<void> {
  const { applied, missing } = await readSchema(database, await readMigrations());
  if (missing.length === 0) return;
  const found = applied.length === 0 ? 'the database is empty' : 'the schema of the database is that of an older build';
  throw new Refusal(`${found}: start the server of this build once, which brings it up to date`);
}
