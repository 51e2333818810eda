// How much of the shipped core, SDK and protocol a thousand runs of the prover execute, in branches. `npm run nightly` asks for
// the bound; `npm run prove:coverage -- 200` is a shorter look. Where a run breaks a law, this fails with it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const LEAST_PERCENT = 85;
const RUNS = process.argv[2] ?? '1000';
const directory = join(root, '.tmp', 'prover-coverage');

/** Modules that the simulator cannot run, since it stands in for what they do or for what is around them. */
const OUTSIDE = [
  { path: 'packages/server/src/core/accounts/', why: 'signing in is answered by the simulator' },
  { path: 'packages/server/src/core/search/tokens.ts', why: 'the simulator’s index looks at every message' },
  { path: 'packages/server/src/core/throttle.ts', why: 'rates are held by the edge' },
  { path: 'packages/sdk/src/platform/', why: 'the simulator is the platform' },
  { path: 'packages/sdk/src/storage/', why: 'a device’s store is the simulator’s' },
  { path: 'packages/protocol/src/openapi.ts', why: 'documents' },
  { path: 'packages/protocol/src/written-out.ts', why: 'documents' },
  { path: 'packages/protocol/src/assertion.ts', why: 'assertions are for the edge' },
];

const { status } = spawnSync(
  'npx',
  [
    ...['vitest', 'run', '--project', 'integration', 'apps/prover/test/prove.test.ts'],
    ...['--coverage', '--coverage.thresholds.lines=0', '--coverage.reporter=json-summary'],
    `--coverage.reportsDirectory=${directory}`,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PROVE_RUNS: RUNS } },
);
if (status !== 0) process.exit(1);

/** @type {{ [file: string]: { branches: { total: number, covered: number } } }} */
const files = JSON.parse(readFileSync(join(directory, 'coverage-summary.json'), 'utf8'));
/** @type {Map<string, { total: number, covered: number }>} */
const sums = new Map();
for (const [file, { branches }] of Object.entries(files)) {
  if (file === 'total') continue;
  const path = relative(root, file);
  const outside = OUTSIDE.find((one) => path.startsWith(one.path));
  const [, name = ''] = /^packages\/(\w+)/.exec(path) ?? [];
  for (const group of outside ? ['left out'] : [name, 'all']) {
    const sum = sums.get(group) ?? { total: 0, covered: 0 };
    sums.set(group, { total: sum.total + branches.total, covered: sum.covered + branches.covered });
  }
}
for (const group of ['protocol', 'sdk', 'server', 'all', 'left out']) {
  const { total, covered } = sums.get(group) ?? { total: 0, covered: 0 };
  console.log(`${group.padEnd(9)} ${((100 * covered) / total).toFixed(1)} % of ${total} branches`);
}
for (const { path, why } of OUTSIDE) console.log(`  left out: ${path} (${why})`);
const { total = 1, covered = 0 } = sums.get('all') ?? {};
if ((100 * covered) / total < LEAST_PERCENT) {
  console.error(`the prover executes fewer than ${LEAST_PERCENT} % of the branches that it can`);
  process.exitCode = 1;
}
