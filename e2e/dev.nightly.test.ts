/**
 * `npm run dev` in a copy of the sources: what is saved runs, in the server, in what the server is made of, and in the page;
 * what does not compile is said, and mended by the next save. It prints how long each took.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from './browser.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SERVER_FILE = 'packages/server/src/edge/problem.ts';
const PAGE_FILE = 'apps/web/src/main.tsx';

describe('npm run dev', () => {
  let folder: string;
  let dev: ChildProcess;
  let said = '';
  let ports: readonly [number, number];

  beforeAll(async () => {
    mkdirSync(join(ROOT, '.tmp'), { recursive: true });
    folder = mkdtempSync(join(ROOT, '.tmp', 'dev-'));
    copySources(folder);
    ports = [await freePort(), await freePort()];
    const [PORT, PAGE_PORT] = ports.map(String);
    dev = spawn(process.execPath, ['scripts/dev.mjs'], {
      cwd: folder,
      env: { ...process.env, PORT, PAGE_PORT, DATA_DIR: join(folder, 'data') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [dev.stdout, dev.stderr]) {
      stream?.on('data', (text) => {
        said += String(text);
      });
    }
    await eventually(
      'both run',
      () => Promise.resolve(said),
      (text) => text.includes('the page is at'),
    );
  });

  afterAll(async () => {
    if (dev.exitCode === null) {
      const ended = new Promise((resolve) => dev.once('exit', resolve));
      dev.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const save = (path: string, change: (text: string) => string) =>
    writeFileSync(join(folder, path), change(readFileSync(join(folder, path), 'utf8')));
  const answer = async (port: number, path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => null);
    return response === null ? '' : await response.text();
  };

  it('runs what was saved, in the server', async () => {
    said = '';
    save(SERVER_FILE, (text) => `${text}\nprocess.stdout.write('the first change runs\\n');\n`);
    await eventually(
      'the server runs again',
      () => Promise.resolve(said),
      (text) => text.includes('runs again after'),
    );
    console.log(
      said
        .split('\n')
        .filter((line) => line.includes('runs again'))
        .join('\n'),
    );
    expect(await answer(ports[0], '/readyz')).toContain('ready');
  });

  it('says that what was saved does not start, and runs the next save', async () => {
    said = '';
    save(SERVER_FILE, (text) => `${text}\nthrow new Error('broken by hand');\n`);
    await eventually(
      'it says so',
      () => Promise.resolve(said),
      (text) => text.includes('does not start'),
    );
    save(SERVER_FILE, (text) => text.replace("throw new Error('broken by hand');", ''));
    await eventually(
      'the server runs again',
      () => Promise.resolve(said),
      (text) => text.includes('runs again after'),
    );
    expect(await answer(ports[0], '/readyz')).toContain('ready');
  });

  it('gives the page what was saved, and its API', async () => {
    save(PAGE_FILE, (text) => `${text}\nexport const changed = 'the page was changed';\n`);
    await eventually(
      'the page has it',
      () => answer(ports[1], '/src/main.tsx'),
      (text) => text.includes('the page was changed'),
    );
    expect(await answer(ports[1], '/v1/openapi.json')).toContain('openapi');
  });
});

/** All that is compiled and run, as it is; what is installed is linked to. */
function copySources(folder: string): void {
  for (const name of readdirSync(ROOT)) {
    if (/^(?:packages|apps|scripts|tsconfig.*|package\.json)$/.test(name)) {
      cpSync(join(ROOT, name), join(folder, name), {
        recursive: true,
        filter: (from) => !/node_modules|\.tmp/.test(from.slice(ROOT.length)),
      });
    }
  }
  mkdirSync(join(folder, 'node_modules', '@kith'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '@kith' && name !== '.vite')
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  for (const group of ['packages', 'apps']) {
    for (const name of readdirSync(join(folder, group))) {
      symlinkSync(join(folder, group, name), join(folder, 'node_modules', '@kith', name));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
