/**
 * Runs a short program to its end, as ourselves or as another user, with an
 * environment of our own: nothing of the caller's PG* or LD_* settings gets in.
 */
import { execFile } from 'node:child_process';

/** The user a program runs as; null means as ourselves. */
export type RunAs = { readonly uid: number; readonly gid: number } | null;

export interface CommandResult {
  /** 127 when the program couldn't be started at all. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Longest that a short program may take. */
const commandTimeoutMs = 30_000;

export const commandEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const;

/** Never rejects: a program that fails or can't be started is an exit code. */
export function runCommand(file: string, args: readonly string[], runAs: RunAs = null): Promise<CommandResult> {
  const options = { cwd: '/', env: commandEnvironment, timeout: commandTimeoutMs, ...runAs };
  const attempt = new Promise<CommandResult>((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ exitCode: 0, stdout, stderr });
      const exitCode = typeof error.code === 'number' ? error.code : 127;
      resolve({ exitCode, stdout, stderr: stderr === '' ? error.message : stderr });
    });
  });
  // Some failures to take on another user are thrown at once.
  return attempt.catch((error: unknown) => ({ exitCode: 127, stdout: '', stderr: String(error) }));
}

/** True when that user may enter the directory and list it. */
export async function canEnter(directory: string, runAs: RunAs): Promise<boolean> {
  const result = await runCommand('/bin/sh', ['-c', 'test -r "$1" && test -x "$1"', 'sh', directory], runAs);
  return result.exitCode === 0;
}
