/**
 * PostgreSQL as a part of the server: started in the data directory, kept
 * running, stopped with it. Promises one PostgreSQL per data directory at any
 * time, none that outlives the process, and a database that comes back by
 * itself when it was killed. Nothing to install, nothing to configure.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { prepareBinaries } from './binaries.js';
import { databaseUser, ensureCluster } from './cluster.js';
import { placeCluster } from './cluster-place.js';
import type { DataDirectoryLock } from './data-directory-lock.js';
import { takeDataDirectoryLock } from './data-directory-lock.js';
import { EmbeddedPostgresError, useDatabaseUrl } from './embedded-postgres-error.js';
import type { PostgresLogEntry } from './log-lines.js';
import type { Postmaster, PostmasterRequest } from './postmaster.js';
import { databaseName, startPostmaster } from './postmaster.js';
import { systemErrorCode } from './system-error.js';

export type { EmbeddedPostgresErrorCode } from './embedded-postgres-error.js';
export { EmbeddedPostgresError } from './embedded-postgres-error.js';
export type { PostgresLogEntry } from './log-lines.js';

export interface EmbeddedPostgresOptions {
  /** Made if missing. */
  readonly dataDirectory: string;
  readonly log?: (entry: PostgresLogEntry) => void;
  /** Told where the cluster lies, before it starts. */
  readonly onPlaced?: (cluster: string) => void;
  /** Told when its process is there, which has yet to become ready. */
  readonly onBegun?: () => void;
  /** Only part of the socket's name: there is no TCP port. Default 5432. */
  readonly port?: number;
  /** Where clusters live when the server runs as root. Default /var/lib/kith. */
  readonly systemDirectory?: string;
  /** The directory of the platform's npm package, if it isn't to be looked for. */
  readonly packageDirectory?: string;
  /** Recovery after a crash counts. Default 120 s. */
  readonly startTimeoutMs?: number;
  /** Until a fast shutdown becomes an immediate one. Default 30 s. */
  readonly stopTimeoutMs?: number;
  /** Restarts within a minute before the database counts as broken; those for want of room do not count. Default 10. */
  readonly restartsPerMinute?: number;
}

export interface EmbeddedPostgresConnection {
  /** The socket's directory, which `pg` takes as a host. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export type EmbeddedPostgresExit =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: EmbeddedPostgresError };

export interface EmbeddedPostgres {
  /** Stays the same over restarts. */
  readonly connection: EmbeddedPostgresConnection;
  /** Of the running server; null while it is being started again or after its end. */
  readonly pid: number | null;
  /** Such as `18.4`. */
  readonly version: string;
  /** Settles when PostgreSQL is gone for good: stopped, or given up. Never rejects. */
  readonly exited: Promise<EmbeddedPostgresExit>;
  /** Idempotent. @throws postgres_would_not_stop */
  stop(): Promise<void>;
}

const firstBackoffMs = 100;
const longestBackoffMs = 5_000;
const roomBackoffMs = 2_000;
const orphansTimeoutMs = 15_000;

/**
 * Starts PostgreSQL on the data directory and waits until it accepts connections.
 * @throws EmbeddedPostgresError with a code and what to do; then nothing is left running or locked
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDirectory = await openDataDirectory(options.dataDirectory);
  const locks = new LockSet();
  await locks.take(dataDirectory);
  try {
    const stopping = new AbortController();
    const request = await prepareStart({ dataDirectory, locks, options, signal: stopping.signal });
    const postmaster = await startFirst(request);
    await locks.clearForeign();
    const supervised = { postmaster, request, stopping, locks, restartsPerMinute: options.restartsPerMinute ?? 10 };
    return new SupervisedPostgres(supervised);
  } catch (error) {
    await locks.release();
    throw error;
  }
}

async function openDataDirectory(path: string): Promise<string> {
  try {
    await mkdir(dirname(resolve(path)), { recursive: true });
    await mkdir(resolve(path), { recursive: true, mode: 0o700 });
    return await realpath(path);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'data_directory_unusable',
      `The data directory ${path} can't be opened or made (${systemErrorCode(error) ?? 'unknown error'}). ` +
        `Name a directory that the server may write to, ${useDatabaseUrl}.`,
      { cause: error },
    );
  }
}

/** A killed server's children hold its shared memory until they notice; PostgreSQL rightly waits for none of them. */
async function startFirst(request: PostmasterRequest): Promise<Postmaster> {
  const deadline = Date.now() + orphansTimeoutMs;
  for (;;) {
    try {
      return await startPostmaster(request);
    } catch (error) {
      const isHeld =
        error instanceof EmbeddedPostgresError && error.message.includes('pre-existing shared memory block');
      if (!isHeld || Date.now() > deadline) throw error;
      await delay(firstBackoffMs);
    }
  }
}

interface Preparation {
  readonly dataDirectory: string;
  readonly locks: LockSet;
  readonly options: EmbeddedPostgresOptions;
  readonly signal: AbortSignal;
}

async function prepareStart(preparation: Preparation): Promise<PostmasterRequest> {
  const { dataDirectory, locks, options, signal } = preparation;
  const systemDirectory = resolve(options.systemDirectory ?? '/var/lib/kith');
  const place = await placeCluster({ dataDirectory, systemDirectory });
  // A data directory may have been copied, its pointer with it: the place where the data is has a lock of its own.
  if (place.home !== dataDirectory) await locks.take(place.home);
  const log = options.log ?? (() => undefined);
  options.onPlaced?.(place.cluster);
  const packageDirectory = options.packageDirectory ?? null;
  const binaries = await prepareBinaries({ packageDirectory, systemDirectory, runAs: place.runAs });
  await ensureCluster({ cluster: place.cluster, binaries, runAs: place.runAs });
  await place.markInitialised();
  return {
    place,
    binaries,
    port: options.port ?? 5432,
    startTimeoutMs: options.startTimeoutMs ?? 120_000,
    stopTimeoutMs: options.stopTimeoutMs ?? 30_000,
    log,
    onBegun: options.onBegun ?? (() => undefined),
    signal,
  };
}

/** The locks of one start, taken in order and released together. */
class LockSet {
  readonly #locks: DataDirectoryLock[] = [];

  async take(directory: string): Promise<void> {
    this.#locks.push(await takeDataDirectoryLock(directory));
  }

  async clearForeign(): Promise<void> {
    for (const lock of this.#locks) await lock.clearForeign();
  }

  async release(): Promise<void> {
    for (const lock of this.#locks.splice(0).reverse()) await lock.release();
  }
}

interface Supervised {
  readonly postmaster: Postmaster;
  readonly request: PostmasterRequest;
  readonly stopping: AbortController;
  readonly locks: LockSet;
  readonly restartsPerMinute: number;
}

class SupervisedPostgres implements EmbeddedPostgres {
  readonly connection: EmbeddedPostgresConnection;
  readonly version: string;
  readonly exited: Promise<EmbeddedPostgresExit>;
  readonly #supervised: Supervised;
  /** Null between two runs. */
  #current: Postmaster | null;
  #restarts: readonly number[] = [];
  #stopped: Promise<void> | null = null;

  constructor(supervised: Supervised) {
    const { postmaster, request } = supervised;
    this.#supervised = supervised;
    this.#current = postmaster;
    this.version = postmaster.version;
    this.connection = {
      host: postmaster.socketDirectory,
      port: request.port,
      user: databaseUser,
      database: databaseName,
    };
    this.exited = this.#supervise(postmaster).then((exit) => this.#unlock(exit));
  }

  get pid(): number | null {
    return this.#current?.pid ?? null;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopOnce();
    return this.#stopped;
  }

  async #stopOnce(): Promise<void> {
    this.#supervised.stopping.abort();
    await this.#current?.stop();
    await this.exited;
  }

  async #supervise(first: Postmaster): Promise<EmbeddedPostgresExit> {
    for (let run: Postmaster | EmbeddedPostgresExit = first; ; ) {
      if ('kind' in run) return run;
      const exitCode = await run.ended;
      this.#current = null;
      if (this.#isStopping()) return { kind: 'stopped' };
      this.#warn(`PostgreSQL ended unexpectedly with ${exitCode} and is being started again`);
      run = await this.#restart(run.isWithoutRoom());
    }
  }

  /**
   * The next run, or why there is none. A full disk is no fault of PostgreSQL and may last: it is waited for, and what
   * ended for it does not count.
   */
  async #restart(endedWithoutRoom: boolean): Promise<Postmaster | EmbeddedPostgresExit> {
    const { request, restartsPerMinute } = this.#supervised;
    let lastError: unknown = null;
    for (let isWithoutRoom = endedWithoutRoom; ; isWithoutRoom = isForWantOfRoom(lastError)) {
      const now = Date.now();
      const recent = this.#restarts.filter((at) => now - at < 60_000);
      this.#restarts = isWithoutRoom ? recent : [...recent, now];
      if (this.#restarts.length > restartsPerMinute)
        return { kind: 'failed', error: keepsFailing(restartsPerMinute, lastError) };
      await this.#pause(isWithoutRoom ? roomBackoffMs : backoffMs(this.#restarts.length));
      if (this.#isStopping()) return { kind: 'stopped' };
      try {
        const next = await startPostmaster(request);
        this.#current = next;
        if (this.#isStopping()) await next.stop();
        return next;
      } catch (error) {
        lastError = error;
        this.#warn(error instanceof Error ? error.message : 'PostgreSQL could not be started');
      }
    }
  }

  async #pause(delayMs: number): Promise<void> {
    await delay(delayMs, undefined, { signal: this.#supervised.stopping.signal }).catch(() => undefined);
  }

  async #unlock(exit: EmbeddedPostgresExit): Promise<EmbeddedPostgresExit> {
    // A lock that can't be removed names a process that is about to end: the next start sees that it is stale.
    await this.#supervised.locks.release().catch((error: unknown) => this.#warn(`The lock stays: ${String(error)}`));
    return exit;
  }

  #isStopping(): boolean {
    return this.#supervised.stopping.signal.aborted;
  }

  #warn(message: string): void {
    this.#supervised.request.log({ level: 'warn', message, sqlState: null });
  }
}

function backoffMs(restarts: number): number {
  return Math.min(firstBackoffMs * 2 ** (restarts - 1), longestBackoffMs);
}

function isForWantOfRoom(error: unknown): boolean {
  return (error instanceof EmbeddedPostgresError && error.code === 'disk_full') || systemErrorCode(error) === 'ENOSPC';
}

function keepsFailing(restarts: number, cause: unknown): EmbeddedPostgresError {
  const reason = cause instanceof Error ? ` ${cause.message}` : '';
  return new EmbeddedPostgresError(
    'postgres_keeps_failing',
    `PostgreSQL ended more than ${restarts} times within a minute and was given up.${reason} ` +
      'Look at its log lines, the free space and the memory, then start the server again.',
    { cause },
  );
}
