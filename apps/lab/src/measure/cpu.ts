// CPU seconds of a server and of its database: the gateway's process by itself; of PostgreSQL the postmaster, all its
// present children, and those that have ended (an autovacuum worker, a closed connection).
import { readdirSync, readFileSync } from 'node:fs';
import { type ProcessStat, parseProcessStat } from './process-stat.js';

/** USER_HZ is 100 on every Linux that Node runs on; it is part of the kernel's interface. */
const TICKS_PER_SECOND = 100;

export type CpuSeconds = { readonly gateway: number; readonly postgres: number };

export type CpuOwner = { readonly gatewayPid: number; readonly postmasterPid: number };

/** CPU seconds used since the processes began. @throws Error where one of them is gone, or there is no /proc */
export function readCpu({ gatewayPid, postmasterPid }: CpuOwner): CpuSeconds {
  const postmaster = statOf(postmasterPid);
  let ticks = postmaster.ownTicks + postmaster.endedChildrenTicks;
  for (const pid of processIds()) {
    const stat = statIfThere(pid);
    if (stat?.parent === postmasterPid) ticks += stat.ownTicks;
  }
  return { gateway: cpuOf(gatewayPid), postgres: ticks / TICKS_PER_SECOND };
}

/** CPU seconds that one process has used since it began. @throws Error where it is gone, or there is no /proc */
export function cpuOf(pid: number): number {
  return statOf(pid).ownTicks / TICKS_PER_SECOND;
}

export function cpuBetween(before: CpuSeconds, after: CpuSeconds): CpuSeconds {
  return { gateway: after.gateway - before.gateway, postgres: after.postgres - before.postgres };
}

function processIds(): readonly number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function statOf(pid: number): ProcessStat {
  return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

/** A process may end between being listed and being read. */
function statIfThere(pid: number): ProcessStat | null {
  try {
    return statOf(pid);
  } catch {
    return null;
  }
}
