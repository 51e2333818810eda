// Room on the disks that the server writes to, by the thresholds that the server goes by: a warning below the one, and below
// the other, where it refuses writes, a failure.
import { realpath, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '@kith/server/config/schema';
import { findCluster } from '@kith/server/store/postgres/embedded/running-cluster';
import { type Check, type Finding, fail, ok, reasonOf, warn } from './finding.js';

const GIB = 1024 ** 3;

export const checkDisk: Check = async (config) => {
  const { dataDir, databaseUrl } = config;
  if (databaseUrl !== null) return [ok('disk', 'the data is in the database that DATABASE_URL names')];
  const places = new Set([resolve(dataDir)]);
  // As root the cluster lies elsewhere. What cannot be read is for the check of the database to tell.
  const found = await findCluster(dataDir).catch(() => null);
  if (found !== null) places.add(dirname(found.cluster));
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const place of places) {
    const there = await nearestThatIs(place);
    const room = await statfs(there).catch((error: unknown) => reasonOf(error));
    if (typeof room === 'string') {
      findings.push(fail('disk', `${there} cannot be looked at: ${room}`, 'make it readable for this user'));
      continue;
    }
    const key = `${room.type} ${room.blocks} ${room.bfree}`;
    if (!seen.has(key))
      findings.push(judgeRoom(there, { free: room.bavail * room.bsize, size: room.blocks * room.bsize, ...config }));
    seen.add(key);
  }
  return findings;
};

type Room = Pick<Config, 'diskWarnPercent' | 'diskRefusePercent'> & {
  /** Bytes that this user may still write, of `size`. */
  readonly free: number;
  readonly size: number;
};

export function judgeRoom(place: string, room: Room): Finding {
  const { free, size, diskWarnPercent, diskRefusePercent } = room;
  const part = size === 0 ? 1 : free / size;
  const found = `${(part * 100).toFixed(1)} % free (${(free / GIB).toFixed(1)} GiB) where ${place} is`;
  const advice = `make room or give it a larger disk: below ${diskRefusePercent} % writes are refused, reads go on`;
  if (part * 100 < diskRefusePercent) return fail('disk', found, advice);
  return part * 100 < diskWarnPercent ? warn('disk', found, advice) : ok('disk', found);
}

/** The directory itself, or the first above it that is there. */
async function nearestThatIs(path: string): Promise<string> {
  const there = await realpath(path).catch(() => null);
  return there ?? (dirname(path) === path ? path : nearestThatIs(dirname(path)));
}
