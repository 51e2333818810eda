// One of 27 never reads: what the others notice of it, and what it makes the server hold.
import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../lab.js';
import { residentBytes } from '../measure/resident.js';
import { measureAcks } from '../world/measure-acks.js';
import { openWorld } from '../world/world.js';

const GROUPS = { count: 16, size: 27 };
const PER_SECOND = 100;
const SECONDS = 10;
/** Settled after the first span, so that what a server takes once is not held against who does not read. */
const QUIET_MS = 2_000;
const MIB = 1024 * 1024;

export async function runSlow(lab: Lab): Promise<void> {
  const { kith, progress, results } = lab;
  const world = await openWorld(kith, await kith.seat(GROUPS.count, GROUPS.size));
  const silent = world.rooms.flatMap(({ clients }) => clients.slice(-1));
  const span = () => measureAcks(world, { perSecond: PER_SECOND, seconds: SECONDS });
  try {
    const all = await progress.step('slow: everybody reads', span);
    await delay(QUIET_MS);
    const before = residentBytes(kith.cpu.gatewayPid);
    for (const client of silent) client.pause();
    const some = await progress.step('slow: one in each group of 27 does not', async () => {
      const measured = await span();
      return { ...measured, heldBytes: residentBytes(kith.cpu.gatewayPid) - before };
    });
    const [slower, held] = [some.samples.percentile(99) / all.samples.percentile(99), some.heldBytes / silent.length];
    progress.line(
      `slow: p99 of the others ${slower.toFixed(2)}×, ${(held / MIB).toFixed(2)} MiB for each who does not read`,
    );
    results.figure('slow-others', [slower]);
    results.figure('slow-held', [Math.max(0, held) / MIB]);
    results.details.slow = { all: all.samples.percentile(99), some: some.samples.percentile(99), heldBytes: held };
  } finally {
    world.close();
  }
}
