// The gates: numbers that a run is held against, from bench/targets.json.
import { readFileSync } from 'node:fs';

export type Target = {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  /** Exactly one of the two is there. */
  readonly atLeast: number | null;
  readonly atMost: number | null;
};

export type Verdict = 'met' | 'not met' | 'not measured';

/** @throws Error where the file is not of that form */
export function parseTargets(text: string): readonly Target[] {
  return Object.entries(JSON.parse(text) as { [id: string]: { [field: string]: unknown } }).map(([id, fields]) => {
    const { what, unit, atLeast = null, atMost = null } = fields;
    const bounds = [atLeast, atMost].filter((bound) => bound !== null);
    if (typeof what !== 'string' || typeof unit !== 'string' || bounds.length !== 1 || typeof bounds[0] !== 'number') {
      throw new Error(`the target ${id} needs what, unit, and a number as atLeast or atMost`);
    }
    return { id, what, unit, atLeast: atLeast as number | null, atMost: atMost as number | null };
  });
}

export function readTargets(path: string): readonly Target[] {
  return parseTargets(readFileSync(path, 'utf8'));
}

/** @param value undefined where it was not measured; NaN meets nothing */
export function judge({ atLeast, atMost }: Target, value: number | undefined): Verdict {
  if (value === undefined) return 'not measured';
  const isMet = atLeast === null ? value <= (atMost ?? 0) : value >= atLeast;
  return isMet ? 'met' : 'not met';
}
