/**
 * One run of the PostgreSQL server, from its start until its end. Promises
 * that it accepts connections when it is handed over, that its end is noticed,
 * and that it is gone when `stop` returns.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { PostgresBinaries } from './binaries.js';
import { databaseUser } from './cluster.js';
import type { ClusterPlace } from './cluster-place.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { GuardedProcess } from './guardian.js';
import { startGuarded } from './guardian.js';
import type { PostgresLogEntry } from './log-lines.js';
import { PostgresLogLines } from './log-lines.js';
import { readPostmasterFile, signalProcess, stopLeftover, wouldNotStop } from './postmaster-file.js';
import { serverArguments } from './server-settings.js';
import { prepareSocketDirectory } from './socket-directory.js';

export const databaseName = 'kith';

const readyPollMs = 15;
const connectTimeoutMs = 10_000;
const harderStopMs = 5_000;

export interface PostmasterRequest {
  readonly place: ClusterPlace;
  readonly binaries: PostgresBinaries;
  readonly port: number;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly log: (entry: PostgresLogEntry) => void;
  readonly onBegun: () => void;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
}

export interface Postmaster {
  readonly pid: number;
  readonly socketDirectory: string;
  /** As the server says it, such as `18.4`. */
  readonly version: string;
  /** The exit code, 128 + n for signal n. Never rejects. */
  readonly ended: Promise<number>;
  /** It has said that its disk is full. */
  isWithoutRoom(): boolean;
  /** Fast shutdown, harder when it takes too long. @throws postgres_would_not_stop */
  stop(): Promise<void>;
}

/**
 * Stops what a killed parent left on the cluster, then starts PostgreSQL.
 * @throws socket_directory_unsafe, socket_in_use, postgres_did_not_start, disk_full, postgres_would_not_stop
 */
export async function startPostmaster(request: PostmasterRequest): Promise<Postmaster> {
  const { place, binaries, port } = request;
  await reportLeftover(request);
  const socketDirectory = await prepareSocketDirectory({ home: place.home, port, runAs: place.runAs });
  const where = { postgres: binaries.postgres, cluster: place.cluster, socketDirectory, port, runAs: place.runAs };
  const lines = new PostgresLogLines({ log: request.log, now: Date.now });
  const server = await startGuarded({
    file: binaries.postgres,
    args: await serverArguments(where),
    directory: place.cluster,
    runAs: place.runAs,
    onOutput: (chunk) => lines.write(chunk),
  });
  request.onBegun();
  const stop = (): Promise<void> => stopServer(server, request.stopTimeoutMs);
  try {
    await waitUntilReady(server, request);
    const version = await prepareDatabase(socketDirectory, request);
    const isWithoutRoom = (): boolean => lines.isWithoutRoom;
    return { pid: server.pid, socketDirectory, version, ended: server.ended, isWithoutRoom, stop };
  } catch (error) {
    await stop();
    throw new EmbeddedPostgresError(
      lines.isWithoutRoom ? 'disk_full' : 'postgres_did_not_start',
      `PostgreSQL did not start on ${place.cluster}: ${error instanceof Error ? error.message : 'unknown error'}. ` +
        `Its last words: ${lines.recent() || 'none'}.`,
      { cause: error },
    );
  }
}

async function reportLeftover(request: PostmasterRequest): Promise<void> {
  const leftover = await stopLeftover(request.place.cluster);
  if (leftover === 'stopped') {
    request.log({
      level: 'warn',
      message: 'Stopped the PostgreSQL that a killed server had left running',
      sqlState: null,
    });
  }
  if (leftover === 'foreign_pid') {
    request.log({ level: 'warn', message: 'postmaster.pid was stale and named another program', sqlState: null });
  }
}

async function waitUntilReady(server: GuardedProcess, request: PostmasterRequest): Promise<void> {
  let exitCode: number | null = null;
  void server.ended.then((code) => {
    exitCode = code;
  });
  const deadline = Date.now() + request.startTimeoutMs;
  for (;;) {
    const file = await readPostmasterFile(request.place.cluster);
    if (file?.pid === server.pid && file.status === 'ready') return;
    if (exitCode !== null) throw new Error(`it ended with ${String(exitCode)}`);
    if (request.signal.aborted) throw new Error('it was told to stop');
    if (Date.now() > deadline) throw new Error(`it was not ready within ${request.startTimeoutMs} ms`);
    await delay(readyPollMs);
  }
}

/** Makes sure that the one who answers is the one just started, and that our database exists. */
async function prepareDatabase(socketDirectory: string, request: PostmasterRequest): Promise<string> {
  const client = new Client({
    host: socketDirectory,
    port: request.port,
    user: databaseUser,
    database: 'postgres',
    ssl: false,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: request.startTimeoutMs,
  });
  // An idle connection that breaks is reported here; the query under way fails with it.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; directory: string; hasDatabase: boolean }>(
      `SELECT current_setting('server_version') AS version, current_setting('data_directory') AS directory,
              EXISTS (SELECT 1 FROM pg_database WHERE datname = $1) AS "hasDatabase"`,
      [databaseName],
    );
    const [server] = rows;
    if (server?.directory !== request.place.cluster) throw new Error('another PostgreSQL answers on its socket');
    if (!server.hasDatabase) await client.query(`CREATE DATABASE ${databaseName}`);
    return server.version;
  } finally {
    await client.end();
  }
}

async function stopServer(server: GuardedProcess, patienceMs: number): Promise<void> {
  server.letGo();
  if (await endsWithin(server, patienceMs)) return;
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    signalProcess(server.pid, signal);
    if (await endsWithin(server, harderStopMs)) return;
  }
  throw wouldNotStop(server.pid);
}

async function endsWithin(server: GuardedProcess, patienceMs: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(patienceMs, false, { signal: timer.signal }).catch(() => false);
  const isEnded = await Promise.race([server.ended.then(() => true), late]);
  timer.abort();
  return isEnded;
}
