/**
 * Compiles the TypeScript projects and, where there is one, the web page; only when a source changed
 * since the last good build. A fingerprint of every source's path, size and time decides, so that a
 * removed file and an older file from another branch count as changes too.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmCommand } from './dependencies.mjs';
import { writeOneFile } from './one-file.mjs';
import { run, step } from './progress.mjs';

const WORKSPACE_FOLDERS = ['packages', 'apps'];
const ROOT_FILES = ['package.json', 'tsconfig.json', 'tsconfig.base.json'];
/** Neither built from nor part of what is built. */
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'test']);

/** @param {string} root */
export async function build(root) {
  const stampPath = join(root, 'node_modules', '.kith-build-sha256');
  const fingerprint = fingerprintOf(root);
  const isBuilt = existsSync(stampPath) && readFileSync(stampPath, 'utf8') === fingerprint;
  if (isBuilt && hasOutput(root)) return;

  step('compiling (tsc -b)', () => {
    run([process.execPath, join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b'], {
      cwd: root,
      hint: 'The lines above say which file to mend.',
    });
  });
  await writeOneFile(root);
  const webManifest = join(root, 'apps', 'web', 'package.json');
  if (existsSync(webManifest) && JSON.parse(readFileSync(webManifest, 'utf8')).scripts?.build) {
    step('building the web page', () => {
      run([...npmCommand(), 'run', '--silent', 'build', '-w', '@kith/web'], {
        cwd: root,
        hint: 'The lines above say which file to mend.',
      });
    });
  }
  writeFileSync(stampPath, fingerprint);
}

/** @param {string} root */
function fingerprintOf(root) {
  const hash = createHash('sha256');
  const add = (/** @type {string} */ path) => {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  };
  for (const name of ROOT_FILES) add(join(root, name));
  for (const folder of WORKSPACE_FOLDERS) for (const path of filesBelow(join(root, folder))) add(path);
  return hash.digest('hex');
}

/**
 * @param {string} folder
 * @returns {string[]} sorted, so that the same tree gives the same list
 */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => !SKIPPED.has(entry.name));
  return entries
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    })
    .filter((path) => !path.endsWith('.test.ts'))
    .sort();
}

/**
 * Whether no output folder was deleted since: each package that has a tsconfig.json compiles into `dist`.
 * @param {string} root
 */
function hasOutput(root) {
  return ['packages', 'apps']
    .map((name) => join(root, name))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((folder) => existsSync(join(folder, 'tsconfig.json')))
    .every((folder) => existsSync(join(folder, 'dist')));
}
