// The database of a run: one PostgreSQL of the embedded kind in a directory of its own, on the core of the servers, with a
// database for each stack. Whoever starts it stops it, and then its files are gone too.
import { mkdir, readFile, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Pinning } from '../measure/pinning.js';
import type { DatabasePlace } from './database-process.js';
import { ServerProcess } from './server-process.js';

export type BenchDatabase = {
  readonly version: string;
  /** Of the postmaster. */
  readonly pid: number;
  /** Of its socket; where it is on the loopback, of 127.0.0.1 as well. */
  readonly port: number;
  /** Said where the directory lies in memory: then flushing costs nothing. */
  readonly warning: string | null;
  url(name: string): string;
  /** Makes an empty database. @returns its URL */
  create(name: string): Promise<string>;
  query(
    url: string,
    text: string,
    values?: readonly unknown[],
  ): Promise<readonly { readonly [column: string]: unknown }[]>;
  stop(): Promise<void>;
};

/** Of tmpfs, in statfs(2). */
const TMPFS = 0x01021994;

export async function startDatabase(options: {
  readonly directory: string;
  readonly program: string;
  readonly pinning: Pinning;
  /** It listens on 127.0.0.1 as well, for roles with a password. */
  readonly isOnLoopback?: boolean;
}): Promise<BenchDatabase> {
  const { directory, program, pinning, isOnLoopback = false } = options;
  await mkdir(directory, { recursive: true });
  const { process: server, ready } = await ServerProcess.start({
    name: 'the database',
    command: pinning.serverCommand([
      process.execPath,
      program,
      'database',
      directory,
      isOnLoopback ? 'loopback' : 'socket',
    ]),
    ready: /^(\{.*\})$/m,
  });
  const place = JSON.parse(ready[1] ?? '') as DatabasePlace;
  const url = (name: string) =>
    `postgres://${place.user}@localhost:${place.port}/${name}?host=${encodeURIComponent(place.host)}`;
  const query = (at: string, text: string, values: readonly unknown[] = []) => queryOnce({ url: at, text, values });
  return {
    version: place.version,
    pid: place.pid,
    port: place.port,
    warning: await warningOf(directory),
    url,
    query,
    async create(name) {
      await query(url(place.database), `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
      return url(name);
    },
    async stop() {
      await server.stop();
      await removeCluster(directory);
    },
  };
}

async function warningOf(directory: string): Promise<string | null> {
  const { type } = await statfs(directory);
  return type === TMPFS ? 'the database lies in memory (tmpfs): flushing costs nothing, so nothing here counts' : null;
}

/** As root the cluster lies elsewhere, and a pointer in our directory says where. */
async function removeCluster(directory: string): Promise<void> {
  const pointer = await readFile(join(directory, 'postgres.json'), 'utf8').catch(() => null);
  if (pointer !== null) {
    const { path } = JSON.parse(pointer) as { readonly path?: unknown };
    if (typeof path === 'string') await rm(path, { recursive: true, force: true });
  }
  await rm(directory, { recursive: true, force: true });
}

async function queryOnce({ url, text, values }: { url: string; text: string; values: readonly unknown[] }) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ [column: string]: unknown }>(text, [...values]);
    return rows;
  } finally {
    await client.end();
  }
}
