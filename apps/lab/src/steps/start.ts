// From `kith serve` to its first 200 on /readyz, with the embedded database: after an end in good order, and after both were
// killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { knownHome } from '@kith/server/store/postgres/embedded/cluster-place';
import type { Lab } from '../lab.js';

const MAIN = fileURLToPath(import.meta.resolve('@kith/server/main'));
const READY = /^Kith is at (http:\/\/127\.0\.0\.1:\d+)$/m;
const LOOK_MS = 5;
const MOST_MS = 60_000;

export async function runStart({ progress, options, results }: Lab): Promise<void> {
  const directory = resolve('.tmp', `start-${process.pid}`);
  const clean: number[] = [];
  const killed: number[] = [];
  try {
    await progress.step('start: a first time, with a new database', () => start(directory).then(end));
    for (let round = 1; round <= options.rounds; round += 1) {
      const started = await progress.step(`start: in good order, round ${round}`, () => start(directory), say);
      clean.push(started.ms);
      await kill(started);
      const again = await progress.step(`start: after a kill, round ${round}`, () => start(directory), say);
      killed.push(again.ms);
      await end(again);
    }
  } finally {
    await remove(directory);
  }
  results.figure('start-clean', clean);
  results.figure('start-killed', killed);
}

type Started = { readonly ms: number; readonly child: ChildProcess; readonly postgres: number };

async function start(directory: string): Promise<Started> {
  const beganMs = performance.now();
  const environment = {
    PATH: process.env.PATH ?? '',
    HOST: '127.0.0.1',
    PORT: '0',
    DATA_DIR: directory,
    LOG_LEVEL: 'warn',
  };
  const child = spawn(process.execPath, ['--max-semi-space-size=32', MAIN], { env: environment });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  while (performance.now() - beganMs < MOST_MS && child.exitCode === null) {
    const url = READY.exec(said)?.[1];
    const status = url
      ? await fetch(`${url}/readyz`).then(
          (answer) => answer.status,
          () => 0,
        )
      : 0;
    if (status === 200) return { ms: performance.now() - beganMs, child, postgres: await postmasterOf(directory) };
    await delay(LOOK_MS);
  }
  child.kill('SIGKILL');
  throw new Error(`the server was not ready within ${MOST_MS} ms:\n${said.slice(-2_000)}`);
}

function say({ ms }: Started): string {
  return `${ms.toFixed(0)} ms`;
}

async function end({ child }: Started): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/** The server and its PostgreSQL at once, so that the log of the database has to be replayed. */
async function kill({ child, postgres }: Started): Promise<void> {
  const exit = once(child, 'exit');
  process.kill(postgres, 'SIGKILL');
  child.kill('SIGKILL');
  await exit;
}

async function postmasterOf(directory: string): Promise<number> {
  const text = await readFile(join(await knownHome(directory), 'postgres', 'postmaster.pid'), 'utf8');
  return Number(text.split('\n')[0]);
}

async function remove(directory: string): Promise<void> {
  for (const path of new Set([await knownHome(directory), directory])) await rm(path, { recursive: true, force: true });
}
