/**
 * Looks at the embedded database of a data directory from outside: whether
 * there is one, which PostgreSQL made it, and how to reach the server that
 * serves it now. Nothing is made, started or stopped.
 */
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseUser } from './cluster.js';
import { knownHome } from './cluster-place.js';
import type { EmbeddedPostgresConnection } from './embedded-postgres.js';
import { databaseName } from './postmaster.js';
import { readPostmasterFile } from './postmaster-file.js';
import { isPostgresOn } from './process-identity.js';
import { isAbsent } from './system-error.js';

export interface FoundCluster {
  /** PostgreSQL's data directory. */
  readonly cluster: string;
  /** Such as `18`. */
  readonly majorVersion: string;
  /** How to reach the server that serves it; null where none does. */
  readonly connection: EmbeddedPostgresConnection | null;
}

/** Null where the directory holds no database yet. @throws cluster_unreadable where it can't be told */
export async function findCluster(dataDirectory: string): Promise<FoundCluster | null> {
  const directory = await unlessAbsent(realpath(dataDirectory));
  if (directory === null) return null;
  const cluster = join(await knownHome(directory), 'postgres');
  const majorVersion = await unlessAbsent(readFile(join(cluster, 'PG_VERSION'), 'utf8'));
  if (majorVersion === null) return null;
  return { cluster, majorVersion: majorVersion.trim(), connection: await connectionTo(cluster) };
}

async function connectionTo(cluster: string): Promise<EmbeddedPostgresConnection | null> {
  const file = await readPostmasterFile(cluster);
  if (file === null || file.status !== 'ready' || file.socketDirectory === '') return null;
  if (!(await isPostgresOn(file.pid, cluster))) return null;
  return { host: file.socketDirectory, port: file.port, user: databaseUser, database: databaseName };
}

async function unlessAbsent<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}
