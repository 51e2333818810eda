// A step to ten times the load, against the real process: queues grow, then drain, and nothing is lost, doubled or out of
// order. SPIKE_MS makes the step longer; the requirement's own minute is SPIKE_MS=60000.
import { until } from '@kith/testkit/faults/until';
import { World } from '@kith/testkit/faults/world';
import { availableServers, startPostgres } from '@kith/testkit/postgres-server';
import { expect, it } from 'vitest';

const SPIKE_MS = Number(process.env.SPIKE_MS ?? 4_000);
/** Messages that each device keeps unanswered: before, and during the step. */
const CALM = 2;
const SPIKE = 20;

it('a step to ten times the load loses, doubles and reorders nothing, and the queues drain', {
  timeout: SPIKE_MS * 3 + 120_000,
}, async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
  const postgres = await startPostgres(kind);
  const seed = Date.now() % 1_000_000;
  const world = await World.open({ seed, environment: { DATABASE_URL: await postgres.createDatabase() } });
  try {
    if (world.run === 0) await world.startServer();
    const { acked } = world.ledger;
    world.talk(CALM);
    await until('the calm before', () => acked.size > 100, { withinMs: 30_000 });
    world.talk(SPIKE);
    const [startedMs, ackedBefore] = [performance.now(), acked.size];
    await until('the step is over', () => performance.now() - startedMs >= SPIKE_MS, { withinMs: SPIKE_MS + 30_000 });
    expect(acked.size - ackedBefore).toBeGreaterThan(SPIKE * world.devices.length);
    world.hush();
    expect(await world.verdict()).toEqual([]);
  } finally {
    await world.close();
    await postgres.stop();
  }
});
