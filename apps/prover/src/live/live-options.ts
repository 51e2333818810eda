// What `kith prove --live` was asked for, from its arguments.
import { parseArgs } from 'node:util';
import { UsageError } from '../options.js';
import { FAULT_NAMES, type FaultName, isFaultName } from './live-faults.js';
import type { LivePlan } from './live-world.js';

export type LiveOptions = LivePlan & {
  /** Somebody else's server; null for one of our own. */
  readonly url: string | null;
  readonly faults: readonly FaultName[];
  /** Where the history goes; null for nowhere, unless something was broken. */
  readonly history: string | null;
  readonly html: string | null;
  readonly isJson: boolean;
};

const SEEDS = 2 ** 31;
const SECONDS = { name: 'seconds', least: 1, most: 3_600, usual: 60 };
const PEOPLE = { name: 'people', least: 2, most: 50, usual: 6 };

/** @throws UsageError for anything that cannot be meant */
export function parseLiveOptions(args: readonly string[], drawnSeed: number): LiveOptions {
  const values = read(args);
  return {
    seconds: numberOf(values.seconds, SECONDS),
    people: numberOf(values.people, PEOPLE),
    seed: numberOf(values.seed, { name: 'seed', least: 0, most: SEEDS, usual: drawnSeed }),
    url: values.url === undefined ? null : addressOf(values.url),
    faults: values.faults === undefined ? FAULT_NAMES : values.faults.split(',').map(faultOf),
    history: values.history ?? null,
    html: values.html ?? null,
    isJson: values.json === true,
  };
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const texts = { seconds: text, seed: text, people: text, faults: text, url: text, history: text, html: text };
  try {
    return parseArgs({ args: [...args], options: { ...texts, live: flag, json: flag }, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

type Bounds = { readonly name: string; readonly least: number; readonly most: number; readonly usual: number };

function numberOf(text: string | undefined, { name, least, most, usual }: Bounds): number {
  if (text === undefined) return usual;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new UsageError(`--${name} takes a whole number from ${least} to ${most}, not ${text}`);
}

function faultOf(name: string): FaultName {
  if (isFaultName(name)) return name;
  throw new UsageError(`--faults takes some of ${FAULT_NAMES.join(',')}, not ${name}`);
}

/** Over TLS nobody could cut in: the certificate would be of another name. */
function addressOf(text: string): string {
  const isAddress = URL.canParse(text) && new URL(text).protocol === 'http:';
  if (!isAddress)
    throw new UsageError(`--url takes the address of a server over http, such as http://localhost:3000, not ${text}`);
  return new URL(text).origin;
}
