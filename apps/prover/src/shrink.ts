// Looks for the shortest way to the same breach: leaves out parts of the plan, large ones first, as long as the same law is
// still broken. Every try is a whole run, so there is a bound on their number.
import type { Law } from './laws/law.js';
import type { Plan } from './plan.js';

export type Shrinking = {
  /** The first law that a plan breaks; null where it breaks none. */
  readonly lawOf: (plan: Plan) => Promise<Law | null>;
  readonly onProgress?: (tries: number, steps: number) => void;
  readonly mostTries?: number;
};

const MOST_TRIES = 400;

/** @returns the numbers of the steps that are left */
export async function shrink(
  plan: Plan,
  law: Law,
  { lawOf, onProgress, mostTries = MOST_TRIES }: Shrinking,
): Promise<readonly number[]> {
  let kept: readonly number[] = plan.steps.map((_, index) => index);
  let tries = 0;
  const breaks = async (steps: readonly number[]) => {
    tries += 1;
    onProgress?.(tries, kept.length);
    return (await lawOf(withSteps(plan, steps))) === law;
  };
  for (let size = Math.ceil(kept.length / 2); size >= 1; ) {
    let isShorter = false;
    for (let at = 0; at < kept.length && tries < mostTries; ) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await breaks(without)) [kept, isShorter] = [without, true];
      else at += size;
    }
    if (tries >= mostTries) break;
    // As long as single steps go, others may go after them.
    if (size > 1 || !isShorter) size = size === 1 ? 0 : Math.floor(size / 2);
  }
  return kept;
}

/** The same plan with these of its steps alone. */
export function withSteps(plan: Plan, steps: readonly number[]): Plan {
  return { ...plan, steps: steps.flatMap((index) => plan.steps[index] ?? []) };
}
