/**
 * Decides where the database cluster of a data directory lives and which user
 * owns it. Ordinarily that is `<data directory>/postgres` and ourselves. As root
 * it is a directory of a system user below `<systemDirectory>`, because the data
 * directory may be closed to every user but root; the data directory then keeps
 * a pointer, `postgres.json`. An existing cluster is run by the user who owns it.
 */
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative } from 'node:path';
import type { RunAs } from './command.js';
import { canEnter } from './command.js';
import { EmbeddedPostgresError, useDatabaseUrl } from './embedded-postgres-error.js';
import { isAbsent, systemErrorCode } from './system-error.js';
import { ensureSystemUser } from './system-user.js';

export interface ClusterPlace {
  /** Holds the cluster and its socket; ours alone or the system user's alone. */
  readonly home: string;
  /** PostgreSQL's data directory. */
  readonly cluster: string;
  readonly runAs: RunAs;
  /** Call once the cluster exists: from then on its absence is a loss, not a first start. */
  markInitialised(): Promise<void>;
}

interface Pointer {
  readonly id: string;
  readonly path: string;
  readonly isInitialised: boolean;
}

export interface PlaceRequest {
  /** A real path. */
  readonly dataDirectory: string;
  readonly systemDirectory: string;
}

/** @throws cluster_missing, cluster_unreadable, data_directory_unusable, system_user_unusable */
export async function placeCluster(request: PlaceRequest): Promise<ClusterPlace> {
  const pointerFile = join(request.dataDirectory, 'postgres.json');
  const pointer = await readPointer(pointerFile);
  if (process.getuid?.() !== 0) return ownPlace(request.dataDirectory, pointer);
  if (pointer !== null) return pointedPlace(pointerFile, pointer);
  const left = await leftByOrdinaryUser(request.dataDirectory);
  return left ?? newSystemPlace(pointerFile, request.systemDirectory);
}

/** Where the cluster of a data directory lies, or would lie; nothing is made. */
export async function knownHome(dataDirectory: string): Promise<string> {
  const pointer = await readPointer(join(dataDirectory, 'postgres.json'));
  return pointer?.path ?? dataDirectory;
}

function ownPlace(dataDirectory: string, pointer: Pointer | null): ClusterPlace {
  if (pointer !== null) {
    throw new EmbeddedPostgresError(
      'cluster_unreadable',
      `The data of ${dataDirectory} was made by a server that ran as root and lies in ${pointer.path}. Start as root again.`,
    );
  }
  const cluster = join(dataDirectory, 'postgres');
  return { home: dataDirectory, cluster, runAs: null, markInitialised: () => Promise.resolve() };
}

async function pointedPlace(pointerFile: string, pointer: Pointer): Promise<ClusterPlace> {
  const cluster = join(pointer.path, 'postgres');
  const home = await stat(pointer.path).catch((error: unknown) => {
    if (isAbsent(error)) return null;
    throw error;
  });
  const isLost = pointer.isInitialised && !(await exists(cluster));
  if (home === null || isLost) {
    throw new EmbeddedPostgresError(
      'cluster_missing',
      `${pointerFile} says that the data is in ${cluster}, where there is nothing. ` +
        'Bring that directory back, or restore a backup into a new data directory.',
    );
  }
  if (home.uid === 0) {
    throw new EmbeddedPostgresError(
      'cluster_unreadable',
      `${pointer.path} belongs to root, and PostgreSQL doesn't run as root. Give it back to its system user with chown -R.`,
    );
  }
  const runAs = { uid: home.uid, gid: home.gid };
  await requireEntry(pointer.path, runAs);
  const markInitialised = (): Promise<void> => writePointer(pointerFile, { ...pointer, isInitialised: true });
  return {
    home: pointer.path,
    cluster,
    runAs,
    markInitialised: pointer.isInitialised ? async () => undefined : markInitialised,
  };
}

/** An ordinary user's cluster, now started by root: it stays where it is and whose it is. */
async function leftByOrdinaryUser(dataDirectory: string): Promise<ClusterPlace | null> {
  const cluster = join(dataDirectory, 'postgres');
  if (!(await exists(cluster))) return null;
  const owner = await stat(cluster);
  if (owner.uid === 0) return null;
  const runAs = { uid: owner.uid, gid: owner.gid };
  await requireEntry(cluster, runAs);
  return { home: dataDirectory, cluster, runAs, markInitialised: async () => undefined };
}

async function newSystemPlace(pointerFile: string, systemDirectory: string): Promise<ClusterPlace> {
  const user = await ensureSystemUser(systemDirectory);
  const id = randomBytes(8).toString('hex');
  const pointer: Pointer = { id, path: join(systemDirectory, id), isInitialised: false };
  await makeOpenDirectory(systemDirectory);
  await mkdir(pointer.path, { mode: 0o700 });
  await chown(pointer.path, user.uid, user.gid).catch((error: unknown) => {
    throw new EmbeddedPostgresError(
      'system_user_unusable',
      `Files can't be given to the system user ${user.name} (${systemErrorCode(error) ?? 'unknown error'}). ` +
        `Start the server as an ordinary user, ${useDatabaseUrl}.`,
      { cause: error },
    );
  });
  await writePointer(pointerFile, pointer);
  return pointedPlace(pointerFile, pointer);
}

/** What is missing of the path is made so that other users can pass; what exists is left alone. */
async function makeOpenDirectory(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; !relative(first, made).startsWith('..'); made = dirname(made)) await chmod(made, 0o755);
}

async function requireEntry(directory: string, runAs: RunAs): Promise<void> {
  if (await canEnter(directory, runAs)) return;
  throw new EmbeddedPostgresError(
    'data_directory_unusable',
    `The user that PostgreSQL runs as (uid ${runAs?.uid ?? 'own'}) can't reach ${directory}. ` +
      `Open the directories above it (chmod o+x), or move the data; ${useDatabaseUrl}.`,
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if (isAbsent(error)) return false;
      throw error;
    },
  );
}

async function readPointer(file: string): Promise<Pointer | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isAbsent(error)) return null;
    throw unreadablePointer(file, error);
  });
  if (text === null) return null;
  try {
    return parsePointer(JSON.parse(text));
  } catch (error) {
    throw unreadablePointer(file, error);
  }
}

function parsePointer(value: unknown): Pointer {
  if (typeof value !== 'object' || value === null) throw new Error('not an object');
  const { id, path, isInitialised } = { id: null, path: null, isInitialised: null, ...value };
  if (typeof id !== 'string' || typeof path !== 'string' || !isAbsolute(path))
    throw new Error('id or path is not right');
  return { id, path, isInitialised: isInitialised === true };
}

function unreadablePointer(file: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'cluster_unreadable',
    `${file}, which says where the data is, can't be read. Put the file back from a copy, as the user that started the server before.`,
    { cause },
  );
}

async function writePointer(file: string, pointer: Pointer): Promise<void> {
  const unfinished = `${file}.unfinished`;
  const handle = await open(unfinished, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(pointer, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}
