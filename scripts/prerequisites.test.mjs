// Where the system programs are found, on a made-up machine.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findChromium, findPostgresBinaries } from './prerequisites.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kith-prerequisites-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** @param {string[]} parts */
function program(...parts) {
  const path = join(folder, ...parts);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '');
  chmodSync(path, 0o755);
  return path;
}

it('the named Chromium is taken before that of the path, and null where it is not there', () => {
  const named = program('named', 'chrome');
  const found = program('bin', 'chromium');
  const PATH = join(folder, 'bin');
  expect(findChromium({ PATH })).toBe(found);
  expect(findChromium({ PATH, CHROMIUM_PATH: named })).toBe(named);
  expect(findChromium({ PATH, CHROMIUM_PATH: join(folder, 'gone') })).toBeNull();
});

it('the newest complete PostgreSQL from 15 on is taken', () => {
  for (const version of ['9', '14', '15', '16']) {
    for (const name of ['initdb', 'pg_ctl', 'postgres']) program(version, 'bin', name);
  }
  program('17', 'bin', 'initdb');
  expect(findPostgresBinaries({ POSTGRES_ROOT: folder })).toEqual({
    majorVersion: 16,
    directory: join(folder, '16', 'bin'),
  });
});

it('there is no PostgreSQL where none, or only an old one, is installed', () => {
  expect(findPostgresBinaries({ POSTGRES_ROOT: join(folder, 'gone') })).toBeNull();
  for (const name of ['initdb', 'pg_ctl', 'postgres']) program('14', 'bin', name);
  expect(findPostgresBinaries({ POSTGRES_ROOT: folder })).toBeNull();
});
