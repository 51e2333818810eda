// The real server as a child process: started, watched, killed and ended by its process id, with all that it said.
// Whoever starts one sees it end; `end` and `kill` are bounded.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Output } from './output.js';
import { within } from './until.js';

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type ServerOptions = {
  /** The compiled module that is the process. */
  readonly entry: string;
  readonly environment: { readonly [name: string]: string };
};

/** The compiled entries; the packages are built before. */
export const ENTRIES = {
  server: fileURLToPath(new URL('../../../server/dist/main.js', import.meta.url)),
  meddled: fileURLToPath(new URL('../../dist/faults/meddled-main.js', import.meta.url)),
} as const;

const ADDRESS = /^Kith is at (\S+)$/m;
const START_MS = 30_000;
const END_MS = 20_000;
/** What is kept of a process's output, for the search after it: more is a fault of the test. */
const MOST_OUTPUT = 64 * 1024 * 1024;

/** The process ended before it said where it is. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  readonly exit: Exit;
  readonly output: string;

  constructor(exit: Exit, output: string) {
    super(`the server ended with ${exit.code ?? exit.signal} before it was ready:\n${output}`);
    this.exit = exit;
    this.output = output;
  }
}

export class ServerProcess {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #said: Said;

  private constructor(child: ChildProcess, parts: { url: string; pid: number; exited: Promise<Exit>; said: Said }) {
    this.#child = child;
    this.url = parts.url;
    this.pid = parts.pid;
    this.exited = parts.exited;
    this.#said = parts.said;
  }

  /** Resolves when it takes connections. @throws StartFailure */
  static async start({ entry, environment }: ServerOptions): Promise<ServerProcess> {
    const { PATH = '', HOME = '/' } = process.env;
    const child = spawn(process.execPath, [entry], {
      env: { PATH, HOME, PORT: '0', HOST: '127.0.0.1', RATE_FACTOR: '1000', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = listen(child);
    const exited = new Promise<Exit>((resolve) => {
      // 'close' comes after the last of the output.
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const ready = new Promise<string>((resolve) => {
      child.stdout.on('data', () => {
        const [, url] = ADDRESS.exec(said.out) ?? [];
        if (url !== undefined) resolve(url);
      });
    });
    const failed = exited.then((exit) => {
      throw new StartFailure(exit, said.out + said.err);
    });
    failed.catch(() => {});
    try {
      const url = await within('the server is ready', Promise.race([ready, failed]), START_MS);
      return new ServerProcess(child, { url, pid: child.pid ?? 0, exited, said });
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All that it said so far. */
  get output(): Output {
    return { ...this.#said };
  }

  kill(): Promise<Exit> {
    this.#child.kill('SIGKILL');
    return within('the killed server is gone', this.exited, END_MS);
  }

  /** As an operator ends it; killed where it does not end in time. */
  async end(): Promise<Exit> {
    this.#child.kill('SIGTERM');
    try {
      return await within('the server ended on SIGTERM', this.exited, END_MS);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }
}

type Said = { -readonly [stream in keyof Output]: Output[stream] };

function listen(child: ChildProcess): Said {
  const said: Said = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    if (said.out.length < MOST_OUTPUT) said.out += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    if (said.err.length < MOST_OUTPUT) said.err += text;
  });
  return said;
}
