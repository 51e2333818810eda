// A process of this program beside this one, which does its part when it is asked over IPC: so that more connections are open than
// one process may have files, or so that what one part is busy with makes no other late. Whoever starts it closes it, and it ends
// with whoever started it.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));

/** Of a process that could not do what was asked, or of something that went wrong since. */
type Problem = { readonly problem: string };

/** One question at a time. */
export class ProcessBeside<Request extends object, Answer extends object> {
  readonly #child: ChildProcess;
  #problem: string | null = null;

  /** @param role the first argument of the program */
  constructor(role: string) {
    this.#child = fork(PROGRAM, [role], { serialization: 'advanced' });
    this.#child.on('message', (answer: Answer | Problem) => {
      if ('problem' in answer) this.#problem = answer.problem;
    });
  }

  /** @throws Error with the problem that it has, or has had since */
  async ask(request: Request): Promise<Answer> {
    const answered = once(this.#child, 'message') as Promise<[Answer | Problem]>;
    const ended = once(this.#child, 'exit').then(() => [{ problem: 'the process beside this one has ended' }] as const);
    this.#child.send(request);
    const [answer] = await Promise.race([answered, ended]);
    if ('problem' in answer) throw new Error(answer.problem);
    return answer;
  }

  /** What has gone wrong; null where nothing has. */
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

/**
 * The other side. Never resolves: it lives as long as it is asked.
 * @param answer what it does when it is asked; `tell` says what goes wrong afterwards
 */
export async function serveBeside<Request extends object, Answer extends object>(
  answer: (request: Request, tell: (problem: string) => void) => Promise<Answer>,
): Promise<void> {
  const tell = (problem: string) => process.send?.({ problem });
  process.on('message', (request: Request) => {
    answer(request, tell).then(
      (found) => process.send?.(found),
      (error: unknown) => tell(String(error)),
    );
  });
  process.once('disconnect', () => process.exit(0));
  await new Promise(() => {});
}
