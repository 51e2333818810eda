/**
 * `npm run release:measure`: what this version carries on the machine where it runs, in `bench/releases/x.y.z/`, to be kept
 * with it: `load.json` of the load that the project names (`kith bench`), `capacity.json` of the load at which messages
 * begin to take 100 ms (`kith bench capacity`), and `machine.json`, without which both say nothing.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from '../setup/progress.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Of `kith bench capacity`: two runs lie too far apart, and the file says so. */
const TOO_NOISY = 2;

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = join(root, 'bench', 'releases', version);
mkdirSync(folder, { recursive: true });
const [cpu] = cpus();
const machine = {
  measured: new Date().toISOString().slice(0, 10),
  cpu: cpu?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  kernel: release(),
  node: process.version,
};
writeFileSync(join(folder, 'machine.json'), `${JSON.stringify(machine, null, 2)}\n`);
bench(['--out', join(folder, 'load.json')], [0]);
bench(['capacity', '--out', join(folder, 'capacity.json')], [0, TOO_NOISY]);
say(`bench/releases/${version} holds what this version carries`);

/**
 * @param {readonly string[]} args of `kith bench`
 * @param {readonly number[]} fine exit statuses
 */
function bench(args, fine) {
  const command = [join(root, 'apps', 'cli', 'bin', 'kith.mjs'), 'bench', ...args];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status === null || !fine.includes(status)) process.exit(status ?? 1);
}
