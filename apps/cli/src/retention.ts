// Backups of one folder that are named by their time, and which of them are kept: the newest so many. What has no such name, or
// no manifest, is nobody's backup and stays.
import { access, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST } from '@kith/server/store/postgres/backup/manifest';

const NAME = /^kith-\d{8}T\d{6}Z$/;

/** Sorts by time, as text. */
export function backupName(at: Date): string {
  return `kith-${at.toISOString().replace(/[-:]|\.\d+/g, '')}`;
}

/** Removes all but the newest `keep`. @returns the names of those that went */
export async function removeOldBackups(folder: string, keep: number): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  const whole: string[] = [];
  for (const name of names) if (await isThere(join(folder, name, MANIFEST))) whole.push(name);
  const old = whole.slice(0, Math.max(0, whole.length - keep));
  for (const name of old) await rm(join(folder, name), { recursive: true });
  return old;
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `90s`, `30m`, `6h`, `1d`; null for anything else, and for what is shorter than a second or longer than a month. */
export function parseInterval(text: string): number | null {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS.get(unit) ?? Number.NaN);
  return ms >= 1_000 && ms <= 31 * 86_400_000 ? ms : null;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
