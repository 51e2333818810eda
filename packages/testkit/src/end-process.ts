// The end of a process that a test has started.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Sends the signal, where it has not ended yet, and waits for its end. @returns its exit code, or the signal that ended it */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return child.exitCode ?? child.signalCode;
}
