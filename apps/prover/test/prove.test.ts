// Every law holds in so many runs: 500 in `npm test`, thousands in `npm run nightly`. A run that fails is told again by
// `kith prove --replay` and its seed.
import { expect, it } from 'vitest';
import { judge } from '../src/laws/judge.js';
import { planOf } from '../src/plan.js';
import { runPlan } from '../src/run.js';

const { PROVE_RUNS = '500', PROVE_SEED = '1' } = process.env;

it('[M9] [M10] every law holds, whatever happens', { timeout: 3_600_000 }, async () => {
  const first = Number(PROVE_SEED);
  for (let seed = first; seed < first + Number(PROVE_RUNS); seed += 1) {
    expect(judge(await runPlan(planOf(seed))), `kith prove --replay ${seed}`).toEqual([]);
  }
});
