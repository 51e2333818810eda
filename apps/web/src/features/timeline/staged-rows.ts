// A window on a log changes at both ends, and a virtual list can keep its place while one end changes: so what changes at the
// start is shown first, and what changes at the end right after it.
import { useLayoutEffect, useState } from 'react';
import type { Row } from './rows.js';

export type Staged = {
  readonly rows: readonly Row[];
  /** What changed is at the start: the place is kept as seen from the end. */
  readonly isShifted: boolean;
};

type State = Staged & { readonly wanted: readonly Row[] };

export function useStagedRows(wanted: readonly Row[]): Staged {
  const [state, setState] = useState<State>({ rows: wanted, wanted, isShifted: false });
  let now = state;
  if (state.wanted !== wanted) {
    now = next(state.rows, wanted);
    setState(now);
  }
  const { rows } = now;
  useLayoutEffect(() => {
    if (rows !== wanted) setState({ rows: wanted, wanted, isShifted: false });
  }, [rows, wanted]);
  return now;
}

/** What is shown after one step from `before` towards `wanted`. */
export function next(before: readonly Row[], wanted: readonly Row[]): State {
  const [first] = before;
  const last = before.at(-1);
  const whole = { rows: wanted, wanted, isShifted: false };
  if (!first || !last || wanted.length === 0) return whole;
  const startsAt = indexOf(wanted, first);
  const begin = wanted[0] === undefined ? -1 : indexOf(before, wanted[0]);
  // Neither is in the other: another place of the log.
  if (startsAt === -1 && begin === -1) return whole;
  if (startsAt === 0) return whole;
  const endsAt = indexOf(wanted, last);
  if (endsAt === wanted.length - 1) return { ...whole, isShifted: true };
  // The start as it is wanted, the end as it was.
  if (startsAt > 0) {
    const kept = endsAt === -1 ? before : wanted.slice(startsAt, endsAt + 1);
    return { rows: [...wanted.slice(0, startsAt), ...kept], wanted, isShifted: true };
  }
  return { rows: before.slice(begin), wanted, isShifted: true };
}

function indexOf(rows: readonly Row[], { key }: Row): number {
  return rows.findIndex((row) => row.key === key);
}
