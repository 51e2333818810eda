/**
 * The user that PostgreSQL runs as when the server itself is root, which
 * PostgreSQL refuses: `kith`, made on first use, else a PostgreSQL user that
 * the system already has.
 */
import { runCommand } from './command.js';
import { EmbeddedPostgresError, useDatabaseUrl } from './embedded-postgres-error.js';

const ownName = 'kith';
const otherNames = ['postgres', '_postgres'] as const;

export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** @throws system_user_unusable when there is no such user and none can be made */
export async function ensureSystemUser(homeDirectory: string): Promise<SystemUser> {
  const existing = await findSystemUser(ownName);
  if (existing !== null) return existing;
  const made = await runCommand('useradd', [
    ...['--system', '--user-group', '--no-create-home'],
    ...['--home-dir', homeDirectory, '--shell', '/usr/sbin/nologin', ownName],
  ]);
  // Asked again whatever useradd said: another server may have made the user in between.
  for (const name of [ownName, ...otherNames]) {
    const user = await findSystemUser(name);
    if (user !== null) return user;
  }
  throw new EmbeddedPostgresError(
    'system_user_unusable',
    `PostgreSQL doesn't run as root, and a system user for it couldn't be made (useradd: ${made.stderr.trim()}). ` +
      `Start the server as an ordinary user, make a system user named ${ownName}, ${useDatabaseUrl}.`,
  );
}

async function findSystemUser(name: string): Promise<SystemUser | null> {
  const [uid, gid] = await Promise.all([runCommand('id', ['-u', name]), runCommand('id', ['-g', name])]);
  const user = { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  return uid.exitCode === 0 && gid.exitCode === 0 && user.uid > 0 ? user : null;
}
