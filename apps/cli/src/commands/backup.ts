// `kith backup`: takes a backup of the server's database, while it serves or not; checks one; or goes on taking them, and keeps
// the newest.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '@kith/server/config/schema';
import type { Manifest } from '@kith/server/store/postgres/backup/manifest';
import { takeBackup } from '@kith/server/store/postgres/backup/take';
import { verifyBackup } from '@kith/server/store/postgres/backup/verify';
import { recordActAt } from '../audit.js';
import { type Command, DONE, parseLine, type Terminal, UsageError } from '../command.js';
import { reachDatabase } from '../database.js';
import { Progress } from '../progress.js';
import { backupName, parseInterval, removeOldBackups } from '../retention.js';
import { readSettings } from '../settings.js';

const USAGE = `kith backup: takes a backup of the server's database, which may serve meanwhile

  kith backup <folder>                          the folder is made, and must not be there yet
  kith backup <folder> --keep N                 makes <folder>/kith-<time>, and removes all but the newest N
  kith backup <folder> --every 6h [--keep N]    the same again and again, until SIGTERM or SIGINT (s, m, h, d)
  kith backup --verify <folder>                 reads a backup through and checks it

  --json   the result as a line of JSON

A backup is of one moment: whatever was acknowledged before it is in it. It is read through and checked before it gets its
name; half a one never has it. It holds everything, hashes of passwords and keys too: keep it as you would those. Any
PostgreSQL since 15 takes it back (kith restore), and any build that is not older.

Exit status: 0 done, 1 refused or failed, 2 wrong usage.`;

const OPTIONS = {
  every: { type: 'string' },
  keep: { type: 'string' },
  verify: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

type Work = {
  readonly folder: string;
  readonly isJson: boolean;
  readonly terminal: Terminal;
  readonly progress: Progress;
};

export const backup: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values, words } = parseLine(args, OPTIONS, { least: 1 });
    const [folder = ''] = words;
    const keep = values.keep === undefined ? null : numberOf(values.keep);
    const everyMs = values.every === undefined ? null : parseInterval(values.every);
    if (values.every !== undefined && everyMs === null) {
      throw new UsageError('--every takes a number with s, m, h or d, such as 6h, up to 31d');
    }
    const isJson = values.json === true;
    const work: Work = { folder, isJson, terminal, progress: progressOn(terminal, isJson) };
    if (values.verify === true) {
      if (keep !== null || everyMs !== null) throw new UsageError('--verify goes with neither --every nor --keep');
      await verify(work);
      return DONE;
    }
    const config = readSettings();
    if (keep === null && everyMs === null) await take(config, work);
    else if (everyMs === null) await takeDated(config, work, keep);
    else await takeEvery(config, work, { everyMs, keep });
    return DONE;
  },
};

export function progressOn({ isShown }: Terminal, isJson: boolean): Progress {
  const write = isJson ? () => {} : (text: string) => void process.stderr.write(text);
  return new Progress({ write, isShown: isShown && !isJson, now: () => performance.now() });
}

async function verify({ folder, isJson, terminal, progress }: Work): Promise<void> {
  progress.begin('checking');
  const onProgress = (done: number, total: number): void => progress.at(done, total);
  const manifest = await verifyBackup(folder, { onProgress, signal: terminal.signal }).finally(() => progress.end());
  if (isJson) terminal.out(JSON.stringify({ isWhole: true, ...summaryOf(folder, manifest) }));
  else terminal.out(`${folder} is whole: ${sentenceOf(manifest)}.`);
}

async function take(config: Config, { folder, isJson, terminal, progress }: Work): Promise<void> {
  const reached = await reachDatabase(config);
  try {
    progress.begin('copying');
    const manifest = await takeBackup(folder, {
      address: reached.address,
      signal: terminal.signal,
      onProgress: (done, total) => progress.at(done, total),
      onWritten: () => progress.begin('checking'),
    });
    progress.end();
    const { entries } = manifest.counts;
    await recordActAt(reached.address, { act: 'kith.backup', detail: { entries } }, terminal);
    if (isJson) terminal.out(JSON.stringify(summaryOf(folder, manifest)));
    else terminal.out(`${folder} holds ${sentenceOf(manifest)}, and was checked.`);
  } finally {
    progress.end();
    await reached.close();
  }
}

async function takeDated(config: Config, work: Work, keep: number | null): Promise<void> {
  await mkdir(work.folder, { recursive: true, mode: 0o700 });
  await take(config, { ...work, folder: join(work.folder, backupName(new Date())) });
  // Only once there is a new one.
  const removed = keep === null ? [] : await removeOldBackups(work.folder, keep);
  for (const name of removed) work.terminal.err(`kith backup: ${name} was removed`);
}

/** One that fails is told, and does not keep the next from being taken. */
async function takeEvery(
  config: Config,
  work: Work,
  { everyMs, keep }: { readonly everyMs: number; readonly keep: number | null },
): Promise<void> {
  const { signal } = work.terminal;
  while (!signal.aborted) {
    const beganMs = performance.now();
    try {
      await takeDated(config, work, keep);
    } catch (error) {
      if (signal.aborted) return;
      work.terminal.err(
        `kith backup: ${error instanceof Error ? error.message : String(error)}; the next is tried in time`,
      );
    }
    await delay(Math.max(1_000, everyMs - (performance.now() - beganMs)), undefined, { signal }).catch(() => {});
  }
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError('--keep takes a number of backups, 1 or more');
}

export function summaryOf(folder: string, { takenAt, postgres, counts, migrations, tables }: Manifest) {
  const sizeBytes = tables.reduce((sum, table) => sum + table.sizeBytes, 0);
  return { folder, takenAt, postgres, schema: migrations.at(-1)?.number ?? 0, ...counts, sizeBytes };
}

export function sentenceOf(manifest: Manifest): string {
  const { people, conversations, entries } = manifest.counts;
  return `${people} people, ${conversations} conversations and ${entries} entries as of ${manifest.takenAt}`;
}
