// Room on the disks that the server writes to. A tenth left is time to act; at a fiftieth the database may stop any moment.
import { realpath, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { findCluster } from '@kith/server/store/postgres/embedded/running-cluster';
import { type Check, type Finding, fail, ok, reasonOf, warn } from './finding.js';

const WARN_BELOW = 0.1;
const FAIL_BELOW = 0.02;
const GIB = 1024 ** 3;

export const checkDisk: Check = async ({ dataDir, databaseUrl }) => {
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
      findings.push(judgeRoom(there, { free: room.bavail * room.bsize, size: room.blocks * room.bsize }));
    seen.add(key);
  }
  return findings;
};

/** @param free bytes that this user may still write, of `size` */
export function judgeRoom(place: string, { free, size }: { readonly free: number; readonly size: number }): Finding {
  const part = size === 0 ? 1 : free / size;
  const found = `${(part * 100).toFixed(1)} % free (${(free / GIB).toFixed(1)} GiB) where ${place} is`;
  const advice = 'make room or give it a larger disk: writes are refused once it is full, reads go on';
  if (part < FAIL_BELOW) return fail('disk', found, advice);
  return part < WARN_BELOW ? warn('disk', found, advice) : ok('disk', found);
}

/** The directory itself, or the first above it that is there. */
async function nearestThatIs(path: string): Promise<string> {
  const there = await realpath(path).catch(() => null);
  return there ?? (dirname(path) === path ? path : nearestThatIs(dirname(path)));
}
