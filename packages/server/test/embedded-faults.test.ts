// The server as `npm start` runs it, with the database in its data directory, killed with SIGKILL while everybody sends, and
// started again on the same directory. FAULTS_SEED replays the choices of a run; they are printed when one fails.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killAtRandom } from '@kith/testkit/faults/kills';
import { leftovers, runningWith } from '@kith/testkit/faults/leftovers';
import { until } from '@kith/testkit/faults/until';
import { World } from '@kith/testkit/faults/world';
import { expect, it } from 'vitest';

const KILLS = Number(process.env.EMBEDDED_KILLS ?? 2);
const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);

it(`killed ${KILLS} times, the server finds everything confirmed in its data directory`, {
  timeout: 600_000,
}, async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'kith-embedded-faults-'));
  let cluster = dataDirectory;
  try {
    const world = await World.open({ seed, environment: { DATA_DIR: dataDirectory } });
    try {
      cluster = await clusterOf(dataDirectory);
      await killAtRandom(world, KILLS);
      expect(await world.verdict(), `FAULTS_SEED=${seed} replays the choices`).toEqual([]);
      expect(world.ledger.acked.size).toBeGreaterThan(KILLS);
    } finally {
      await world.close();
    }
    // The last kill, too, takes the database with it.
    await until('PostgreSQL has ended', () => runningWith(cluster).length === 0, { withinMs: 15_000 });
    expect(await leftovers()).toEqual([]);
  } finally {
    await rm(cluster, { recursive: true, force: true });
    await rm(dataDirectory, { recursive: true, force: true });
  }
});

/** Started as root, the data lies where the data directory points to. */
async function clusterOf(dataDirectory: string): Promise<string> {
  const pointer = await readFile(join(dataDirectory, 'postgres.json'), 'utf8').catch(() => null);
  return pointer === null ? dataDirectory : (JSON.parse(pointer) as { readonly path: string }).path;
}
