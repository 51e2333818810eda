/**
 * The directory of PostgreSQL's socket: closed to everyone but the user that
 * PostgreSQL runs as, and with a path short enough for the system's limit.
 * It is beside the cluster where that is short and safe enough, else in the
 * temporary directory, where nothing that somebody else put there is accepted;
 * there it also stays, so that the name isn't free for others meanwhile.
 */
import { createHash } from 'node:crypto';
import { lchown, lstat, mkdir, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunAs } from './command.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { systemErrorCode } from './system-error.js';

/** Bytes in a socket's path: 107 on Linux, 103 on macOS (sun_path less its zero byte). */
const pathLimitBytes = 103;
const answerTimeoutMs = 2_000;

export interface SocketRequest {
  readonly home: string;
  readonly port: number;
  readonly runAs: RunAs;
}

/**
 * A directory for the socket, made if need be, in which nobody answers.
 * @throws socket_directory_unsafe, socket_in_use
 */
export async function prepareSocketDirectory(request: SocketRequest): Promise<string> {
  const directory = await chooseSocketDirectory(request.home, request.port);
  await makePrivateDirectory(directory, request.runAs);
  const socket = socketPath(directory, request.port);
  if (await isAnswered(socket)) {
    throw new EmbeddedPostgresError(
      'socket_in_use',
      `Another program answers on ${socket}; it may be a server in another container on the same directory. ` +
        'Stop it first, or set another port.',
    );
  }
  // Left by a server that was killed. Nobody answers and the directory is this cluster's alone.
  await rm(socket, { force: true });
  await rm(`${socket}.lock`, { force: true });
  return directory;
}

/** The first place with a short enough path whose parent doesn't let others rename what is in it. */
export async function chooseSocketDirectory(home: string, port: number): Promise<string> {
  const name = `kith-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
  const places = [join(home, 'socket'), join(tmpdir(), name), join('/tmp', name)];
  for (const place of places) {
    const isShort = Buffer.byteLength(socketPath(place, port)) <= pathLimitBytes;
    if (isShort && (await isSafeParent(dirname(place)))) return place;
  }
  throw unsafe(tmpdir(), 'is writable by others without the sticky bit');
}

export function socketPath(directory: string, port: number): string {
  return join(directory, `.s.PGSQL.${port}`);
}

async function makePrivateDirectory(directory: string, runAs: RunAs): Promise<void> {
  await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  });
  const self = process.getuid?.() ?? -1;
  const found = await lstat(directory);
  if (!found.isDirectory() || (found.mode & 0o077) !== 0) throw unsafe(directory, "isn't a directory with mode 0700");
  const owner = runAs?.uid ?? self;
  if (found.uid === owner) return;
  if (found.uid !== self || runAs === null) throw unsafe(directory, 'belongs to another user');
  await lchown(directory, runAs.uid, runAs.gid);
}

async function isSafeParent(parent: string): Promise<boolean> {
  const { mode } = await stat(parent);
  return (mode & 0o002) === 0 || (mode & 0o1000) !== 0;
}

function unsafe(directory: string, why: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'socket_directory_unsafe',
    `${directory} can't hold the database socket: it ${why}. Remove it or correct its mode, or use a shorter data directory path.`,
  );
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const settle = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    // Somebody who holds the socket without accepting holds it nevertheless.
    socket.setTimeout(answerTimeoutMs, () => settle(true));
    socket.once('connect', () => settle(true));
    socket.once('error', (error) => {
      const code = systemErrorCode(error) ?? '';
      if (['ENOENT', 'ECONNREFUSED', 'ENOTSOCK'].includes(code)) settle(false);
      else reject(error);
    });
  });
}
