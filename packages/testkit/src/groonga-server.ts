// A real Groonga server for tests, in a temporary directory and on a port of this machine. Whoever starts it stops it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess } from './end-process.js';
import { until } from './faults/until.js';
import { freePort } from './free-port.js';

const START_MS = 20_000;

export class GroongaServer {
  readonly url: string;
  readonly #port: number;
  readonly #program: string;
  readonly #directory = mkdtempSync(join(tmpdir(), 'kith-groonga-'));
  #process: ChildProcess | null = null;

  private constructor(program: string, port: number) {
    this.#program = program;
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param program its path */
  static async start(program: string): Promise<GroongaServer> {
    const server = new GroongaServer(program, await freePort());
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const index = join(this.#directory, 'index.db');
    const place = ['--protocol', 'http', '--bind-address', '127.0.0.1', '--port', String(this.#port)];
    const log = ['--log-path', join(this.#directory, 'log')];
    this.#process = spawn(this.#program, ['-s', ...place, ...log, ...(existsSync(index) ? [] : ['-n']), index], {
      stdio: 'ignore',
    });
    await until('Groonga answers', () => this.#isAnswering(), { withinMs: START_MS });
  }

  /** Nothing answers at its address until it is started again. */
  async halt(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child) await endProcess(child, 'SIGTERM');
  }

  async stop(): Promise<void> {
    await this.halt();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #isAnswering(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/d/status`)).ok;
    } catch {
      return false;
    }
  }
}
