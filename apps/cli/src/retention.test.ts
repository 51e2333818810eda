// Which backups go, and which names and intervals are taken.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { backupName, parseInterval, removeOldBackups } from './retention.js';

it('keeps the newest, and what is no backup of ours', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kith-retention-'));
  const days = [1, 2, 3, 4].map((day) => backupName(new Date(Date.UTC(2026, 10, day))));
  for (const name of [...days, 'kith-mine', 'kith-20200101T000000Z']) await mkdir(join(folder, name));
  for (const name of days) await writeFile(join(folder, name, 'manifest.json'), '{}');
  expect(await removeOldBackups(folder, 2)).toEqual(days.slice(0, 2));
  expect((await readdir(folder)).sort()).toEqual(['kith-20200101T000000Z', ...days.slice(2), 'kith-mine']);
  expect(await removeOldBackups(folder, 2)).toEqual([]);
  await rm(folder, { recursive: true });
});

it('names sort by their time', () => {
  expect(backupName(new Date('2026-11-29T18:40:05.123Z'))).toBe('kith-20261129T184005Z');
});

it.each([
  ['1s', 1_000],
  ['30m', 1_800_000],
  ['6h', 21_600_000],
  ['31d', 2_678_400_000],
  ['0s', null],
  ['32d', null],
  ['6', null],
  ['h', null],
  ['-1h', null],
  ['1.5h', null],
])('%s is %s', (text, ms) => {
  expect(parseInterval(text)).toBe(ms);
});
