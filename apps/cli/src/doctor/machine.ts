// What the machine gives the process: files that may be open, memory, shared memory, the version of Node.
import { readFile, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { type Check, type Finding, fail, ok, warn } from './finding.js';

const MIB = 1024 ** 2;
/** What the process holds beside connections: the database, files of the page, the log. */
const OWN_FILES = 200;
const LEAST_FILES = 512;
const LEAST_MEMORY = 256 * MIB;
/** The embedded database takes 128 MiB of shared buffers, the server about as much, and connections come on top. */
const GOOD_MEMORY = 768 * MIB;
const GOOD_SHARED = 32 * MIB;

export const checkMachine: Check = async ({ maxConnections, databaseUrl }) => {
  const [files, available, shared] = await Promise.all([openFileLimit(), memoryAvailable(), sharedMemory()]);
  return [
    judgeNode(process.versions.node),
    ...(files === null ? [] : [judgeFiles(files, maxConnections)]),
    judgeMemory(available),
    ...(databaseUrl === null && process.platform === 'linux' ? [judgeShared(shared)] : []),
  ];
};

export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('node', `Node ${version}`);
  return fail('node', `Node ${version} is too old`, 'install Node 20.19 or later');
}

export function judgeFiles(limit: number, maxConnections: number): Finding {
  const found = `at most ${limit} files and connections may be open`;
  const advice = 'raise it (ulimit -n, LimitNOFILE= under systemd), or lower MAX_CONNECTIONS to what is meant';
  if (limit < LEAST_FILES) return fail('open files', found, advice);
  if (limit < maxConnections + OWN_FILES)
    return warn('open files', `${found}; MAX_CONNECTIONS is ${maxConnections}`, advice);
  return ok('open files', found);
}

export function judgeMemory(available: number): Finding {
  const found = `${Math.round(available / MIB)} MiB of memory are available`;
  const advice = 'give it 1 GiB or more: the system ends processes, the database among them, where there is none left';
  if (available < LEAST_MEMORY) return fail('memory', found, advice);
  return available < GOOD_MEMORY ? warn('memory', found, advice) : ok('memory', found);
}

/** @param free bytes in /dev/shm, or null where there is none */
export function judgeShared(free: number | null): Finding {
  if (free === null) {
    const advice = 'nothing must be done: the database uses files in its place, which is slower in large queries';
    return warn('shared memory', 'there is no /dev/shm', advice);
  }
  const found = `${Math.round(free / MIB)} MiB of shared memory are free`;
  if (free >= GOOD_SHARED) return ok('shared memory', found);
  return warn('shared memory', found, 'give it 64 MiB or more (docker run --shm-size)');
}

/** The hard one: Node takes as much as it may. Null where the system does not say. */
async function openFileLimit(): Promise<number | null> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => '');
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(text) ?? [];
  return hard === undefined ? null : hard === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(hard);
}

/** What new work may take, by the machine and by the container. */
async function memoryAvailable(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const [, kib] = /^MemAvailable:\s+(\d+) kB/m.exec(text) ?? [];
  const ofMachine = kib === undefined ? totalmem() : Number(kib) * 1024;
  const [limit, used] = await Promise.all(['memory.max', 'memory.current'].map(ofContainer));
  return limit == null || used == null ? ofMachine : Math.min(ofMachine, Math.max(0, limit - used));
}

async function ofContainer(name: string): Promise<number | null> {
  const value = Number((await readFile(`/sys/fs/cgroup/${name}`, 'utf8').catch(() => '')).trim() || Number.NaN);
  return Number.isFinite(value) ? value : null;
}

async function sharedMemory(): Promise<number | null> {
  const room = await statfs('/dev/shm').catch(() => null);
  return room === null ? null : room.bavail * room.bsize;
}
