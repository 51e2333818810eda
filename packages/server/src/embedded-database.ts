// The database that the server brings. A module of its own, so that PostgreSQL becomes ready while the rest of the server is
// loaded: both take about as long, and loading leaves no turn to what starts a process.
import { dirname } from 'node:path';
import type { Config } from './config/schema.js';
import type { Telemetry } from './core/telemetry.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './store/postgres/embedded/embedded-postgres.js';

export type EmbeddedDatabase = {
  readonly postgres: EmbeddedPostgres;
  /** Directories on whose disk it lies. */
  readonly places: readonly string[];
};

/**
 * @param onBegun told when PostgreSQL has its process
 * @returns null where `DATABASE_URL` names another
 * @throws EmbeddedPostgresError, which says what to do
 */
export async function openEmbedded(
  { databaseUrl, dataDir }: Config,
  telemetry: Telemetry,
  onBegun: () => void = () => {},
): Promise<EmbeddedDatabase | null> {
  if (databaseUrl !== null) return null;
  const places = [dataDir];
  const postgres = await startEmbeddedPostgres({
    dataDirectory: dataDir,
    // What it says in passing, of starts and stops, is known from our own lines.
    log: ({ level, message }) => {
      if (level !== 'info') telemetry.warn('PostgreSQL', { said: message });
    },
    onPlaced: (cluster) => {
      telemetry.info('the database lies here', { cluster });
      places.push(dirname(cluster));
    },
    onBegun,
  });
  return { postgres, places };
}

/** @returns once there is nothing to do but to wait: to be handed to the node */
export async function beginEmbedded(
  config: Config,
  telemetry: Telemetry,
): Promise<{ readonly database: Promise<EmbeddedDatabase | null> }> {
  return new Promise((resolve) => {
    const begun = (): void => resolve({ database });
    const database = openEmbedded(config, telemetry, begun);
    database.then(begun, begun);
  });
}
