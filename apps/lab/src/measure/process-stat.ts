// CPU time of processes as Linux counts it in /proc/<pid>/stat: user and system time of all threads, in ticks of 1/100 s.

export type ProcessStat = {
  readonly parent: number;
  /** utime + stime. */
  readonly ownTicks: number;
  /** cutime + cstime: of children that have ended and were waited for. */
  readonly endedChildrenTicks: number;
};

/** Fields of proc(5), counted from 1; the name in brackets is the second and may hold anything. */
const FIELD = { parent: 4, utime: 14, stime: 15, cutime: 16, cstime: 17 } as const;

/** @throws Error where the text is no stat line */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => {
    const value = Number(fields[number - 3]);
    if (!Number.isInteger(value)) throw new Error('this is no line of /proc/<pid>/stat');
    return value;
  };
  return {
    parent: field(FIELD.parent),
    ownTicks: field(FIELD.utime) + field(FIELD.stime),
    endedChildrenTicks: field(FIELD.cutime) + field(FIELD.cstime),
  };
}
