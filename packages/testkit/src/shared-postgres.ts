// One PostgreSQL for all tests that only need a database: started once for a project of the runner, with a migrated database to
// copy, so that a test waits for neither. What a test makes there, it takes away. Tests that crash a server start their own.
import { SILENT } from '@kith/server/core/telemetry';
import { migrate } from '@kith/server/store/postgres/migrate';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import type { TestProject } from 'vitest/node';
import { availableServers, startPostgres } from './postgres-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the shared server is; null where this machine has none. */
    readonly postgres: string | null;
  }
}

/** The database that others are copied from. */
export const MIGRATED = 'kith_migrated';
/** Servers of several test files at once, each with a pool of its own. */
const SETTINGS = ['max_connections=300'];

/** The runner calls it before the first file of a project, and what it gives after the last. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [kind] = availableServers();
  if (kind === undefined) {
    project.provide('postgres', null);
    return () => Promise.resolve();
  }
  const server = await startPostgres(kind, SETTINGS);
  const first = new URL(await server.createDatabase());
  await server.query(`ALTER DATABASE ${first.pathname.slice(1)} RENAME TO ${MIGRATED}`);
  first.pathname = `/${MIGRATED}`;
  const database = new PooledDatabase({ address: { url: first.href }, telemetry: SILENT });
  await migrate(database);
  await database.close();
  first.pathname = '/postgres';
  project.provide('postgres', first.href);
  return () => server.stop();
}
