// Idle connections to one server, held by a process beside this one. Whoever starts it closes it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { HoldAnswer, HoldRequest } from './hold-process.js';

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));

export class HeldConnections {
  readonly #child: ChildProcess = fork(PROGRAM, ['hold']);
  #problem: string | null = null;

  constructor() {
    this.#child.on('message', (answer: HoldAnswer) => {
      if ('problem' in answer) this.#problem = answer.problem;
    });
  }

  /** @throws Error where one of them was refused, or ended since */
  async open(request: HoldRequest): Promise<void> {
    const answered = once(this.#child, 'message') as Promise<[HoldAnswer]>;
    const ended = once(this.#child, 'exit').then(() => [{ problem: 'the process that holds connections has ended' }]);
    this.#child.send(request);
    const [answer] = (await Promise.race([answered, ended])) as [HoldAnswer];
    if ('problem' in answer) throw new Error(answer.problem);
  }

  /** Why one of them has ended; null where all are open. */
  get problem(): string | null {
    return this.#problem;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
