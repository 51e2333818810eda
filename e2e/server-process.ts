/**
 * The real server for a browser test: `dist/main.js` as a process of its own, on a free port and a data directory that is
 * removed with everything that belongs to it. Its database is one of the server that the tests share, or its own
 * PostgreSQL, as it has one for those who start it with nothing.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@kith/testkit/free-port';
import { type MigratedDatabase, makeMigratedDatabase } from '@kith/testkit/migrated-database';
import type { NetworkSpace } from './network-space.js';

const MAIN = fileURLToPath(new URL('../packages/server/dist/main.js', import.meta.url));
const KITH = fileURLToPath(new URL('../apps/cli/bin/kith.mjs', import.meta.url));
const START_MS = 60_000;
const STOP_MS = 20_000;

type Environment = { readonly [name: string]: string };
type Parts = {
  readonly port: number;
  readonly directory: string;
  readonly environment: Environment;
  readonly database: MigratedDatabase | null;
  readonly space: NetworkSpace | null;
};

export class ServerProcess {
  readonly url: string;
  readonly #port: number;
  readonly #directory: string;
  readonly #environment: Environment;
  readonly #database: MigratedDatabase | null;
  readonly #space: NetworkSpace | null;
  #child: ChildProcess | null = null;
  #said = '';

  private constructor({ port, directory, environment, database, space }: Parts) {
    this.url = `http://${space?.address ?? '127.0.0.1'}:${port}`;
    this.#port = port;
    this.#directory = directory;
    this.#environment = database === null ? environment : { ...environment, DATABASE_URL: database.url };
    this.#database = database;
    this.#space = space;
  }

  /** @param environment beside PORT, DATA_DIR and LOG_LEVEL */
  static async open(environment: Environment = {}): Promise<ServerProcess> {
    return ServerProcess.#open(environment, await makeMigratedDatabase());
  }

  /** With people who talk in it (`kith demo`), who all have the password that `Person` gives to the first of them. */
  static async openDemo(messages: number): Promise<ServerProcess> {
    const database = await makeMigratedDatabase();
    const child = spawn(process.execPath, [KITH, 'demo', '--messages', String(messages), '--password-stdin'], {
      env: { ...process.env, DATABASE_URL: database.url },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end('ada walks in the rain\n');
    const [code] = (await once(child, 'close')) as [number];
    if (code !== 0) throw new Error(`the demonstration ended with ${code}`);
    return ServerProcess.#open({ RATE_FACTOR: '100' }, database);
  }

  /** With a PostgreSQL of its own in its data directory. */
  static openWhole(): Promise<ServerProcess> {
    return ServerProcess.#open({}, null);
  }

  /** Likewise, in a network of its own, of whose one address it listens to. */
  static openIn(space: NetworkSpace): Promise<ServerProcess> {
    return ServerProcess.#open({ HOST: space.address }, null, space);
  }

  static async #open(
    environment: Environment,
    database: MigratedDatabase | null,
    space: NetworkSpace | null = null,
  ): Promise<ServerProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'kith-e2e-'));
    // Started as root, PostgreSQL runs as another user, who must get here.
    await chmod(directory, 0o755);
    const server = new ServerProcess({ port: await freePort(), directory, environment, database, space });
    await server.start();
    return server;
  }

  /** Resolves when the server says where it is. @throws Error with what it said instead */
  async start(): Promise<void> {
    const [command = '', ...args] = [...(this.#space?.enter ?? []), process.execPath, MAIN];
    const child = spawn(command, args, {
      env: {
        ...process.env,
        ...this.#environment,
        PORT: String(this.#port),
        DATA_DIR: join(this.#directory, 'data'),
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#said = '';
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`the server ${why}. It said: ${this.#said || 'nothing'}`));
      const timer = setTimeout(() => fail(`was not there after ${START_MS} ms`), START_MS);
      const hear = (part: Buffer) => {
        this.#said = (this.#said + part.toString()).slice(-4_000);
        if (this.#said.includes('Kith is at')) resolve();
      };
      child.stdout?.on('data', hear);
      child.stderr?.on('data', hear);
      child.once('exit', (code) => fail(`ended with ${code}`));
      child.once('close', () => clearTimeout(timer));
    });
  }

  /** What the first account needs where others can reach the server, as it was printed. */
  get setUpCode(): string {
    const code = /^Set-up code for the first account: (\S+)$/m.exec(this.#said)?.[1];
    if (code === undefined) throw new Error(`no set-up code was printed: ${this.#said}`);
    return code;
  }

  /** One of the numbers that the server exports. */
  async numberOf(name: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(line?.slice(name.length));
  }

  /** As a power cut would: no word to anybody. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops the server and removes all that it kept. */
  async remove(): Promise<void> {
    await this.#end('SIGTERM');
    const pointer = await readFile(join(this.#directory, 'data', 'postgres.json'), 'utf8').catch(() => null);
    const cluster: unknown = pointer === null ? null : (JSON.parse(pointer) as { readonly path?: unknown }).path;
    if (typeof cluster === 'string') await rm(cluster, { recursive: true, force: true });
    await rm(this.#directory, { recursive: true, force: true });
    await this.#database?.drop();
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}
