/**
 * Finds the system programs that some tests need and that npm does not bring: Chromium for the browser
 * tests, PostgreSQL's own server binaries for the tests against a database of the distribution, Python
 * with the library `websockets` for the client that is written in it.
 * A test asks here and is skipped, by name, where the answer is null. Nothing here installs anything.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const CHROMIUM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const CHROMIUM_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const DEBIAN_PYTHON = '/usr/bin/python3';
const POSTGRES_ROOT = '/usr/lib/postgresql';
/** The oldest server that the product supports. */
const OLDEST_POSTGRES = 15;

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * The path of a Chromium or Chrome, or null. `CHROMIUM_PATH` wins where it is set, and null is the
 * answer where it names nothing executable.
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {string | null}
 */
export function findChromium(environment = process.env) {
  const named = environment.CHROMIUM_PATH;
  if (named) return isExecutable(named) ? named : null;
  const candidates = CHROMIUM_NAMES.flatMap((name) => onPath(name, environment));
  return [...candidates, ...CHROMIUM_PLACES].find(isExecutable) ?? null;
}

/**
 * The path of a program by its name, also where the path leaves out what is for root alone; or null.
 * @param {string} name
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {string | null}
 */
export function findProgram(name, environment = process.env) {
  return [...onPath(name, environment), join('/usr/sbin', name)].find(isExecutable) ?? null;
}

/**
 * The path of a Python 3 that can import `websockets`, or null. `PYTHON` wins where it is set; Debian's own
 * is found too where another comes first in the path, since apt brings the library to that one.
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {string | null}
 */
export function findPython(environment = process.env) {
  const named = environment.PYTHON;
  const candidates = named ? [named] : [...onPath('python3', environment), DEBIAN_PYTHON];
  return candidates.find(hasWebSockets) ?? null;
}

/** @param {string} python */
function hasWebSockets(python) {
  if (!isExecutable(python)) return false;
  return spawnSync(python, ['-c', 'import sqlite3, websockets'], { timeout: 20_000 }).status === 0;
}

/**
 * Where a program of that name may lie, in the order of the path.
 * @param {string} name
 * @param {Readonly<Record<string, string | undefined>>} environment
 */
function onPath(name, environment) {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name));
}

/**
 * The folder that holds `initdb`, `pg_ctl` and `postgres` of the newest installed PostgreSQL from 15 on,
 * and its major version; or null. `POSTGRES_ROOT` names another folder of `<version>/bin` folders.
 * @param {Readonly<Record<string, string | undefined>>} [environment]
 * @returns {{ readonly directory: string, readonly majorVersion: number } | null}
 */
export function findPostgresBinaries(environment = process.env) {
  const root = environment.POSTGRES_ROOT ?? POSTGRES_ROOT;
  const found = versionsBelow(root)
    .map((majorVersion) => ({ majorVersion, directory: join(root, String(majorVersion), 'bin') }))
    .filter(({ directory }) => ['initdb', 'pg_ctl', 'postgres'].every((name) => isExecutable(join(directory, name))));
  return found[0] ?? null;
}

/**
 * Newest first.
 * @param {string} root
 */
function versionsBelow(root) {
  try {
    return readdirSync(root)
      .map(Number)
      .filter((version) => version >= OLDEST_POSTGRES)
      .sort((left, right) => right - left);
  } catch {
    return [];
  }
}
