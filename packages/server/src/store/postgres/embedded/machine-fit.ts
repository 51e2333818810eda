/**
 * How large the embedded PostgreSQL makes itself, by the memory and the disk
 * that there are, and how often it cleans up behind a log that mostly grows.
 * It shares the machine with the server and whatever else runs there, so it
 * takes a sixteenth of the memory, not the quarter of a machine of its own.
 */
import { readFile, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';

export interface Machine {
  /** Of the machine, or what its container may take. */
  readonly memoryBytes: number;
  /** Of the file system that the data is on; null where that can't be told. */
  readonly diskBytes: number | null;
}

const MIB = 1024 ** 2;
/** Two segments of 16 MiB are the least that PostgreSQL takes. */
const leastWal = 64;
const mostWal = 1024;

/** @param directory of the data, or any other on the same disk */
export async function lookAtMachine(directory: string): Promise<Machine> {
  const disk = await statfs(directory).catch(() => null);
  const diskBytes = disk === null ? null : disk.blocks * disk.bsize;
  return { memoryBytes: Math.min(totalmem(), await containerMemory()), diskBytes };
}

/** Values of PostgreSQL's settings, by name. */
export function fitTo({ memoryBytes, diskBytes }: Machine): Readonly<Record<string, string>> {
  const memory = memoryBytes / MIB;
  const wal = diskBytes === null ? mostWal : within(diskBytes / MIB / 20, leastWal, mostWal);
  return {
    shared_buffers: megabytes(within(memory / 16, 64, 512)),
    // What the system caches beside it: only a guess for the planner, nothing is taken.
    effective_cache_size: megabytes(within(memory / 4, 128, 16_384)),
    maintenance_work_mem: megabytes(within(memory / 32, 32, 256)),
    work_mem: megabytes(within(memory / 512, 4, 32)),
    max_wal_size: megabytes(wal),
    min_wal_size: megabytes(wal / 2 < 80 ? 32 : 80),
    // Rows come at the end, rarely change and rarely go: a twentieth of a large table is too much to wait for.
    autovacuum: 'on',
    autovacuum_max_workers: '2',
    autovacuum_naptime: '30s',
    autovacuum_vacuum_scale_factor: '0.02',
    autovacuum_vacuum_insert_scale_factor: '0.05',
    autovacuum_analyze_scale_factor: '0.02',
  };
}

async function containerMemory(): Promise<number> {
  const text = await readFile('/sys/fs/cgroup/memory.max', 'utf8').catch(() => '');
  const limit = Number(text.trim() || Number.NaN);
  return Number.isFinite(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
}

function within(value: number, least: number, most: number): number {
  return Math.floor(Math.min(most, Math.max(least, value)));
}

function megabytes(count: number): string {
  return `${count}MB`;
}
