// Load at saturation on a world: warmed up, measured over a span of time, then drained to the last copy and read back.
import { setTimeout as delay } from 'node:timers/promises';
import { type CpuSeconds, cpuBetween, readCpu } from '../measure/cpu.js';
import { type Joining, joiningBetween, readServerCounters } from '../measure/server-counters.js';
import type { OrderCounts } from '../wire/order-check.js';
import { AckLedger } from './ack-ledger.js';
import { countLost } from './read-back.js';
import { Senders } from './senders.js';
import type { World } from './world.js';

export type Load = {
  /** Members of each conversation who send. */
  readonly senders: number;
  /** Messages of each sender under way. */
  readonly window: number;
  readonly seconds: number;
};

export type LoadResult = {
  readonly seconds: number;
  readonly cpu: CpuSeconds;
  /** CPU seconds of the load generator: near `seconds` it is the bottleneck, and the figures are not the server's. */
  readonly loadCpu: number;
  readonly copies: number;
  readonly acked: number;
  /** Null for the plain stack, which joins nothing. */
  readonly joining: Joining | null;
  readonly violations: Violations;
  readonly refusals: { readonly [code: string]: number };
};

/** What must never happen. Those of the plain stack are counted and not judged. */
export type Violations = {
  readonly outOfOrder: number;
  readonly holes: number;
  readonly undelivered: number;
  /** Null where there is no key to look it up by. */
  readonly lost: number | null;
};

const WARM_MS = 1_500;
const DELIVERY_MS = 10_000;

export async function measureLoad(world: World, { senders, window, seconds }: Load): Promise<LoadResult> {
  const before = { ...world.counts };
  const ledger = new AckLedger();
  const sending = new Senders(ledger);
  sending.start(seatsOf(world, senders), window);
  await delay(WARM_MS);
  const isKith = world.stack.name === 'Kith';
  const counters = isKith ? await readServerCounters(world.stack.port) : null;
  const measured = await span(world, ledger, seconds);
  const joining = counters && joiningBetween(counters, await readServerCounters(world.stack.port));
  await sending.stop();
  return {
    ...measured,
    joining,
    violations: await violationsSince(before, world, ledger),
    refusals: Object.fromEntries(sending.refusals),
  };
}

function seatsOf(world: World, senders: number) {
  return world.rooms.flatMap(({ conversation, clients }) => {
    return clients.slice(0, senders).map((client) => ({ client, conversation }));
  });
}

async function span(world: World, ledger: AckLedger, seconds: number) {
  const [copies, acked] = [world.counts.copies, ledger.count];
  const cpu = readCpu(world.stack.cpu);
  const load = process.cpuUsage();
  const startedMs = performance.now();
  await delay(seconds * 1_000);
  const { user, system } = process.cpuUsage(load);
  return {
    seconds: (performance.now() - startedMs) / 1_000,
    cpu: cpuBetween(cpu, readCpu(world.stack.cpu)),
    loadCpu: (user + system) / 1e6,
    copies: world.counts.copies - copies,
    acked: ledger.count - acked,
  };
}

/** Waits until everything that was acknowledged is delivered, and says what was not as it must be since the counts were `before`. */
export async function violationsSince(before: OrderCounts, world: World, ledger: AckLedger): Promise<Violations> {
  const undelivered = await untilDelivered(world, ledger);
  return {
    outOfOrder: world.counts.outOfOrder - before.outOfOrder,
    holes: world.counts.holes - before.holes,
    undelivered,
    lost: world.stack.name === 'Kith' ? await countLost(world, ledger) : null,
  };
}

/** Waits until every member has the last acknowledged message. @returns how many members do not after 10 s */
async function untilDelivered(world: World, ledger: AckLedger): Promise<number> {
  const deadline = performance.now() + DELIVERY_MS;
  for (;;) {
    const missing = world.rooms.reduce((sum, { conversation, clients }) => {
      const { highest } = ledger.range(conversation);
      return sum + clients.filter(({ order }) => order.last(conversation) < highest).length;
    }, 0);
    if (missing === 0 || performance.now() > deadline) return missing;
    await delay(20);
  }
}
