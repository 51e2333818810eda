// A process that the bench starts and ends: waits for the line that says it is ready, and keeps the last of what it said
// for the case that it ends.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export type ProcessRequest = {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly environment?: { readonly [name: string]: string };
  /** What it prints when it is ready. */
  readonly ready: RegExp;
};

const START_MS = 60_000;
const STOP_MS = 30_000;
const KEPT_CHARACTERS = 4_000;

export class ServerProcess {
  readonly pid: number;
  readonly #name: string;
  readonly #child: ChildProcess;
  #said = '';

  private constructor({ name, command, environment = {} }: ProcessRequest) {
    const [program, ...args] = command;
    this.#name = name;
    // The lab's own roles end with their standard input, so that they do not outlive a bench that was killed.
    this.#child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '', ...environment },
    });
    if (this.#child.pid === undefined) throw new Error(`${name} could not be started`);
    this.pid = this.#child.pid;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#said = (this.#said + chunk.toString()).slice(-KEPT_CHARACTERS);
      });
    }
  }

  /** @returns the process, and what `ready` matched. @throws Error with what it said where it ends or takes over 60 s */
  static async start(request: ProcessRequest): Promise<{ process: ServerProcess; ready: RegExpExecArray }> {
    const server = new ServerProcess(request);
    try {
      return { process: server, ready: await server.#until(request.ready) };
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get said(): string {
    return this.#said;
  }

  /** SIGTERM, and SIGKILL after 30 s. Idempotent. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#end('SIGTERM');
    clearTimeout(timer);
  }

  /** SIGKILL. Idempotent. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    await ended;
  }

  #until(ready: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => fail('is not ready after 60 s'), START_MS);
      const fail = (what: string) => {
        clearTimeout(timer);
        reject(new Error(`${this.#name} ${what}:\n${this.#said}`));
      };
      const look = () => {
        const match = ready.exec(this.#said);
        if (match === null) return;
        clearTimeout(timer);
        this.#child.off('exit', onExit);
        resolve(match);
      };
      const onExit = (code: number | null) => fail(`ended with ${code}`);
      this.#child.once('exit', onExit);
      this.#child.stdout?.on('data', look);
      this.#child.stderr?.on('data', look);
    });
  }
}
