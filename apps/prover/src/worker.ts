// Runs the seeds that it is given, one after another, and says of each whether a law was broken.
import { parentPort } from 'node:worker_threads';
import { judge } from './laws/judge.js';
import type { Breach } from './laws/law.js';
import { planOf } from './plan.js';
import { runPlan } from './run.js';

export type Verdict = {
  readonly seed: number;
  readonly steps: number;
  readonly events: number;
  readonly breaches: readonly Breach[];
};

export async function verdictOf(seed: number): Promise<Verdict> {
  const plan = planOf(seed);
  const history = await runPlan(plan);
  return { seed, steps: plan.steps.length, events: history.events.length, breaches: judge(history) };
}

/** Its answers come in the order of the seeds, one at a time. */
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (seed: number) => {
  last = last.then(async () => parentPort?.postMessage(await verdictOf(seed)));
});
