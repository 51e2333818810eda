/**
 * Starts a program that ends with us, however we end. A small shell stands
 * between: it holds one end of a pipe whose other end is ours, and when that
 * closes (we let go, or were killed with -9) it interrupts the program, which
 * for PostgreSQL is the fast, clean shutdown. The shell ends as soon as the
 * program does, with the program's exit code.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { RunAs } from './command.js';
import { commandEnvironment } from './command.js';

/*
 * - fd 3: a background job of a non-interactive shell gets stdin from /dev/null.
 * - The signal is repeated, because such a job starts with SIGINT ignored and
 *   might not have set its own handler yet; after 20 s it is SIGQUIT, after 30 SIGKILL.
 * - Signals that reach the whole group (a service manager's SIGTERM) must not
 *   take the guardian away from under the program: hence the traps, and the
 *   second look after wait, which such a signal interrupts.
 * - The watcher gives up the output pipes, so that they close with the program,
 *   and takes its pause with it when the program has ended (USR1).
 */
const script = `
exec 3<&0 </dev/null
trap : HUP INT TERM
"$@" 3<&- >&2 &
program=$!
(
  trap '' HUP INT TERM
  trap 'kill -s KILL "$pause"; exit 0' USR1
  pause=
  while read -r ignored; do :; done <&3
  rounds=0
  signal=INT
  while kill -s "$signal" "$program"; do
    rounds=$((rounds + 1))
    if [ "$rounds" -ge 20 ]; then signal=QUIT; fi
    if [ "$rounds" -ge 30 ]; then signal=KILL; fi
    sleep 1 &
    pause=$!
    wait "$pause"
  done
) >/dev/null 2>&1 &
watcher=$!
echo "$program"
while :; do
  wait "$program"
  code=$?
  kill -0 "$program" 2>/dev/null || break
done
kill -s USR1 "$watcher"
exit "$code"
`;

/** After the guardian's end its pipes may be held by a dying grandchild: how long to listen on. */
const drainMs = 250;

export interface GuardedCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly runAs: RunAs;
  readonly onOutput: (chunk: string) => void;
}

export interface GuardedProcess {
  /** The program's own pid, not the guardian's. It isn't used again before `ended` settles. */
  readonly pid: number;
  /** The exit code, 128 + n for signal n. Never rejects. */
  readonly ended: Promise<number>;
  /** Asks the program to end, as our own end would. Idempotent. */
  letGo(): void;
}

/** @throws Error when the shell can't be started, e.g. because the user can't be taken on */
export async function startGuarded(command: GuardedCommand): Promise<GuardedProcess> {
  const child = spawn('/bin/sh', ['-c', script, 'sh', command.file, ...command.args], {
    cwd: command.directory,
    env: commandEnvironment,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in a terminal is for us to hear, we end the program after draining.
    detached: true,
    ...command.runAs,
  });
  child.stderr.setEncoding('utf8').on('data', command.onOutput);
  // A broken pipe only says that the guardian has ended, which `ended` reports.
  child.stdin.on('error', () => undefined);
  const ended = endOf(child);
  const pid = await Promise.race([firstNumber(child), failure(child, ended)]);
  return { pid, ended, letGo: () => void child.stdin.destroy() };
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const finish = (): void => {
        clearTimeout(timer);
        for (const stream of child.stdio) stream?.destroy();
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      };
      const timer = setTimeout(finish, drainMs);
      child.once('close', finish);
    });
  });
}

function firstNumber(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(Number.parseInt(text, 10)));
  });
}

async function failure(child: ChildProcess, ended: Promise<number>): Promise<never> {
  const cause = await new Promise<unknown>((resolve) => {
    child.once('error', resolve);
    void ended.then(resolve);
  });
  throw new Error('The guardian of a child process could not be started', { cause });
}
