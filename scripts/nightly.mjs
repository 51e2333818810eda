// The long runs, one after the other: what `npm test` does shortly is done here for as long as the requirements name.
// Each step's output is shown as it comes; the end says which steps failed, and the exit code is 1 if any did.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

/** @type {readonly { name: string, command: readonly string[], environment?: Record<string, string> }[]} */
const STEPS = [
  { name: 'killed 500 times', command: ['npm', 'run', 'faults', '--', '--kills', '500'] },
  {
    name: 'killed 20 times at each point, and 30 times at random',
    command: ['npx', 'vitest', 'run', '--project', 'integration', 'packages/server/test/faults.test.ts'],
    environment: { KILLS_AT_POINT: '20', KILLS_AT_RANDOM: '30' },
  },
  {
    name: 'killed five times on its own database, and 100,000 messages restored',
    command: ['npx', 'vitest', 'run', '--project', 'integration', 'embedded-faults', 'apps/cli/test/restored.test.ts'],
    environment: { EMBEDDED_KILLS: '5', RESTORED_MESSAGES: '100000' },
  },
  {
    name: '5,000 runs of the model',
    command: ['npx', 'vitest', 'run', '--project', 'integration', 'packages/testkit/test/model.test.ts'],
    environment: { MODEL_RUNS: '5000' },
  },
  ...[
    { name: '2,000 runs of the replica', file: 'replica-model', runs: '2000' },
    { name: '1,000 runs of the outbox', file: 'outbox', runs: '1000' },
    { name: '500 runs of the whole client', file: 'client-model', runs: '500' },
  ].map(({ name, file, runs }) => ({
    name,
    command: ['npx', 'vitest', 'run', '--project', 'integration', `packages/sdk/test/${file}.test.ts`],
    // A failing run prints the seed that it was made of.
    environment: { MODEL_RUNS: runs, MODEL_SEED: String(randomInt(2 ** 31)) },
  })),
  {
    name: '10,000 runs of the prover',
    command: ['npm', 'run', 'prove', '--', '--runs', '10000', '--seed', String(randomInt(2 ** 30))],
  },
  {
    name: 'all planted faults',
    command: ['npx', 'vitest', 'run', '--project', 'integration', 'apps/prover/test/planted-faults.test.ts'],
    environment: { PLANTED: 'all' },
  },
  {
    name: 'what takes minutes of real time',
    command: ['npx', 'vitest', 'run', '--project', 'nightly'],
    environment: { NIGHTLY: '1' },
  },
  {
    name: 'every PostgreSQL that there is, every release, and every text in every field',
    command: [
      'npx',
      'vitest',
      'run',
      '--project',
      'integration',
      'packages/testkit/test/postgres-',
      'packages/server/test/postgres-',
      'packages/server/test/releases',
      'injection',
      'hostile-http',
      'scopes',
    ],
    environment: { NIGHTLY: '1' },
  },
  {
    name: '100,000 texts and params at the parser',
    command: ['npx', 'vitest', 'run', '--project', 'unit', 'packages/protocol/src/codec-fuzz.test.ts'],
    environment: { NIGHTLY: '1', FUZZ_SEED: String(randomInt(2 ** 30)) },
  },
  { name: 'what 1,000 runs of the prover execute', command: ['npm', 'run', 'prove:coverage'] },
  { name: 'Node 22 and 24', command: ['node', 'scripts/other-nodes.mjs'] },
  {
    name: 'a spike of a minute',
    command: ['npx', 'vitest', 'run', '--project', 'integration', 'packages/server/test/spike.test.ts'],
    environment: { SPIKE_MS: '60000' },
  },
  {
    name: 'a database that is gone for 30 s',
    command: ['npx', 'vitest', 'run', '--project', 'integration', 'packages/server/test/database-faults.test.ts'],
    environment: { OUTAGE_MS: '30000' },
  },
];

const failed = [];
for (const { name, command, environment } of STEPS) {
  const startedMs = performance.now();
  process.stdout.write(`\n=== ${name}: ${command.join(' ')}\n`);
  const [program = '', ...args] = command;
  const { status } = spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(0);
  process.stdout.write(`=== ${name}: ${status === 0 ? 'ok' : 'FAILED'} after ${seconds} s\n`);
  if (status !== 0) failed.push(name);
}
process.stdout.write(failed.length === 0 ? '\nall long runs are clean\n' : `\nfailed: ${failed.join('; ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
