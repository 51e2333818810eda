// Looks for the load at which messages begin to take too long: raised by steps until one is not carried, then halved in
// between. It knows nothing of servers: what a step found is told to it.

/** What one step found. */
export type Step = {
  readonly perSecond: number;
  /** Null where it was carried; else what was not as it must be. */
  readonly failed: string | null;
  /** What ended it, where it was not carried. */
  readonly resource: string;
};

export type Knee = {
  /** The highest load that was carried; 0 where none was. */
  readonly perSecond: number;
  readonly steps: readonly Step[];
  /** The lowest load above it that was not. */
  readonly ending: Step;
};

const GROWTH = 1.6;
const HALVINGS = 3;
/** A load is measured so often before it counts as one that is not carried. */
const TRIES = 4;
const MOST_STEPS = 60;

/**
 * A load ends it where it is not carried four times: now and then the machine, and its disk above all, does something else.
 * @throws Error where sixty steps are not enough
 */
export async function findKnee(from: number, measure: (perSecond: number) => Promise<Step>): Promise<Knee> {
  const steps: Step[] = [];
  const take = async (perSecond: number): Promise<Step> => {
    if (steps.length >= MOST_STEPS) throw new Error(`the load was raised ${MOST_STEPS} times, and no end was found`);
    const once = async () => {
      const step = await measure(Math.max(1, Math.round(perSecond)));
      steps.push(step);
      return step;
    };
    let step = await once();
    for (let tried = 1; tried < TRIES && step.failed !== null; tried += 1) step = await once();
    return step;
  };
  let carried = 0;
  let ending: Step | null = null;
  for (let perSecond = from; ending === null; perSecond *= GROWTH) {
    const step = await take(perSecond);
    if (step.failed === null) carried = step.perSecond;
    else ending = step;
  }
  // Not even the first: less, until one is.
  while (carried === 0 && ending.perSecond > 1) {
    const step: Step = await take(ending.perSecond / GROWTH ** 2);
    if (step.failed === null) carried = step.perSecond;
    else ending = step;
  }
  for (let halving = 0; halving < HALVINGS && carried > 0; halving += 1) {
    const between = Math.round(Math.sqrt(carried * ending.perSecond));
    if (between <= carried || between >= ending.perSecond) break;
    const step = await take(between);
    if (step.failed === null) carried = step.perSecond;
    else ending = step;
  }
  return { perSecond: carried, steps, ending };
}

export type Carried = {
  readonly perSecond: number;
  /** Half of what the runs differ by. */
  readonly plusMinus: number;
  /** Whether two runs differ by more than 20 %. */
  readonly isTooNoisy: boolean;
  readonly resource: string;
};

const MOST_APART = 1.2;

/** The run in the middle, with what ended it, and how far the others are from it. */
export function carriedBy(knees: readonly Knee[]): Carried {
  const sorted = knees.toSorted((one, other) => one.perSecond - other.perSecond);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  const [least, most] = [sorted[0]?.perSecond ?? 0, sorted.at(-1)?.perSecond ?? 0];
  return {
    perSecond: middle?.perSecond ?? 0,
    plusMinus: Math.round((most - least) / 2),
    isTooNoisy: least === 0 || most / least > MOST_APART,
    resource: middle?.ending.resource ?? 'nothing',
  };
}

/** Cores in use over a step. */
export type Usage = {
  readonly server: number;
  readonly postgres: number;
  readonly load: number;
  /** All processes of the machine together. */
  readonly machine: number;
  /** Whether server and PostgreSQL share one core. */
  readonly isPinned: boolean;
  readonly isLoadLimited: boolean;
};

const FULL = 0.85;
/** Cores that others use, by which a step may be theirs. */
const OTHERS = 0.4;

/** What ended a step: what was used up, as far as the counters of the system tell. */
export function resourceOf({ server, postgres, load, machine, isPinned, isLoadLimited }: Usage): string {
  const said = `server ${percent(server)}, PostgreSQL ${percent(postgres)} of a core`;
  const others = machine - server - postgres - load;
  if (isPinned && server + postgres >= FULL) return `the core that server and PostgreSQL share (${said})`;
  if (server >= FULL) return `the server's core (${said})`;
  if (postgres >= FULL) return `PostgreSQL (${said})`;
  if (others >= OTHERS) return `other work on this machine, which used ${percent(others)} of a core (${said})`;
  if (isLoadLimited) return 'the load side of this measurement, and not the server: what it carries is more';
  return `none of the cores (${said}): waiting, most likely for the disk`;
}

function percent(cores: number): string {
  return `${Math.round(cores * 100)} %`;
}
