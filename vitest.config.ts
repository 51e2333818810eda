/**
 * The test runner's configuration: four projects, from the fastest to the slowest.
 * Workspace imports resolve to source, so no test waits for a build, except those that
 * start the real process: they use `dist`, which `npm test` builds first.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const root = fileURLToPath(new URL('.', import.meta.url));

const SHARED_POSTGRES = `${root}packages/testkit/src/shared-postgres.ts`;

/** Those that take a minute or more, from the longest on: what begins last keeps everybody waiting. */
const LONGEST = [
  ...['server/test/faults', 'server/test/embedded-postgres', 'prover/test/planted-faults', 'prover/test/prove'],
  ...['server/test/injection', 'server/test/scopes', 'server/test/conformance', 'server/test/embedded-faults'],
  ...['sdk/test/where-websocket-is-refused', 'server/test/database-faults', 'cli/test/user', 'server/test/permissions'],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = LONGEST.findIndex((name) => moduleId.includes(`/${name}.test.`));
      return rank === -1 ? LONGEST.length : rank;
    };
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other));
  }
}

/** What takes minutes of real time: `npm run nightly` runs it. */
const NIGHTLY = {
  extends: true as const,
  test: {
    name: 'nightly',
    include: ['packages/*/test/**/*.nightly.test.ts', 'apps/*/test/**/*.nightly.test.ts', 'e2e/**/*.nightly.test.ts'],
    pool: 'forks' as const,
    globalSetup: [SHARED_POSTGRES, `${root}e2e/shared-browser.ts`],
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
};

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@kith\/protocol$/, replacement: `${root}packages/protocol/src/index.ts` },
      { find: /^@kith\/react$/, replacement: `${root}packages/react/src/index.ts` },
      { find: /^@kith\/sdk$/, replacement: `${root}packages/sdk/src/index.ts` },
      { find: /^@kith\/(server|testkit|sdk)\/(.+)$/, replacement: `${root}packages/$1/src/$2.ts` },
    ],
  },
  test: {
    sequence: { sequencer: LongestFirst },
    reporters: ['default', `${root}scripts/summary-reporter.mjs`],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.{ts,tsx}'],
          // Properties are tried on hundreds of inputs: on a busy machine that takes longer than the usual 5 s.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
          maxWorkers: 2,
          // They leave nothing behind, so that a worker may keep what it has imported.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'checks', include: ['scripts/**/*.test.mjs'], sequence: { groupOrder: 0 }, maxWorkers: 2 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.test.{ts,tsx}', 'apps/*/test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.nightly.test.ts'],
          pool: 'forks',
          globalSetup: [SHARED_POSTGRES],
          // They leave nothing behind, so that a worker may keep what it has imported.
          isolate: false,
          // They wait more than they count: for deaths, leases, disks and databases.
          maxWorkers: 3,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      ...(process.env.NIGHTLY === undefined ? [] : [NIGHTLY]),
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.nightly.test.ts'],
          pool: 'forks',
          globalSetup: [SHARED_POSTGRES, `${root}e2e/shared-browser.ts`],
          isolate: false,
          // A browser keeps both cores of a small machine busy.
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/protocol/src/**/*.ts', 'packages/sdk/src/**/*.ts', 'packages/server/src/core/**/*.ts'],
      exclude: ['**/*.test.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: 80 },
    },
  },
});
