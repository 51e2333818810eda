/**
 * Tells processes apart although numbers are used again: a process is its pid
 * and the time it started. Also recognises a PostgreSQL server by the data
 * directory it was started on. Linux reads /proc, other systems ask ps.
 */
import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot on Linux, epoch seconds elsewhere; 0 when it can't be read. */
  readonly startedAt: number;
}

/** The process that has this pid now, or null when there is none. A zombie counts as none. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !answersSignals(pid)) return null;
  const found = process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid);
  if (found === null) return answersSignals(pid) ? { pid, startedAt: 0 } : null;
  return found.isZombie ? null : { pid, startedAt: found.startedAt };
}

/** True when the process is alive and still the same one. An unreadable start time counts as the same. */
export async function isStillRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  if (now === null) return false;
  return now.startedAt === 0 || identity.startedAt === 0 || now.startedAt === identity.startedAt;
}

/** True when the pid is a PostgreSQL server whose data directory is `directory` (a real path). */
export async function isPostgresOn(pid: number, directory: string): Promise<boolean> {
  if (process.platform !== 'linux') {
    const command = await ps(pid, 'command=');
    return command?.includes('postgres') === true && command.includes(` -D ${directory} `);
  }
  const [program, ...args] = await commandLine(pid);
  if (program === undefined || basename(program) !== 'postgres') return false;
  // Readable by everyone, while /proc/<pid>/cwd is closed to root in a container without SYS_PTRACE.
  if (args[args.indexOf('-D') + 1] === directory && args.includes('-D')) return true;
  return (await workingDirectory(pid)) === directory;
}

/**
 * Where pids mean the same as here: this boot and pid namespace. A pid noted
 * in another container or before a reboot says nothing about this one's processes.
 */
export async function pidNamespace(): Promise<string> {
  if (process.platform !== 'linux') return hostname();
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

interface ProcessState {
  readonly isZombie: boolean;
  readonly startedAt: number;
}

async function fromProc(pid: number): Promise<ProcessState | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The second field is the program's name in brackets and may hold anything, brackets too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { isZombie: fields[0] === 'Z' || fields[0] === 'X', startedAt: Number(fields[19] ?? 0) };
}

async function fromPs(pid: number): Promise<ProcessState | null> {
  const line = await ps(pid, 'state=,lstart=');
  const match = /^(\S+)\s+(.+)$/.exec(line ?? '');
  if (match === null) return null;
  const startedAt = Date.parse(match[2] ?? '') / 1000;
  return { isZombie: (match[1] ?? '').startsWith('Z'), startedAt: Number.isNaN(startedAt) ? 0 : startedAt };
}

async function ps(pid: number, columns: string): Promise<string | null> {
  const options = { env: { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' }, timeout: 5_000 };
  const answer = await run('ps', ['-ww', '-o', columns, '-p', String(pid)], options).catch(() => null);
  return answer === null || answer.stdout.trim() === '' ? null : `${answer.stdout.trim()} `;
}

async function commandLine(pid: number): Promise<readonly string[]> {
  const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return raw.split('\0');
}

async function workingDirectory(pid: number): Promise<string | null> {
  return readlink(`/proc/${pid}/cwd`).catch(() => null);
}
