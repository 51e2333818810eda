// A real Redis for tests, on a port of this machine, that keeps nothing on disk. Whoever starts it stops it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { endProcess } from './end-process.js';
import { until } from './faults/until.js';
import { freePort } from './free-port.js';

const START_MS = 20_000;

export class RedisServer {
  readonly port: number;
  readonly url: string;
  readonly #program: string;
  readonly #options: readonly string[];
  #process: ChildProcess | null = null;

  private constructor(program: string, port: number, password: string) {
    this.#program = program;
    this.#options = password === '' ? [] : ['--requirepass', password];
    this.port = port;
    this.url = `redis://${password === '' ? '' : `:${password}@`}127.0.0.1:${port}`;
  }

  /** @param program its path @param password what it asks for, of letters and digits */
  static async start(program: string, password = ''): Promise<RedisServer> {
    const server = new RedisServer(program, await freePort(), password);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', tmpdir()];
    this.#process = spawn(this.#program, [...place, '--save', '', '--appendonly', 'no', ...this.#options], {
      stdio: 'ignore',
    });
    await until('Redis answers', () => this.#isAnswering(), { withinMs: START_MS });
  }

  /** Whether it goes on or stands still, as one does whose machine has too much to do. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name);
  }

  /** Nothing answers at its address until it is started again. */
  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child) await endProcess(child, 'SIGKILL');
  }

  #isAnswering(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = createConnection({ host: '127.0.0.1', port: this.port });
      socket.on('error', () => resolve(false));
      socket.on('connect', () => socket.write('PING\r\n'));
      socket.on('data', () => {
        socket.destroy();
        resolve(true);
      });
    });
  }
}
