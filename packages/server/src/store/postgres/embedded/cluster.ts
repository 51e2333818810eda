/**
 * The database cluster itself: made once, whole or not at all, and looked at
 * before every start. A cluster that can't be ours to run is refused by code,
 * and nothing in it is touched.
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PostgresBinaries } from './binaries.js';
import type { RunAs } from './command.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { startGuarded } from './guardian.js';
import { syncDirectory } from './sync-directory.js';
import { systemErrorCode } from './system-error.js';

/** The superuser of the cluster, which the server signs in as. */
export const databaseUser = 'kith';

/** Beside a cluster: the one in whose place it came when the major version changed. */
export const PUT_ASIDE = /^postgres\.before-\d+$/;

/** initdb took 0.5 to 0.9 s where it was measured; a slow disk may need a minute. */
const initTimeoutMs = 180_000;

export interface ClusterRequest {
  /** PostgreSQL's data directory, inside a directory that belongs to the same user. */
  readonly cluster: string;
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
}

/**
 * Makes the cluster if there is none.
 * @throws cluster_unreadable, cluster_version_mismatch, cluster_init_failed
 */
export async function ensureCluster(request: ClusterRequest): Promise<void> {
  if (await isEmpty(request.cluster)) {
    await refuseHalfUpgraded(request.cluster);
    await makeCluster(request);
    return;
  }
  const version = await readClusterVersion(request.cluster);
  if (version === request.binaries.majorVersion) return;
  throw new EmbeddedPostgresError(
    'cluster_version_mismatch',
    `The data in ${request.cluster} was made by PostgreSQL ${version}, and this release brings ` +
      `PostgreSQL ${request.binaries.majorVersion}. Move it over with kith upgrade --postgres, which says what it needs; ` +
      'or start the release that made it, take a backup there (kith backup), and restore that into a new data ' +
      'directory (kith restore). Nothing was changed.',
  );
}

async function isEmpty(cluster: string): Promise<boolean> {
  try {
    return (await readdir(cluster)).length === 0;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return true;
    throw unreadable(cluster, error);
  }
}

/** An upgrade of the major version was killed as two clusters changed places: an empty one would look like lost data. */
async function refuseHalfUpgraded(cluster: string): Promise<void> {
  if (basename(cluster) !== 'postgres') return;
  const aside = (await readdir(dirname(cluster))).find((name) => PUT_ASIDE.test(name));
  if (aside === undefined) return;
  throw new EmbeddedPostgresError(
    'cluster_missing',
    `An upgrade of PostgreSQL in ${dirname(cluster)} did not come to its end: run kith upgrade --postgres again. ` +
      `The data is in ${aside}.`,
  );
}

async function readClusterVersion(cluster: string): Promise<string> {
  try {
    const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
    if (!/^\d{1,2}(\.\d)?$/.test(version)) throw new Error('PG_VERSION holds no version');
    const control = await stat(join(cluster, 'global', 'pg_control'));
    if (control.size === 0) throw new Error('pg_control is empty');
    return version;
  } catch (error) {
    throw unreadable(cluster, error);
  }
}

function unreadable(cluster: string, cause: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'cluster_unreadable',
    `${cluster} can't be read as a PostgreSQL data directory (${cause instanceof Error ? cause.message : 'unknown error'}). ` +
      'Check who owns it and where it came from, or restore a backup into a new data directory. Nothing was changed.',
    { cause },
  );
}

/** Made beside its place and renamed into it, so that a kill half-way leaves nothing that looks like a cluster. */
async function makeCluster(request: ClusterRequest): Promise<void> {
  const home = dirname(request.cluster);
  await sweepUnfinished(request.cluster);
  const unfinished = `${request.cluster}.unfinished-${randomBytes(4).toString('hex')}`;
  let failure = '';
  for (const characterType of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    const output = await runInitdb(request, { directory: unfinished, characterType });
    if (output === null) {
      await rename(unfinished, request.cluster);
      await syncDirectory(home);
      return;
    }
    failure = output;
    if (!output.includes('invalid locale name')) break;
  }
  throw new EmbeddedPostgresError(
    'cluster_init_failed',
    `PostgreSQL couldn't make its data directory in ${home}: ${failure.trim().slice(-1_000)} ` +
      'Check the free space and the rights there, then start again.',
  );
}

/** Null when it worked, else what it said. */
async function runInitdb(
  request: ClusterRequest,
  target: { readonly directory: string; readonly characterType: string },
): Promise<string | null> {
  let output = '';
  const initdb = await startGuarded({
    file: request.binaries.initdb,
    args: initdbArguments(target),
    directory: dirname(request.cluster),
    runAs: request.runAs,
    onOutput: (chunk) => {
      output = (output + chunk).slice(-4_000);
    },
  });
  const timer = setTimeout(() => initdb.letGo(), initTimeoutMs);
  const exitCode = await initdb.ended;
  clearTimeout(timer);
  return exitCode === 0 ? null : `${output} (initdb ended with ${exitCode})`;
}

function initdbArguments(target: { readonly directory: string; readonly characterType: string }): readonly string[] {
  return [
    ...['-D', target.directory, '-U', databaseUser, '--no-instructions', '--data-checksums'],
    // Text sorts by code point, from PostgreSQL's own tables: the order never changes with a system library,
    // so no index breaks with an upgrade. The character type is what full-text search knows letters by.
    ...['--encoding=UTF8', '--locale=C', `--lc-ctype=${target.characterType}`],
    ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
    // Trust is safe: PostgreSQL doesn't listen on the network, and its socket lies in a directory with mode 0700.
    // Peer authentication would refuse root, who may well be the one connecting.
    ...['--auth-local=trust', '--auth-host=reject'],
  ];
}

/** What a killed initdb left. Best effort: an initdb that is still ending may write there. */
async function sweepUnfinished(cluster: string): Promise<void> {
  const prefix = `${basename(cluster)}.unfinished-`;
  for (const name of await readdir(dirname(cluster))) {
    if (name.startsWith(prefix))
      await rm(join(dirname(cluster), name), { recursive: true, force: true }).catch(() => undefined);
  }
}
