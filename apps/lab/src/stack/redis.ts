// A Redis that keeps nothing, on a port of its own of this machine, on the core of the servers. Whoever starts it stops it.
import { spawnSync } from 'node:child_process';
import type { Pinning } from '../measure/pinning.js';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

export type BenchRedis = { readonly port: number; readonly pid: number; stop(): Promise<void> };

const READY = /Ready to accept connections/;

/** Whether a Redis is installed. */
export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0;
}

export async function startRedis(pinning: Pinning): Promise<BenchRedis> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const { process: server } = await ServerProcess.start({
    name: 'Redis',
    command: pinning.serverCommand(['redis-server', ...args]),
    ready: READY,
  });
  return { port, pid: server.pid, stop: () => server.stop() };
}
