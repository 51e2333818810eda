/**
 * Brings node_modules in step with package-lock.json, and leaves it alone when it already is.
 * What is installed is read from the hidden lockfile that npm writes into node_modules as its last act,
 * so an interrupted install is seen and done again, and a plain `npm install` is not undone.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, step } from './progress.mjs';

/** @typedef {{ version?: string, integrity?: string, resolved?: string, optional?: boolean, devOptional?: boolean }} LockedPackage */

/**
 * Whether everything that the lockfile wants is installed in that version and nothing else is.
 * A package that is optional may be absent: npm leaves out those of other platforms.
 * @param {Readonly<Record<string, LockedPackage>>} wanted `packages` of package-lock.json
 * @param {Readonly<Record<string, LockedPackage>>} installed `packages` of node_modules/.package-lock.json
 */
export function isInStep(wanted, installed) {
  const inModules = (/** @type {string} */ path) => path.includes('node_modules/');
  const isMissing = (/** @type {string} */ path) => {
    const want = wanted[path];
    const have = installed[path];
    if (!have) return want?.optional !== true && want?.devOptional !== true;
    return want?.version !== have.version || want?.integrity !== have.integrity;
  };
  return (
    !Object.keys(wanted).filter(inModules).some(isMissing) &&
    !Object.keys(installed)
      .filter(inModules)
      .some((path) => wanted[path] === undefined)
  );
}

/** @param {string} root */
export function installDependencies(root) {
  const lockText = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const lockHash = createHash('sha256').update(lockText).digest('hex');
  const stampPath = join(root, 'node_modules', '.kith-lockfile-sha256');
  const hiddenPath = join(root, 'node_modules', '.package-lock.json');

  if (existsSync(hiddenPath)) {
    if (existsSync(stampPath) && readFileSync(stampPath, 'utf8') === lockHash) return;
    const installed = JSON.parse(readFileSync(hiddenPath, 'utf8')).packages;
    if (isInStep(JSON.parse(lockText).packages, installed)) {
      writeFileSync(stampPath, lockHash);
      return;
    }
  }

  step('installing dependencies (npm ci)', () => {
    run([...npmCommand(), 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      hint: 'Check that npm reaches its registry, then run the same command again.',
    });
  });
  writeFileSync(stampPath, lockHash);
}

/**
 * The npm that runs us, started by Node itself so that it works alike on every platform.
 * @returns {[string, ...string[]]}
 */
export function npmCommand() {
  const path = process.env.npm_execpath;
  return path?.endsWith('.js') || path?.endsWith('.cjs') ? [process.execPath, path] : ['npm'];
}
