// What a message takes on several nodes: what was used in a span of load, less what the same nodes use in as much time at rest.
import { median } from '../measure/samples.js';
import type { NodesOptions } from './load-options.js';

/** Of all nodes together, since they began. CPU in seconds. */
export type Meter = {
  readonly atMs: number;
  readonly server: number;
  readonly postgres: number;
  readonly redis: number;
  readonly messages: number;
  readonly transactions: number;
  /** Messages that the bus took, came to another node, and were dropped. */
  readonly published: number;
  readonly received: number;
  readonly lost: number;
};

/** Of one message. CPU in microseconds. */
export type Cost = {
  readonly server: number;
  readonly postgres: number;
  readonly redis: number;
  readonly total: number;
  readonly transactions: number;
  readonly published: number;
  readonly received: number;
  readonly lost: number;
  /** What all nodes together take at rest: CPU in milliseconds, and transactions, a second. */
  readonly restCpu: number;
  readonly restTransactions: number;
};

export type NodesRun = {
  readonly nodes: number;
  readonly perSecond: number;
  readonly cost: Cost;
  readonly ackP99Ms: number;
  readonly deliveryP99Ms: number;
  /** Lost, out of order, not delivered, not answered, and connections that ended. */
  readonly broken: number;
  readonly thrownAway: string | null;
};

type Span = { readonly from: Meter; readonly to: Meter };
type Count = Exclude<keyof Meter, 'atMs' | 'messages'>;

const MICRO = 1e6;
const MILLI = 1e3;

export function costOf(load: Span, rest: Span): Cost {
  const grown = ({ from, to }: Span, name: Count) => to[name] - from[name];
  const secondsOf = ({ from, to }: Span) => (to.atMs - from.atMs) / MILLI;
  const perSecondAtRest = (name: Count) => grown(rest, name) / secondsOf(rest);
  const messages = load.to.messages - load.from.messages;
  const each = (name: Count) => (grown(load, name) - perSecondAtRest(name) * secondsOf(load)) / messages;
  const [server, postgres, redis] = [each('server') * MICRO, each('postgres') * MICRO, each('redis') * MICRO];
  return {
    ...{ server, postgres, redis, total: server + postgres + redis },
    transactions: each('transactions'),
    published: each('published'),
    received: each('received'),
    lost: each('lost'),
    restCpu: (perSecondAtRest('server') + perSecondAtRest('postgres') + perSecondAtRest('redis')) * MILLI,
    restTransactions: perSecondAtRest('transactions'),
  };
}

type Row = { readonly name: string; readonly digits: number; readonly of: (run: NodesRun) => number };

const ROWS: readonly Row[] = [
  { name: 'CPU of the servers, µs', digits: 0, of: ({ cost }) => cost.server },
  { name: 'CPU of PostgreSQL, µs', digits: 0, of: ({ cost }) => cost.postgres },
  { name: 'CPU of Redis, µs', digits: 0, of: ({ cost }) => cost.redis },
  { name: 'CPU of all, µs', digits: 0, of: ({ cost }) => cost.total },
  { name: 'transactions in PostgreSQL', digits: 2, of: ({ cost }) => cost.transactions },
  { name: 'published on the bus', digits: 2, of: ({ cost }) => cost.published },
  { name: 'received from other nodes', digits: 2, of: ({ cost }) => cost.received },
  { name: 'acknowledged, p99 ms', digits: 1, of: ({ ackP99Ms }) => ackP99Ms },
  { name: 'delivered, p99 ms', digits: 1, of: ({ deliveryP99Ms }) => deliveryP99Ms },
  { name: 'at rest, ms of CPU a second', digits: 1, of: ({ cost }) => cost.restCpu },
  { name: 'at rest, transactions a second', digits: 1, of: ({ cost }) => cost.restTransactions },
];

const NAME_WIDTH = 34;
const WIDTH = 18;

/** Medians of the rounds that count, and how far each is from that of one node. */
export function linesOf({ people, rate }: NodesOptions, runs: readonly NodesRun[]): readonly string[] {
  const counts = [...new Set(runs.map(({ nodes }) => nodes))];
  const medianOf = ({ of }: Row, nodes: number) =>
    median(runs.filter((run) => run.nodes === nodes && run.thrownAway === null).map(of));
  const line = (row: Row) => {
    const one = medianOf(row, counts[0] ?? 1);
    const cells = counts.map((nodes, at) => {
      const value = medianOf(row, nodes);
      const off = at === 0 || one === 0 ? '' : ` (${value >= one ? '+' : ''}${Math.round((value / one - 1) * 100)} %)`;
      return `${value.toFixed(row.digits)}${off}`.padStart(WIDTH);
    });
    return `  ${row.name.padEnd(NAME_WIDTH)}${cells.join('')}`;
  };
  const broken = runs.reduce((sum, run) => sum + run.broken, 0);
  const heads = counts.map((nodes) => `${nodes} ${nodes === 1 ? 'node' : 'nodes'}`.padStart(WIDTH));
  return [
    `${people} people and ${rate} messages a second for each node, spread by chance, half of them in groups of 27; of one message, without what is used at rest:`,
    '',
    `  ${''.padEnd(NAME_WIDTH)}${heads.join('')}`,
    ...ROWS.map(line),
    '',
    `  ${broken === 0 ? '✓' : '✗'} lost, out of order, not delivered, not answered, connections ended: ${broken}`,
  ];
}
