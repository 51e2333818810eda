// What looks and changes nothing, as somebody runs it: help, `kith config`, `kith doctor`, and `kith serve` beside them. Each
// ends with 0, 1 or 2 as its page says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { availableServers, startPostgres } from '@kith/testkit/postgres-server';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDataDirectory } from './fixtures/data-directory.js';
import { KITH, kith } from './fixtures/kith.js';

type Finding = {
  readonly what: string;
  readonly health: string;
  readonly found: string;
  readonly advice: string | null;
};

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kith-command-'));
});
afterEach(() => rm(directory, { recursive: true }));
afterAll(async () => expect(await leftovers()).toEqual([]));

async function findings(environment: { readonly [name: string]: string }) {
  const { code, out } = await kith(['doctor', '--json'], { environment, directory });
  const { isWell, findings } = JSON.parse(out) as { isWell: boolean; findings: readonly Finding[] };
  return { code, isWell, of: (what: string) => findings.filter((finding) => finding.what === what) };
}

it('the command ends as it is understood: 0 for its page, 2 for what cannot be meant', async () => {
  expect(await kith(['help'])).toMatchObject({ code: 0, out: expect.stringContaining('kith doctor'), err: '' });
  expect(await kith(['nope'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('no command nope') });
});

describe('kith config', () => {
  it('shows each value with where it came from, and no secret', async () => {
    await writeFile(join(directory, 'kith.config.json'), JSON.stringify({ PORT: 1234, METRICS_TOKEN: 'hunter2' }));
    const environment = { KITH_HOST: '::1', DATABASE_URL: 'postgres://kith:hunter2@db/kith' };
    const { code, out } = await kith(['config'], { environment, directory });
    expect(code).toBe(0);
    expect(out).toMatch(/^PORT +1234 +file \(kith\.config\.json\)$/m);
    expect(out).toMatch(/^HOST +::1 +environment \(KITH_HOST\)$/m);
    expect(out).toMatch(/^SIGN_UP +open +default$/m);
    expect(out).toMatch(/^METRICS_TOKEN +\(set\) +file/m);
    expect(out).not.toContain('shared_buffers');
    const json = await kith(['config', '--json'], { environment, directory });
    expect(JSON.parse(json.out)).toMatchObject({
      isUsable: true,
      problems: [],
      settings: expect.arrayContaining([
        { name: 'PORT', value: 1234, isSecret: false, origin: { kind: 'file', path: 'kith.config.json' } },
        { name: 'DATABASE_URL', value: '(set)', isSecret: true, origin: { kind: 'environment', name: 'DATABASE_URL' } },
      ]),
    });
    expect(out + json.out).not.toContain('hunter2');
  });

  it('names what is wrong with what would be right, and ends with 1', async () => {
    const environment = { PORT: '70000', KITH_DRAIN: '1', DATABASE_URL: 'mysql://kith:hunter2@db' };
    const { code, out, err } = await kith(['config'], { environment, directory });
    expect(code).toBe(1);
    expect(out).toContain('PORT: an integer from 0 to 65535 is wanted');
    expect(out).toContain('KITH_DRAIN in the environment is no variable of this server: DRAIN_MS is');
    expect(out).toMatch(/^PORT +\(does not fit\) +environment \(PORT\)$/m);
    expect(out + err).not.toContain('hunter2');
  });

  it('shows what the embedded PostgreSQL is given of the machine', async () => {
    const { code, out } = await kith(['config'], { environment: { DATA_DIR: directory }, directory });
    expect(code).toBe(0);
    expect(out).toMatch(/^ +shared_buffers +\d+MB$/m);
    expect(out).toMatch(/^ +max_wal_size +\d+MB$/m);
    expect(out).toMatch(/^ +autovacuum +on$/m);
  });

  it('tells what is likely not meant', async () => {
    const environment = { HOST: '0.0.0.0', PUBLIC_URL: 'https://chat.example' };
    const { code, out } = await kith(['config', '--json'], { environment, directory });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ warnings: [expect.stringContaining('TRUSTED_PROXIES')] });
  });
});

describe('kith doctor', () => {
  it('makes nothing where no server has run yet', async () => {
    const { code, of } = await findings({ PORT: '0', DATA_DIR: join(directory, 'data') });
    expect(code).toBe(0);
    expect(of('database')).toEqual([expect.objectContaining({ health: 'ok', found: expect.stringContaining('yet') })]);
    expect(await readdir(directory)).toEqual([]);
  });

  it('fails for a port that somebody else holds, and says who', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { code, isWell, of } = await findings({ PORT: String(port), DATA_DIR: join(directory, 'data') });
    other.close();
    expect([code, isWell]).toEqual([1, false]);
    expect(of('port')).toEqual([
      expect.objectContaining({ health: 'fail', found: expect.stringContaining('held by') }),
    ]);
    if (process.platform === 'linux') expect(of('port')[0]?.found).toContain(`process ${process.pid}`);
  });

  it('fails for a database that does not answer, and for a configuration that is wrong', async () => {
    const away = await findings({ PORT: '0', DATABASE_URL: 'postgres://kith@127.0.0.1:1/kith' });
    expect(away.code).toBe(1);
    expect(away.of('database')).toEqual([
      expect.objectContaining({ health: 'fail', found: expect.stringContaining('ECONNREFUSED') }),
    ]);
    const wrong = await findings({ PORT: 'many' });
    expect(wrong.code).toBe(1);
    expect(wrong.of('configuration')).toEqual([expect.objectContaining({ found: expect.stringContaining('PORT: ') })]);
  });

  it('fails where the database was migrated by a newer build', async () => {
    const [kind] = availableServers();
    if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
    const postgres = await startPostgres(kind);
    try {
      const url = await postgres.createDatabase();
      const empty = await findings({ PORT: '0', DATABASE_URL: url });
      expect(empty.code).toBe(0);
      expect(empty.of('schema')).toEqual([
        expect.objectContaining({ health: 'warn', found: expect.stringContaining('missing') }),
      ]);
      const columns = 'number int, name text, readable_since int, checksum text';
      await postgres.query(`CREATE TABLE schema_migration (${columns})`, url);
      await postgres.query(`INSERT INTO schema_migration VALUES (9999, 'later', 9999, '')`, url);
      const { code, of } = await findings({ PORT: '0', DATABASE_URL: url });
      expect(code).toBe(1);
      expect(of('schema')).toEqual([
        expect.objectContaining({ health: 'fail', found: expect.stringContaining('newer build') }),
      ]);
    } finally {
      await postgres.stop();
    }
  });
});

it('kith serve is the server, and the doctor finds it, its database and its schema well', async () => {
  const place = await makeDataDirectory();
  const data = place.path;
  const { PATH = '', HOME = '/' } = process.env;
  const child = spawn(process.execPath, [KITH, 'serve'], {
    env: { PATH, HOME, PORT: '0', DATA_DIR: data, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let out = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const [, found] = /^Kith is at (\S+)$/m.exec(out) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`it ended: ${out}`)));
  });
  const { code, of } = await findings({ PORT: new URL(url).port, DATA_DIR: data });
  expect(code).toBe(0);
  expect(of('port')).toEqual([
    expect.objectContaining({ health: 'ok', found: expect.stringContaining('Kith server') }),
  ]);
  expect(of('database')).toEqual([
    expect.objectContaining({ found: expect.stringContaining('of the server that runs') }),
  ]);
  expect(of('schema')).toEqual([expect.objectContaining({ health: 'ok' })]);
  expect(of('clock')).toEqual([expect.objectContaining({ health: 'ok' })]);

  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  // The same database, started for the look.
  const after = await findings({ PORT: '0', DATA_DIR: data });
  expect(after.of('database')).toEqual([
    expect.objectContaining({ found: expect.stringContaining('started for this look') }),
  ]);
  await place.remove();
});
