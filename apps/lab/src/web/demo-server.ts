// A server of its own with people who talk in it (`kith demo`), in a directory that goes with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../stack/free-port.js';

const KITH = fileURLToPath(new URL('../../../cli/bin/kith.mjs', import.meta.url));
/** Filling goes through the core, message by message: 50,000 take a minute or two on a machine that does nothing else. */
const START_MS = 20 * 60_000;

/** Whom the page is opened as. */
export const SIGN_IN = { username: 'ada', password: 'seven tall herons 41' };

export type DemoServer = { readonly url: string; stop(): Promise<void> };

/** @param parent where its directory is made */
export async function startDemo(messages: number, parent: string): Promise<DemoServer> {
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(`${parent}/web-`);
  // Started as root, PostgreSQL runs as another user, who must get here.
  await chmod(directory, 0o755);
  const port = await freePort();
  const child = spawn(process.execPath, [KITH, 'demo', '--messages', String(messages), '--password-stdin', '--serve'], {
    env: { ...process.env, DATA_DIR: `${directory}/data`, PORT: String(port), LOG_LEVEL: 'warn', RATE_FACTOR: '100' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(`${SIGN_IN.password}\n`);
  const stop = async () => {
    await ended(child);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await isThere(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, stop };
}

function isThere(child: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the server of the demonstration ${why}. It said: ${said}`));
    const timer = setTimeout(() => fail('took too long'), START_MS);
    const hear = (part: Buffer) => {
      said = (said + part.toString()).slice(-4_000);
      if (!said.includes('Kith is at')) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with ${code}`);
    });
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
