// Where the system programs are found, on a made-up machine.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findChromium, findPostgresBinaries, findPython } from './prerequisites.mjs';

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

it('the first Python that has the library is taken, and null where the named one has not', () => {
  const without = program('first', 'python3');
  const found = program('second', 'python3');
  writeFileSync(without, '#!/bin/sh\nexit 1\n');
  writeFileSync(found, '#!/bin/sh\nexit 0\n');
  const PATH = [join(folder, 'first'), join(folder, 'second')].join(delimiter);
  expect(findPython({ PATH })).toBe(found);
  expect(findPython({ PATH, PYTHON: without })).toBeNull();
  expect(findPython({ PATH, PYTHON: join(folder, 'gone') })).toBeNull();
});

it('there is no PostgreSQL where none, or only an old one, is installed', () => {
  expect(findPostgresBinaries({ POSTGRES_ROOT: join(folder, 'gone') })).toBeNull();
  for (const name of ['initdb', 'pg_ctl', 'postgres']) program('14', 'bin', name);
  expect(findPostgresBinaries({ POSTGRES_ROOT: folder })).toBeNull();
});
