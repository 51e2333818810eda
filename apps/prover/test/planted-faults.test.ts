// The prover's teeth: every planted fault is found by the law that it breaks, and its history made short. `npm test` plants some,
// `npm run nightly` all of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PlantedCopy, sourceOf } from './planted-copy.js';
import { PLANTED_FAULTS } from './planted-faults.js';

const RUNS = 1_000;
const MOST_STEPS = 30;
const WITHIN_MS = 180_000;

type Result = {
  readonly holds: boolean;
  readonly law?: string;
  readonly steps?: readonly number[];
  readonly ran?: number;
};

async function proved(program: string, seed: number): Promise<{ readonly status: unknown; readonly result: Result }> {
  const args = ['--runs', String(RUNS), '--seed', String(seed), '--workers', '2', '--json'];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [status] = await once(child, 'close');
  return { status, result: JSON.parse(text) as Result };
}

it.each(PLANTED_FAULTS)('has its place in the source once: $name', (fault) => {
  expect(sourceOf(fault)).toContain(fault.find);
});

describe.each(PLANTED_FAULTS.filter(({ isNightly }) => process.env.PLANTED === 'all' || !isNightly))(
  'a planted fault: $name',
  (fault) => {
    it('is found by its law, and shrunk', { timeout: WITHIN_MS }, async () => {
      const copy = new PlantedCopy(fault);
      onTestFinished(() => copy.remove());
      const { status, result } = await proved(copy.program, fault.seed ?? 1);
      expect(status).toBe(1);
      expect(fault.laws).toContain(result.law);
      expect(result.steps?.length).toBeLessThanOrEqual(MOST_STEPS);
    });
  },
);
