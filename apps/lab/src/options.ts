// The command line of the bench.
import { parseArgs } from 'node:util';

export const STEPS = [
  'fanout',
  'durable',
  'acks',
  'steady',
  'slow',
  'room',
  'overload',
  'disk',
  'pages',
  'send',
  'search',
  'rush',
  'idle',
  'start',
  'apply',
  'memory',
  'resume',
  'open',
] as const;
export type StepName = (typeof STEPS)[number];

const [LEAST_MESSAGES, MOST_MESSAGES] = [50_000, 50_000_000];

export type Options = {
  readonly only: readonly StepName[];
  /** Of each measured span. */
  readonly seconds: number;
  readonly rounds: number;
  /** Messages in the log that pages are read from, that is sent to and that is searched. */
  readonly messages: number;
  /** Idle connections that are measured. */
  readonly connections: number;
  /** Servers on the one database that have so many each. */
  readonly servers: number;
  /** Where the results go, as JSON. */
  readonly out: string;
  /** Where CPU profiles of the gateway go; null for none. A run with them is not for figures. */
  readonly profile: string | null;
  /** Options of Node for Kith's process, such as `--max-semi-space-size=32`, to try them; empty for those it ships with. */
  readonly node: readonly string[];
};

export const USAGE = `npm run bench -- [options]
  --only ${STEPS.join(',')}   these steps alone
  --seconds 8        length of each measured span
  --rounds 3         rounds, each with Kith and then the plain stack
  --messages 1000000 messages in the log for pages, send and search, from 50000 to 50000000; the disk that takes is said first
  --connections 5000 idle connections that are measured
  --servers 1        servers on one database that have so many idle connections each
  --out <file>       results as JSON (default .tmp/bench.json)
  --profile <dir>    CPU profiles of the gateway, for those who look for time; figures of such a run do not count
  --node=<options>   options of Node for Kith's process, to try them`;

/** @throws Error that says what would be right */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      seconds: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '3' },
      messages: { type: 'string', default: '1000000' },
      connections: { type: 'string', default: '5000' },
      servers: { type: 'string', default: '1' },
      out: { type: 'string', default: '.tmp/bench.json' },
      profile: { type: 'string' },
      node: { type: 'string', default: '' },
    },
  });
  return {
    only: values.only === undefined ? STEPS : values.only.split(',').map(parseStep),
    seconds: parseCount('seconds', values.seconds),
    rounds: parseCount('rounds', values.rounds),
    messages: parseMessages(values.messages),
    connections: parseCount('connections', values.connections),
    servers: parseCount('servers', values.servers),
    out: values.out,
    profile: values.profile ?? null,
    node: values.node.split(' ').filter((option) => option !== ''),
  };
}

function parseStep(name: string): StepName {
  const step = STEPS.find((known) => known === name.trim());
  if (step === undefined) throw new Error(`--only: one or more of ${STEPS.join(',')} are wanted`);
  return step;
}

/** Every one of a thousand conversations has a page at least; above, nobody has tried. */
function parseMessages(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < LEAST_MESSAGES || value > MOST_MESSAGES) {
    throw new Error(`--messages: an integer from ${LEAST_MESSAGES} to ${MOST_MESSAGES} is wanted`);
  }
  return value;
}

function parseCount(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: an integer from 1 is wanted`);
  return value;
}
