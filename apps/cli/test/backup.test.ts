// `kith backup` and `kith restore` as somebody runs them: beside a server with its own database and without one, again and again,
// told to stop in the middle, and refused where they must be.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Account } from '@kith/testkit/faults/account';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { until } from '@kith/testkit/faults/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataDirectory, makeDataDirectory } from './fixtures/data-directory.js';
import { KITH, kith } from './fixtures/kith.js';

const PASSWORD = 'seven tall herons 41';

let data: DataDirectory;
let folder = '';
let server: ServerProcess;

const run = (line: readonly string[], dataDirectory = data.path) =>
  kith(line, { environment: { DATA_DIR: dataDirectory } });

beforeAll(async () => {
  data = await makeDataDirectory();
  folder = await mkdtemp(join(tmpdir(), 'kith-backups-'));
  server = await ServerProcess.start({
    entry: ENTRIES.server,
    environment: { DATA_DIR: data.path, LOG_LEVEL: 'warn' },
  });
  await Account.signUp(server.url, { username: 'ann', password: PASSWORD });
});
afterAll(async () => {
  if (server?.isRunning) await server.end();
  await data.remove();
  await rm(folder, { recursive: true });
  expect(await leftovers()).toEqual([]);
});

describe('kith backup', () => {
  it('takes one of a server that runs, and checks it', async () => {
    const taken = await run(['backup', join(folder, 'one')]);
    expect(taken).toMatchObject({ code: 0, err: '', out: expect.stringContaining('holds 1 people') });
    const checked = await run(['backup', '--verify', join(folder, 'one'), '--json']);
    expect(JSON.parse(checked.out)).toMatchObject({
      isWhole: true,
      people: 1,
      postgres: expect.stringMatching(/^18\./),
    });
    expect(await run(['backup', join(folder, 'one')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('not empty'),
    });
  });

  it('goes on until it is told to stop, keeps the newest, and leaves what is not its own', async () => {
    const place = join(folder, 'many');
    const { PATH = '', HOME = '/' } = process.env;
    const child = spawn(process.execPath, [KITH, 'backup', place, '--every', '1s', '--keep', '2'], {
      env: { PATH, HOME, DATA_DIR: data.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close');
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    await until('the first was taken', () => out.split('\n').length > 1, { withinMs: 40_000 });
    await writeFile(join(place, 'mine'), '');
    await until('an old one was removed', () => err.includes('was removed'), { withinMs: 60_000 });
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    const names = (await readdir(place)).sort();
    expect(names).toEqual([expect.stringMatching(/^kith-/), expect.stringMatching(/^kith-/), 'mine']);
    for (const name of names.slice(0, 2)) {
      expect(await run(['backup', '--verify', join(place, name)])).toMatchObject({ code: 0 });
    }
  }, 120_000);

  it('refuses what is no backup, and a data directory without a database', async () => {
    expect(await run(['backup', '--verify', folder])).toMatchObject({
      code: 1,
      err: expect.stringContaining('is no backup'),
    });
    const none = await run(['backup', join(folder, 'none')], join(folder, 'nowhere'));
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('there is no database') });
  });
});

describe('kith restore', () => {
  it('goes into no database that a server uses', async () => {
    const said = await run(['restore', join(folder, 'one'), '--replace']);
    expect(said).toMatchObject({ code: 1, err: expect.stringContaining('stop it first') });
  });

  it('makes a data directory that a server goes on with, and replaces one only where it is told to', async () => {
    const other = await makeDataDirectory();
    try {
      const restored = await run(['restore', join(folder, 'one')], other.path);
      expect(restored).toMatchObject({ code: 0, out: expect.stringContaining('Restored: 1 people') });
      const again = await run(['restore', join(folder, 'one')], other.path);
      expect(again).toMatchObject({ code: 1, err: expect.stringContaining('--replace') });
      expect(await run(['restore', join(folder, 'one'), '--replace'], other.path)).toMatchObject({ code: 0 });
      const next = await ServerProcess.start({ entry: ENTRIES.server, environment: { DATA_DIR: other.path } });
      const asked = fetch(`${next.url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: 'ann', password: PASSWORD }),
      });
      expect((await asked).ok).toBe(true);
      expect(await next.end()).toEqual({ code: 0, signal: null });
    } finally {
      await other.remove();
    }
  }, 120_000);
});
