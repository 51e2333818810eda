/**
 * Makes a clone ready, with Node alone: `--install` brings the dependencies, `--build` also compiles what
 * changed, `--tests` brings the system programs that some tests need. Fast when there is nothing to do.
 */
import { fileURLToPath } from 'node:url';
import { build } from './setup/build.mjs';
import { installDependencies } from './setup/dependencies.mjs';
import { SetupError } from './setup/progress.mjs';
import { installSystemPackages } from './setup/system-packages.mjs';

const OLDEST_NODE = [20, 19];

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new SetupError(`Node ${OLDEST_NODE.join('.')} or later is needed, this is ${process.versions.node}.`);
}

const root = fileURLToPath(new URL('..', import.meta.url));
const wanted = new Set(process.argv.slice(2));

try {
  requireNode();
  if (wanted.has('--tests')) installSystemPackages();
  if (wanted.has('--install') || wanted.has('--build')) installDependencies(root);
  if (wanted.has('--build')) await build(root);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`kith: ${error.message}`);
  process.exitCode = 1;
}
