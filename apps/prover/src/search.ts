// Looks for a breach among seeds, in several threads at once, and stops at the first that was found.
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Verdict } from './worker.js';

/**
 * A run touches almost all of the code and each part of it for milliseconds: what V8 optimizes as early as it usually does it
 * throws away again. Baseline code at once, and optimized code after eight times as much work: 1,000 runs took 51.5 s where
 * they had taken 59.3 s (two cores, Node 20).
 */
const V8_FLAGS = ['--always-sparkplug', '--interrupt-budget=1000000'];

export type Search = {
  readonly from: number;
  readonly runs: number;
  readonly workers: number;
  readonly onRun: (verdict: Verdict) => void;
};

/** @returns the broken run with the lowest seed of those that had begun; null where every law held. @throws where a thread dies */
export async function search({ from, runs, workers: count, onRun }: Search): Promise<Verdict | null> {
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
  const workers = Array.from(
    { length: Math.min(count, runs) },
    () => new Worker(new URL('./worker.js', import.meta.url)),
  );
  let next = from;
  let found: Verdict | null = null;
  const take = (verdict: Verdict) => {
    onRun(verdict);
    if (verdict.breaches.length > 0 && (found === null || verdict.seed < found.seed)) found = verdict;
  };
  try {
    await Promise.all(
      workers.map(async (worker) => {
        while (next < from + runs && found === null) {
          const seed = next;
          next += 1;
          take(await answerOf(worker, seed));
        }
      }),
    );
    return found;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function answerOf(worker: Worker, seed: number): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    const done = () => {
      worker.off('message', answered);
      worker.off('error', failed);
    };
    const answered = (verdict: Verdict) => {
      done();
      resolve(verdict);
    };
    const failed = (error: unknown) => {
      done();
      reject(new Error(`the run of seed ${seed} could not be finished`, { cause: error }));
    };
    worker.on('message', answered);
    worker.on('error', failed);
    worker.postMessage(seed);
  });
}
