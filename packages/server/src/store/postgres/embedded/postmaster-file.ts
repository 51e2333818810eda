/**
 * `postmaster.pid`, PostgreSQL's own note of who serves a cluster, and what is
 * to be done about the server of a parent that was killed: it is stopped
 * cleanly before another starts. Only called under the directory's lock, so no
 * living server of ours can be meant.
 */
import { chown, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { ProcessIdentity } from './process-identity.js';
import { identify, isPostgresOn, isStillRunning } from './process-identity.js';
import { isAbsent } from './system-error.js';

export interface PostmasterFile {
  readonly pid: number;
  /** `starting`, `stopping`, `ready` or `standby`; empty at the very beginning. */
  readonly status: string;
  readonly port: number;
  /** Empty where it listens on none. */
  readonly socketDirectory: string;
}

const fastShutdownMs = 15_000;
const immediateShutdownMs = 5_000;
const pollMs = 20;
/** Above what any system hands out, so that no process has it. */
const nobodysPid = 2_147_483_647;

/** Null when there is no such file, or nothing in it yet. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | null> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) return null;
    throw error;
  });
  return text === null ? null : parsePostmasterFile(text);
}

/** Lines: pid, data directory, start time, port, socket directory, address, shared memory, status. */
export function parsePostmasterFile(text: string): PostmasterFile | null {
  const lines = text.split('\n');
  const pid = Math.abs(Number(lines[0]));
  if (!Number.isSafeInteger(pid) || pid === 0) return null;
  const [port, socketDirectory, status] = [lines[3], lines[4], lines[7]].map((line) => (line ?? '').trim());
  return { pid, status: status ?? '', port: Number(port), socketDirectory: socketDirectory ?? '' };
}

export type Leftover = 'none' | 'stopped' | 'foreign_pid';

/**
 * Sees to it that no PostgreSQL serves the cluster: up to 20 s when one does.
 * `foreign_pid`: the file was stale and its pid now belongs to another program, which is left alone.
 * @throws postgres_would_not_stop
 */
export async function stopLeftover(cluster: string): Promise<Leftover> {
  const file = await readPostmasterFile(cluster);
  const owner = file === null ? null : await identify(file.pid);
  if (owner === null) return 'none';
  if (await isPostgresOn(owner.pid, cluster)) {
    await stopProcess(owner);
    return 'stopped';
  }
  await disownPid(cluster);
  return 'foreign_pid';
}

async function stopProcess(target: ProcessIdentity): Promise<void> {
  const steps = [
    ['SIGINT', fastShutdownMs],
    ['SIGQUIT', immediateShutdownMs],
    ['SIGKILL', immediateShutdownMs],
  ] as const;
  for (const [signal, patienceMs] of steps) {
    if (await isStillRunning(target)) signalProcess(target.pid, signal);
    if (await hasEnded(target, patienceMs)) return;
  }
  throw wouldNotStop(target.pid);
}

async function hasEnded(target: ProcessIdentity, patienceMs: number): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (await isStillRunning(target)) {
    if (Date.now() > deadline) return false;
    await delay(pollMs);
  }
  return true;
}

/** Sends a signal; that the process has just ended is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

export function wouldNotStop(pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'postgres_would_not_stop',
    `The PostgreSQL server with process id ${pid} doesn't end, not even by SIGKILL. ` +
      'Its disk may be hanging; look at the system log, and start again once the process is gone.',
  );
}

/**
 * Puts a number that no process has in the place of the pid. PostgreSQL would refuse to start while
 * that pid lives under the same user, whatever program it is; the rest of the file stays, because
 * PostgreSQL looks there for the shared memory that a dead server's children may still hold.
 */
async function disownPid(cluster: string): Promise<void> {
  const path = join(cluster, 'postmaster.pid');
  const { uid, gid } = await stat(path);
  const [, ...rest] = (await readFile(path, 'utf8')).split('\n');
  await writeFile(`${path}.disowned`, [nobodysPid, ...rest].join('\n'), { mode: 0o600 });
  await chown(`${path}.disowned`, uid, gid);
  await rename(`${path}.disowned`, path);
}
