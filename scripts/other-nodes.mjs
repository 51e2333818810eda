// The unit tests and what an SDK, a socket and a log need of Node, on the later majors that are kept working. They come from
// the registry as packages, into a directory of their own.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const MAJORS = ['22', '24'];
const RUNS = [
  ['--project', 'unit'],
  [
    ...['--project', 'integration', 'packages/sdk/test/platforms.test.ts', 'packages/sdk/test/chat.test.ts'],
    ...['packages/server/test/conformance.test.ts', 'packages/server/test/postgres-log.test.ts'],
    ...['packages/server/test/faults.test.ts'],
  ],
];

const failed = [];
for (const major of MAJORS) {
  const directory = join(root, '.tmp', `node-${major}`);
  mkdirSync(directory, { recursive: true });
  run('npm', ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', directory, `node@${major}`], process.env);
  const binaries = join(directory, 'node_modules', '.bin');
  const environment = { ...process.env, PATH: `${binaries}${delimiter}${process.env.PATH}` };
  run('node', ['--version'], environment);
  for (const args of RUNS) {
    if (!run('node', [join(root, 'node_modules', '.bin', 'vitest'), 'run', ...args], environment)) failed.push(major);
  }
}
if (failed.length > 0) console.error(`red on Node ${[...new Set(failed)].join(' and ')}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {boolean} whether it went well
 */
function run(command, args, env) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', env }).status === 0;
}
