// What `kith prove` was asked for, from its arguments.

import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';

export type Options = {
  readonly runs: number;
  readonly seed: number;
  /** A run to tell step by step; null to look for a breach. */
  readonly replay: number | null;
  /** The steps of the replayed plan that are taken; null for all. */
  readonly steps: readonly number[] | null;
  /** Where the history of the replayed run goes, as JSON; null for nowhere. */
  readonly history: string | null;
  /** Where its page goes; null for nowhere. */
  readonly html: string | null;
  readonly workers: number;
  /** One line of JSON at the end instead of words. */
  readonly isJson: boolean;
};

export const USAGE = `kith prove: runs the server's core and the clients against everything that may go wrong, and checks every law.

  kith prove [--runs N] [--seed S]      N runs (1000), from the seed S (drawn) on
  kith prove --replay S [--steps LIST]  tells one run step by step; LIST such as 3,7-9 takes these steps of it alone
      --html FILE                       the same as a page with a lane for each client and node
      --history FILE                    its history as JSON, for check-history.mjs
  kith prove --live                     does harm to a real server while people talk over real sockets, and judges what came of it
      --seconds N, --people N, --seed S   60 s, 6 people, a drawn seed: of the order of the faults
      --faults LIST                     some of kill,database-kill,database-pause,cut,slow,triple,storm,disk,clock
      --url URL                         a server that runs already: then those faults alone that can be had from outside
      --html FILE, --history FILE       the verdict as a page; the history, which is also kept where a law was broken
  --workers N   processes that run at once (as many as there are cores)
  --json        the result as one line of JSON

Exit status: 0 where every law held, 1 where one was broken, 2 where it could not run.`;

const MOST_RUNS = 10_000_000;
const MOST_WORKERS = 64;
const DEFAULT_RUNS = 1_000;
const SEEDS = 2 ** 31;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError for anything that cannot be meant */
export function parseOptions(args: readonly string[], drawnSeed: number): Options | 'help' {
  const values = read(args);
  if (values.help === true) return 'help';
  const replay = values.replay === undefined ? null : numberOf('replay', values.replay, { least: 0, most: SEEDS });
  for (const name of ['steps', 'history', 'html'] as const) {
    if (values[name] !== undefined && replay === null) throw new UsageError(`--${name} goes with --replay`);
  }
  return {
    runs: values.runs === undefined ? DEFAULT_RUNS : numberOf('runs', values.runs, { least: 1, most: MOST_RUNS }),
    seed: values.seed === undefined ? drawnSeed : numberOf('seed', values.seed, { least: 0, most: SEEDS }),
    replay,
    steps: values.steps === undefined ? null : stepsOf(values.steps),
    history: values.history ?? null,
    html: values.html ?? null,
    workers:
      values.workers === undefined
        ? availableParallelism()
        : numberOf('workers', values.workers, { least: 1, most: MOST_WORKERS }),
    isJson: values.json === true,
  };
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    runs: text,
    seed: text,
    replay: text,
    steps: text,
    history: text,
    html: text,
    workers: text,
    json: flag,
    help: flag,
  };
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function numberOf(name: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not ${text}`);
}

/** `3,7-9` are 3, 7, 8 and 9. */
function stepsOf(text: string): readonly number[] {
  return text.split(',').flatMap((part) => {
    const range = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part);
    if (!range) throw new UsageError(`--steps takes numbers and ranges, such as 3,7-9, not ${text}`);
    const from = Number(range[1]);
    const to = Number(range[2] ?? range[1]);
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
  });
}

/** The other way round. */
export function rangesOf(steps: readonly number[]): string {
  const ranges: { from: number; to: number }[] = [];
  for (const step of steps) {
    const last = ranges.at(-1);
    if (last?.to === step - 1) last.to = step;
    else ranges.push({ from: step, to: step });
  }
  return ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
