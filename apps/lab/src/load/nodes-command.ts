// `kith bench nodes`: one, two and four nodes that share a PostgreSQL and a Redis, with as many more people and messages, and what
// a message takes of each. What stays the same says how many nodes more people take; what grows says where that ends.
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { cpuOf, readCpu } from '../measure/cpu.js';
import { readServerCounters } from '../measure/server-counters.js';
import { hasRedis } from '../stack/redis.js';
import type { Crowd } from './crowd.js';
import { type Ground, openGround } from './ground.js';
import { gather, type LoadTerminal } from './load-command.js';
import { LoadUsageError, type NodesOptions, parseNodesOptions } from './load-options.js';
import { costOf, linesOf, type Meter, type NodesRun } from './nodes-report.js';
import { measureRound } from './round.js';
import { Status } from './status.js';

const COUNTS = [1, 2, 4];
const PARSED_EVERY = 100;
/** By then nearly each conversation was written from each node: the first message on a node reads it, once and for all. */
const WARM_SECONDS = 60;
/** How long nodes are looked at while nobody says anything. */
const REST_SECONDS = 6;
const SETTLE_MS = 120_000;
/** A second each: PostgreSQL hears of what idle connections have done after ten. */
const CALM_LOOKS = 15;
const BEHIND = ['kith_search_conversations_behind', 'kith_search_catching_up'];
const UNUSABLE = 2;

type Running = { readonly status: Status; readonly signal: AbortSignal };

/** @returns the exit status. @throws LoadUsageError, or where it could not run */
export async function runNodes(args: readonly string[], { out, signal }: LoadTerminal): Promise<number> {
  const options = parseNodesOptions(args);
  if (!hasRedis()) throw new LoadUsageError('there is no redis-server here: nodes tell each other over a Redis');
  const status = new Status(options.isJson);
  const runs: NodesRun[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const nodes of COUNTS) {
      const run = await measureNodes(nodes, options, { status, signal });
      const cores = (run.cost.server * run.perSecond) / 1e6;
      const took = `${run.cost.total.toFixed(0)} µs of CPU for a message, ${cores.toFixed(2)} cores of the servers`;
      const why = run.thrownAway === null ? '' : `; THROWN AWAY: ${run.thrownAway}`;
      status.line(`round ${round} of ${options.rounds}, ${nodes} nodes: ${took}${why}`);
      runs.push(run);
    }
  }
  status.end();
  const json = JSON.stringify({ ...options, runs }, null, 2);
  if (options.out !== null) writeFileSync(options.out, `${json}\n`);
  if (options.isJson) out(json);
  else for (const line of linesOf(options, runs)) out(line);
  if (runs.some(({ broken }) => broken > 0)) return 1;
  return COUNTS.every((nodes) => runs.some((run) => run.nodes === nodes && run.thrownAway === null)) ? 0 : UNUSABLE;
}

async function measureNodes(nodes: number, options: NodesOptions, running: Running): Promise<NodesRun> {
  running.status.line(`${nodes} nodes, PostgreSQL and Redis are started`);
  const ground = await openGround({ nodes });
  try {
    const people = nodes * options.people;
    const { crowd } = await gather(ground, { people, parsedEvery: PARSED_EVERY }, running.status);
    try {
      return await measured({ ground, crowd }, options, running);
    } finally {
      crowd.close();
    }
  } finally {
    await ground.close();
  }
}

async function measured(
  { ground, crowd }: { readonly ground: Ground; readonly crowd: Crowd },
  { rate, seconds }: NodesOptions,
  { status, signal }: Running,
): Promise<NodesRun> {
  const perSecond = rate * (ground.beside.length + 1);
  const plan = { perSecond, seconds, comingPerSecond: 0 };
  const parts = { stack: ground.stack, crowd };
  await measureRound(
    parts,
    { ...plan, seconds: WARM_SECONDS },
    { signal, onSecond: (_, second) => status.at(`warmed up for ${second} of ${WARM_SECONDS} s`) },
  );
  await untilAtRest(ground, { status, signal });
  const [restFrom, restTo] = [await readMeter(ground), await delay(REST_SECONDS * 1_000).then(() => readMeter(ground))];
  const meters: Promise<Meter>[] = [];
  const round = await measureRound(parts, plan, {
    signal,
    onSecond: ({ sent, copies }, second) => {
      status.at(`second ${second}/${seconds}: ${sent} sent, ${copies} copies`);
      if (second === 1 || second === seconds) meters.push(readMeter(ground));
    },
  });
  if (signal.aborted) throw new Error('it was ended before its end');
  const [from, to] = await Promise.all(meters);
  if (!from || !to) throw new Error('the span has no beginning or no end');
  const { outOfOrder, holes, undelivered, lost } = round.violations;
  return {
    nodes: ground.beside.length + 1,
    perSecond,
    cost: costOf({ from, to }, { from: restFrom, to: restTo }),
    ackP99Ms: round.acks.percentile(99),
    deliveryP99Ms: round.deliveries.percentile(99),
    broken: outOfOrder + holes + undelivered + (lost ?? 0) + round.unanswered + round.ended,
    thrownAway: round.thrownAway,
  };
}

/** Waits until all that was written for the load is in the index of messages. */
async function untilAtRest(ground: Ground, { status, signal }: Running): Promise<void> {
  const deadline = performance.now() + SETTLE_MS;
  let calm = 0;
  while (calm < CALM_LOOKS && performance.now() < deadline && !signal.aborted) {
    await delay(1_000);
    const of = await readCounters(ground);
    const behind = BEHIND.reduce((sum, name) => sum + of(name), 0);
    status.at(`${behind} conversations are to be indexed yet`);
    calm = behind === 0 ? calm + 1 : 0;
  }
}

/** What was used up and done so far. The CPU is read at once, the rest within some milliseconds. */
async function readMeter(ground: Ground): Promise<Meter> {
  const { stack, beside, redis, database } = ground;
  const atMs = performance.now();
  const { gateway, postgres } = readCpu(stack.cpu);
  const server = beside.reduce((sum, { pid }) => sum + cpuOf(pid), gateway);
  const cpu = { server, postgres, redis: redis === null ? 0 : cpuOf(redis.pid) };
  const of = await readCounters(ground);
  // `from pg_stat_database`: backends tell of what they did within a second.
  const [row] = await database.query(
    stack.databaseUrl,
    'SELECT xact_commit::float8 + xact_rollback AS done FROM pg_stat_database WHERE datname = current_database()',
  );
  return {
    atMs,
    ...cpu,
    messages: of('kith_append_entries_total'),
    transactions: Number(row?.done),
    published: of('kith_bus_published_total'),
    received: of('kith_bus_received_total'),
    lost: of('kith_bus_lost_total'),
  };
}

/** @returns the sum of a counter or gauge over all nodes */
async function readCounters({ stack, beside }: Ground): Promise<(name: string) => number> {
  const counters = await Promise.all([stack, ...beside].map(({ port }) => readServerCounters(port)));
  return (name) => counters.reduce((sum, each) => sum + (each.get(name) ?? 0), 0);
}
