// The lines of `kith bench`, `kith bench capacity` and `kith bench soak`.
import { parseArgs } from 'node:util';
import { GROUP_SIZE } from './crowd.js';

export type LoadOptions = {
  readonly people: number;
  /** Messages a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly rounds: number;
  /** People who go away and come back, a second. */
  readonly coming: number;
  /** One copy in so many is parsed. */
  readonly parsedEvery: number;
  readonly out: string | null;
  readonly html: string | null;
  readonly jtl: string | null;
  readonly isJson: boolean;
};

export type CapacityOptions = {
  readonly people: number;
  /** Messages a second of the first step. */
  readonly from: number;
  /** Of each step. */
  readonly seconds: number;
  readonly runs: number;
  readonly out: string | null;
  readonly isJson: boolean;
};

export type SoakOptions = {
  readonly people: number;
  /** Messages a second. */
  readonly rate: number;
  /** People who go away and come back, a second. */
  readonly coming: number;
  /** Of each span, after which memory is read. */
  readonly minutes: number;
  readonly spans: number;
  readonly out: string | null;
  readonly isJson: boolean;
};

export type NodesOptions = {
  /** For each node. */
  readonly people: number;
  /** Messages a second, for each node. */
  readonly rate: number;
  /** Of each measurement, after as many to warm up. */
  readonly seconds: number;
  readonly rounds: number;
  readonly out: string | null;
  readonly isJson: boolean;
};

export const LOAD_USAGE = `kith bench: what this machine does under the load of chat, and what that costs

  kith bench [--people N] [--rate N] [--seconds N] [--rounds N]
      half of the messages in groups of ${GROUP_SIZE}, the rest from one to one, with receipts and typing, and people who come
      and go; 540 people, 100 messages a second, three rounds of 20 s
      --coming N      people who go away and come back, a second (2)
      --parse-every N one copy in so many is parsed as JSON (100)
      --html FILE     a report with plots, which needs no network
      --out FILE      everything as JSON, in the form of k6's summary
      --jtl FILE      every message as a line of CSV, as JMeter and its report generator have it
      --json          that on standard output in place of the summary
  kith bench capacity [--people N] [--from N] [--seconds N] [--runs N]
      raises the load until messages take 100 ms at p99, and says what this machine carries: 540 people, from 50
      messages a second, steps of 5 s, three runs
  kith bench soak [--people N] [--rate N] [--coming N] [--minutes N] [--spans N]
      whether memory grows: 10,000 people and 20 messages a second for two hours, 24 spans of 5 minutes. 2 where the
      resident memory or the live heap grows by more than 3 % an hour
  kith bench nodes [--people N] [--rate N] [--seconds N] [--rounds N]
      what a message takes of servers, PostgreSQL and Redis on 1, 2 and 4 nodes over a Redis, where as many more people
      come as nodes: 540 people and 25 messages a second for each node, spread by chance, 20 s each, three rounds

The server and its database are started for it, in a temporary directory, and removed after it.
Exit status: 0 done, 1 something was lost or out of order, or it could not run, 2 wrong usage, no round that counts, runs too
far apart, or memory that grows.`;

export class LoadUsageError extends Error {
  override readonly name = 'LoadUsageError';
}

const PEOPLE = { name: 'people', least: 54, most: 20_000, usual: 540 };
const SOAKED_PEOPLE = 10_000;

/** @throws LoadUsageError for what cannot be meant */
export function parseLoadOptions(args: readonly string[]): LoadOptions {
  const names = ['people', 'rate', 'seconds', 'rounds', 'coming', 'parse-every', 'html', 'out', 'jtl'];
  const { values, isJson } = read(args, names);
  return {
    people: peopleOf(values),
    rate: numberOf(values, { name: 'rate', least: 1, most: 50_000, usual: 100 }),
    seconds: numberOf(values, { name: 'seconds', least: 1, most: 3_600, usual: 20 }),
    rounds: numberOf(values, { name: 'rounds', least: 1, most: 100, usual: 3 }),
    coming: numberOf(values, { name: 'coming', least: 0, most: 1_000, usual: 2 }),
    parsedEvery: numberOf(values, { name: 'parse-every', least: 1, most: 1_000, usual: 100 }),
    out: values.get('out') ?? null,
    html: values.get('html') ?? null,
    jtl: values.get('jtl') ?? null,
    isJson,
  };
}

/** @throws LoadUsageError for what cannot be meant */
export function parseCapacityOptions(args: readonly string[]): CapacityOptions {
  const { values, isJson } = read(args, ['people', 'from', 'seconds', 'runs', 'out']);
  return {
    people: peopleOf(values),
    from: numberOf(values, { name: 'from', least: 1, most: 50_000, usual: 50 }),
    seconds: numberOf(values, { name: 'seconds', least: 1, most: 600, usual: 5 }),
    runs: numberOf(values, { name: 'runs', least: 1, most: 20, usual: 3 }),
    out: values.get('out') ?? null,
    isJson,
  };
}

/** @throws LoadUsageError for what cannot be meant */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const { values, isJson } = read(args, ['people', 'rate', 'coming', 'minutes', 'spans', 'out']);
  return {
    people: peopleOf(values, SOAKED_PEOPLE),
    rate: numberOf(values, { name: 'rate', least: 1, most: 5_000, usual: 20 }),
    coming: numberOf(values, { name: 'coming', least: 0, most: 1_000, usual: 1 }),
    minutes: numberOf(values, { name: 'minutes', least: 1, most: 60, usual: 5 }),
    // A slope takes four spans after the first quarter.
    spans: numberOf(values, { name: 'spans', least: 6, most: 1_000, usual: 24 }),
    out: values.get('out') ?? null,
    isJson,
  };
}

/** @throws LoadUsageError for what cannot be meant */
export function parseNodesOptions(args: readonly string[]): NodesOptions {
  const { values, isJson } = read(args, ['people', 'rate', 'seconds', 'rounds', 'out']);
  return {
    people: peopleOf(values),
    rate: numberOf(values, { name: 'rate', least: 1, most: 5_000, usual: 25 }),
    seconds: numberOf(values, { name: 'seconds', least: 5, most: 3_600, usual: 20 }),
    rounds: numberOf(values, { name: 'rounds', least: 1, most: 20, usual: 3 }),
    out: values.get('out') ?? null,
    isJson,
  };
}

type Values = ReadonlyMap<string, string>;

function read(
  args: readonly string[],
  names: readonly string[],
): { readonly values: Values; readonly isJson: boolean } {
  const texts = Object.fromEntries(names.map((name) => [name, { type: 'string' } as const]));
  try {
    const { values } = parseArgs({ args: [...args], options: { ...texts, json: { type: 'boolean' } }, strict: true });
    const given = Object.entries(values).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    );
    return { values: new Map(given), isJson: values.json === true };
  } catch (error) {
    throw new LoadUsageError(error instanceof Error ? error.message : String(error));
  }
}

/** Everybody is in a group of 27 and in a pair: as many as fill both, or some more than were asked for. */
function peopleOf(values: Values, usual = PEOPLE.usual): number {
  const whole = 2 * GROUP_SIZE;
  return Math.ceil(numberOf(values, { ...PEOPLE, usual }) / whole) * whole;
}

type Bounds = { readonly name: string; readonly least: number; readonly most: number; readonly usual: number };

function numberOf(values: Values, { name, least, most, usual }: Bounds): number {
  const text = values.get(name);
  if (text === undefined) return usual;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new LoadUsageError(`--${name} takes a whole number from ${least} to ${most}, not ${text}`);
}
