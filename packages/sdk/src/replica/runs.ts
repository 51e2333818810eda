// Which parts of a log are held: runs, each from its first seq to its last, both included. They rise, and no two touch.

export type Run = readonly [from: number, to: number];

/** The run that holds `seq`, or null. */
export function runAt(runs: readonly Run[], seq: number): Run | null {
  return runs.find(([from, to]) => from <= seq && seq <= to) ?? null;
}

/** With everything from `from` to `to` held too. */
export function withRun(runs: readonly Run[], [from, to]: Run): readonly Run[] {
  if (from > to) return runs;
  // The live end grows by one, nearly always.
  const last = runs.at(-1);
  if (last && last[0] <= from && last[1] + 1 === from) return [...runs.slice(0, -1), [last[0], to]];
  const apart = runs.filter((run) => run[1] < from - 1 || run[0] > to + 1);
  const joined = runs.filter((run) => run[1] >= from - 1 && run[0] <= to + 1);
  const whole: Run = [Math.min(from, ...joined.map((run) => run[0])), Math.max(to, ...joined.map((run) => run[1]))];
  return [...apart, whole].sort((one, other) => one[0] - other[0]);
}

/** With nothing from `from` to `to` held any more. */
export function withoutRun(runs: readonly Run[], [from, to]: Run): readonly Run[] {
  if (from > to) return runs;
  return runs.flatMap((run): Run[] => {
    const parts: readonly Run[] = [
      [run[0], Math.min(run[1], from - 1)],
      [Math.max(run[0], to + 1), run[1]],
    ];
    return run[1] < from || run[0] > to ? [run] : parts.filter((part) => part[0] <= part[1]);
  });
}
