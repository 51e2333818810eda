// `npm run faults`: the long run. Kills the server at random times, with every named point in turn between, in world after
// world, and ends with one line: the verdict. Exit code 1 where anything was lost, doubled or out of order.
// Options: --kills N (100), --seed N (any). TEST_DATABASE_URL names a PostgreSQL to use; by default one is started.
import { parseArgs } from 'node:util';
import { availableServers, startPostgres, type TestServer } from '../postgres-server.js';
import { KILL_POINTS, type KillPoint } from './kill-points.js';
import { killAtPoint, killAtRandom } from './kills.js';
import { World } from './world.js';

/** Kills in one world: what it has said is checked, then the next world begins with an empty database. */
const KILLS_PER_WORLD = 50;
/** Of these, at each named point. */
const KILLS_AT_POINT = 5;
const POINTS = Object.keys(KILL_POINTS) as readonly KillPoint[];

type Tally = { kills: number; messages: number; readonly problems: string[] };

async function run(): Promise<void> {
  const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
  const wanted = Number(values.kills ?? 100);
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  if (!Number.isInteger(wanted) || wanted < 1 || !Number.isInteger(seed)) {
    throw new Error('--kills and --seed take whole numbers, as --kills 500 --seed 7');
  }
  const [kind] = availableServers();
  if (kind === undefined && process.env.TEST_DATABASE_URL === undefined) {
    throw new Error('there is no PostgreSQL: run npm install, or set TEST_DATABASE_URL');
  }
  const postgres = await startPostgres(kind ?? 'debian');
  const tally: Tally = { kills: 0, messages: 0, problems: [] };
  console.log(`${wanted} kills on ${postgres.name}, seed ${seed}`);
  const startedMs = performance.now();
  try {
    for (let world = 0; tally.kills < wanted; world += 1) {
      const kills = Math.min(KILLS_PER_WORLD, wanted - tally.kills);
      await runWorld(postgres, { seed: seed + world, kills, wanted }, tally);
    }
  } finally {
    await postgres.stop();
  }
  const seconds = Math.round((performance.now() - startedMs) / 1_000);
  for (const problem of tally.problems.slice(0, 20)) console.log(`  ${problem}`);
  const verdict = tally.problems.length === 0 ? 'CLEAN' : `BROKEN (${tally.problems.length} breaches, seed ${seed})`;
  console.log(
    `${verdict}: ${tally.kills} kills, ${tally.messages} messages confirmed, ` +
      `${tally.problems.length === 0 ? 'none lost, doubled or out of order' : 'see above'}, ${seconds} s`,
  );
  process.exitCode = tally.problems.length === 0 ? 0 : 1;
}

async function runWorld(
  postgres: TestServer,
  { seed, kills, wanted }: { readonly seed: number; readonly kills: number; readonly wanted: number },
  tally: Tally,
): Promise<void> {
  const world = await World.open({ seed, environment: { DATABASE_URL: await postgres.createDatabase() } });
  const problems: string[] = [];
  try {
    const atPoints = kills < KILLS_PER_WORLD ? 0 : KILLS_AT_POINT;
    for (const point of atPoints === 0 ? [] : POINTS) problems.push(...(await killAtPoint(world, point, atPoints)));
    await killAtRandom(world, kills - atPoints * POINTS.length);
    problems.push(...(await world.verdict()));
  } finally {
    await world.close();
  }
  tally.kills += kills;
  tally.messages += world.ledger.acked.size;
  tally.problems.push(...problems.map((problem) => `world ${seed}: ${problem}`));
  const state = problems.length === 0 ? 'clean' : `${problems.length} breaches`;
  console.log(`  ${tally.kills} of ${wanted} kills, ${tally.messages} messages, world ${seed}: ${state}`);
}

run().catch((error: unknown) => {
  console.error(`the run could not be finished: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
