// From `kith serve` to its first 200 on /readyz, with the embedded database: after an end in good order, and after both were
// killed.
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { knownHome } from '@kith/server/store/postgres/embedded/cluster-place';
import type { Lab } from '../lab.js';
import type { Pinning } from '../measure/pinning.js';
import { MAIN, NODE_OPTIONS, READY } from '../stack/kith-stack.js';
import { ServerProcess } from '../stack/server-process.js';

const LOOK_MS = 5;
const MOST_MS = 60_000;

export async function runStart({ progress, options, results, pinning }: Lab): Promise<void> {
  const directory = resolve('.tmp', `start-${process.pid}`);
  const clean: number[] = [];
  const killed: number[] = [];
  try {
    await progress.step('start: a first time, with a new database', async () => {
      await (await start(directory, pinning)).server.stop();
    });
    for (let round = 1; round <= options.rounds; round += 1) {
      const started = await progress.step(`start: in good order, round ${round}`, () => start(directory, pinning), say);
      clean.push(started.ms);
      await kill(started);
      const again = await progress.step(`start: after a kill, round ${round}`, () => start(directory, pinning), say);
      killed.push(again.ms);
      await again.server.stop();
    }
  } finally {
    await remove(directory);
  }
  results.figure('start-clean', clean);
  results.figure('start-killed', killed);
}

type Started = { readonly ms: number; readonly server: ServerProcess; readonly postgres: number };

async function start(directory: string, pinning: Pinning): Promise<Started> {
  const beganMs = performance.now();
  const { process: server, ready } = await ServerProcess.start({
    name: 'Kith',
    command: pinning.unpinnedCommand([process.execPath, ...NODE_OPTIONS, MAIN]),
    environment: { HOST: '127.0.0.1', PORT: '0', DATA_DIR: directory, LOG_LEVEL: 'warn' },
    ready: READY,
  });
  while (!(await isReady(Number(ready[1])))) {
    if (performance.now() - beganMs > MOST_MS) {
      await server.stop();
      throw new Error(`the server was not ready within ${MOST_MS} ms:\n${server.said}`);
    }
    await delay(LOOK_MS);
  }
  return { ms: performance.now() - beganMs, server, postgres: await postmasterOf(directory) };
}

function isReady(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );
}

function say({ ms }: Started): string {
  return `${ms.toFixed(0)} ms`;
}

/** The server and its PostgreSQL at once, so that the log of the database has to be replayed. */
async function kill({ server, postgres }: Started): Promise<void> {
  process.kill(postgres, 'SIGKILL');
  await server.kill();
}

async function postmasterOf(directory: string): Promise<number> {
  const text = await readFile(join(await knownHome(directory), 'postgres', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

async function remove(directory: string): Promise<void> {
  for (const path of new Set([await knownHome(directory), directory])) await rm(path, { recursive: true, force: true });
}
