// Twice of what the server carries is asked of it for 30 s, by an open loop that waits for nothing: how much of what it carries
// it goes on to acknowledge, and how long that takes. What it refuses is counted and not sent again.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { Samples } from '../measure/samples.js';
import { AckLedger } from '../world/ack-ledger.js';
import { measureLoad, violationsSince } from '../world/measure-load.js';
import { textOf } from '../world/texts.js';
import { openWorld, type World } from '../world/world.js';
import { profiled } from './profiled.js';
import { DURABLE, DURABLE_LOAD } from './saturation.js';

const TIMES = 2;
const SECONDS = 30;
const TICK_MS = 5;
const SETTLE_MS = 30_000;
const PERCENT = 100;
/** Of one core: above it the load generator is the limit, and the figures are not the server's. */
const MOST_LOAD = 0.9;

export async function runOverload(lab: Lab): Promise<void> {
  const { kith, progress, options, results } = lab;
  const world = await openWorld(kith, await kith.seat(DURABLE.count, DURABLE.size));
  try {
    const { acked, seconds } = await progress.step('overload: what the server carries', () =>
      measureLoad(world, { ...DURABLE_LOAD, seconds: options.seconds }),
    );
    const capacity = acked / seconds;
    const offered = await progress.step(
      `overload: ${Math.round(TIMES * capacity)} messages a second for ${SECONDS} s`,
      () => profiled(lab, 'overload', () => offer(world, TIMES * capacity)),
    );
    const kept = (offered.acked / SECONDS / capacity) * PERCENT;
    const [p50, p99] = [offered.samples.percentile(50), offered.samples.percentile(99)];
    const isLoadLimited = offered.load > MOST_LOAD;
    progress.line(
      `overload: ${kept.toFixed(0)} % of ${Math.round(capacity)} a second kept, acknowledged in ${p50.toFixed(0)} ms (p50), ` +
        `${p99.toFixed(0)} ms (p99); refused ${JSON.stringify(Object.fromEntries(offered.refusals))}` +
        `${isLoadLimited ? `; THE LOAD SIDE WAS THE LIMIT, at ${Math.round(offered.load * PERCENT)} %` : ''}`,
    );
    results.violated(offered.violations);
    results.details.overload = { capacity, kept, p50, p99, ...offered, samples: undefined };
    if (isLoadLimited) return;
    results.figure('overload-kept', [kept]);
    results.figure('overload-p99', [p99]);
  } finally {
    world.close();
  }
}

async function offer(world: World, perSecond: number) {
  const before = { ...world.counts };
  const ledger = new AckLedger();
  const samples = new Samples();
  const refusals = new Map<string, number>();
  let [underWay, acked, sent] = [0, 0, 0];
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const endMs = startMs + SECONDS * 1_000;
  const send = (intendedMs: number) => {
    const room = world.rooms[sent % world.rooms.length];
    const client = room?.clients[0];
    if (!room || !client) throw new Error('a world without people');
    const { conversation } = room;
    const key = randomUUID();
    const text = textOf(sent);
    sent += 1;
    underWay += 1;
    client.send({ conversation, key, text }, (answer) => {
      underWay -= 1;
      if (answer.type === 'error') {
        refusals.set(answer.code, (refusals.get(answer.code) ?? 0) + 1);
        return;
      }
      ledger.acked(conversation, { seq: Number(answer.result.seq), key });
      const nowMs = performance.now();
      if (nowMs < endMs) acked += 1;
      samples.add(nowMs - intendedMs);
    });
  };
  while (performance.now() < endMs) {
    const due = Math.floor(((performance.now() - startMs) * perSecond) / 1_000);
    while (sent < due) send(startMs + (sent * 1_000) / perSecond);
    await delay(TICK_MS);
  }
  const { user, system } = process.cpuUsage(cpu);
  const deadlineMs = performance.now() + SETTLE_MS;
  while (underWay > 0 && performance.now() < deadlineMs) await delay(10);
  return {
    ...{ samples, refusals, acked, sent, unanswered: underWay, load: (user + system) / 1e6 / SECONDS },
    violations: await violationsSince(before, world, ledger),
  };
}
