/**
 * One server per directory. A holder is an empty file in `<directory>/lock`
 * whose name says who holds it: pid, start time, and where that pid counts.
 * Creating it is one atomic step, nobody writes into another's file, and
 * removing a dead holder's file can't hit a living one: so there is no takeover
 * to race for. Whoever sees no other living file has the lock; of several that
 * come in the same moment, all but the first by name step back.
 */
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import type { ProcessIdentity } from './process-identity.js';
import { identify, isStillRunning, pidNamespace } from './process-identity.js';
import { systemErrorCode } from './system-error.js';

/** Tries before a directory counts as in use; they only matter when several start in the same moment. */
const attempts = 6;

export interface DataDirectoryLock {
  /**
   * Removes what holders of other containers or earlier boots left. Only for one who knows
   * by other means that nobody serves this directory: their pids can't be asked from here.
   */
  clearForeign(): Promise<void>;
  /** Idempotent. */
  release(): Promise<void>;
}

interface Holder {
  readonly file: string;
  readonly identity: ProcessIdentity;
  readonly isForeign: boolean;
}

/**
 * Takes the directory for this process.
 * @throws data_directory_in_use naming the holder's pid; data_directory_unusable when nothing can be written there
 */
export async function takeDataDirectoryLock(directory: string): Promise<DataDirectoryLock> {
  const locks = join(directory, 'lock');
  const namespace = createHash('sha256')
    .update(await pidNamespace())
    .digest('hex')
    .slice(0, 12);
  const own = await ownFileName(namespace);
  let isCreated = false;
  for (let attempt = 1; ; attempt += 1) {
    if (!isCreated) await createLockFile(directory, own);
    const rival = await findLivingRival(locks, { own, namespace });
    if (rival === null) return heldLock(locks, { own, namespace });
    isCreated = own < rival.file && attempt < attempts;
    if (!isCreated) await rm(join(locks, own), { force: true });
    if (attempt === attempts) throw inUse(directory, rival.identity.pid);
    await delay(20 + Math.random() * 80);
  }
}

function heldLock(locks: string, names: { readonly own: string; readonly namespace: string }): DataDirectoryLock {
  return {
    async clearForeign() {
      for (const holder of await readHolders(locks, names.namespace)) {
        if (holder.isForeign) await rm(join(locks, holder.file), { force: true });
      }
    },
    release: () => rm(join(locks, names.own), { force: true }),
  };
}

async function ownFileName(namespace: string): Promise<string> {
  const self = await identify(process.pid);
  return `${process.pid}.${self?.startedAt ?? 0}.${namespace}`;
}

async function createLockFile(directory: string, own: string): Promise<void> {
  try {
    await mkdir(join(directory, 'lock'), { recursive: true, mode: 0o700 });
    const file = await open(join(directory, 'lock', own), 'wx', 0o600);
    await file.close();
  } catch (error) {
    // The same name is the same process: it has this directory open already.
    const isOwn = error instanceof Error && 'path' in error && error.path === join(directory, 'lock', own);
    if (isOwn && systemErrorCode(error) === 'EEXIST') throw inUse(directory, process.pid);
    throw new EmbeddedPostgresError(
      'data_directory_unusable',
      `The data directory ${directory} can't be locked (${systemErrorCode(error) ?? 'unknown error'}). ` +
        'Make it writable for the user that starts the server; if it was used by root before, start as root again.',
      { cause: error },
    );
  }
}

/** The first by name. What dead holders left is removed on the way. */
async function findLivingRival(
  locks: string,
  names: { readonly own: string; readonly namespace: string },
): Promise<Holder | null> {
  for (const holder of await readHolders(locks, names.namespace)) {
    if (holder.file === names.own || holder.isForeign) continue;
    if (await isStillRunning(holder.identity)) return holder;
    await rm(join(locks, holder.file), { force: true });
  }
  return null;
}

async function readHolders(locks: string, namespace: string): Promise<readonly Holder[]> {
  const holders: Holder[] = [];
  for (const file of (await readdir(locks)).sort()) {
    const match = /^(\d{1,10})\.(\d{1,16})\.([0-9a-f]{12})$/.exec(file);
    if (match === null) continue;
    const identity = { pid: Number(match[1]), startedAt: Number(match[2]) };
    holders.push({ file, identity, isForeign: match[3] !== namespace });
  }
  return holders;
}

function inUse(directory: string, pid: number): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'data_directory_in_use',
    `The data directory ${directory} is in use by the server with process id ${pid}. ` +
      'Stop that server first, or give this one another data directory.',
  );
}
