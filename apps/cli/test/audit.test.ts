// `kith audit`: what the command itself does is recorded, found again, and whoever changes it in the database is found out.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kithOn } from './fixtures/in-process.js';

const PASSWORD = 'seven tall herons 41';

let postgres: TestServer;
let database = '';
let folder = '';

beforeAll(async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
  postgres = await startPostgres(kind);
  database = await postgres.createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'kith-audit-'));
  const { PooledDatabase } = await import('@kith/server/store/postgres/pool');
  const { migrate } = await import('@kith/server/store/postgres/migrate');
  const { SILENT } = await import('@kith/server/core/telemetry');
  const opened = new PooledDatabase({ address: { url: database }, telemetry: SILENT });
  await migrate(opened);
  await opened.close();
});
afterAll(async () => {
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = (line: string, input = '') => kithOn({ database, input }, line.split(' '));
const acts = async (asked = ''): Promise<readonly string[]> => {
  const { code, out } = await run(`audit --json${asked}`);
  expect(code).toBe(0);
  const lines = out.split('\n').filter((line) => line !== '');
  return lines.map((line) => (JSON.parse(line) as { readonly act: string }).act);
};

it('has what kith has done, the last first, by whom, on whom and since when, and no password', async () => {
  await run('user create olive --owner --password-stdin', PASSWORD);
  await run('user create mara --password-stdin', PASSWORD);
  await run('user reset-password mara --password-stdin', `${PASSWORD} or 42`);
  await run('user disable mara');
  await run('user disable mara');
  await run('user enable mara');
  await run('user sessions mara --end all');
  expect((await run(`backup ${folder}/taken`)).code).toBe(0);
  expect((await run(`export ${folder}/lines`)).code).toBe(0);
  const ofMara = ['sessions', 'enable', 'disable', 'reset-password', 'create'].map((act) => `kith.user.${act}`);
  expect(await acts()).toEqual(['kith.export', 'kith.backup', ...ofMara, 'kith.user.create']);
  expect(await acts(' --target mara')).toEqual(ofMara);
  expect(await acts(' --target mara --limit 2')).toEqual(ofMara.slice(0, 2));
  expect(await acts(' --actor mara')).toEqual([]);
  expect(await acts(' --act kith.user.create --since 1h')).toHaveLength(2);
  expect(await acts(' --until 1h')).toEqual([]);
  const { out } = await run('audit');
  expect(out).toMatch(new RegExp(`^2 +\\S+ \\S+ +kith.user.create +done +${userInfo().username} +mara `, 'm'));
  expect(out).not.toContain('herons');
  for (const [line, code] of [
    ['audit --actor nobody', 1],
    ['audit --since soon', 2],
    ['audit --limit 0', 2],
    ['audit forget', 2],
  ] as const) {
    expect([line, (await run(line)).code]).toEqual([line, code]);
  }
});

it('has a restore too, after what was in the backup, and the chain goes on', async () => {
  expect(await run(`restore ${folder}/taken --replace`)).toMatchObject({ code: 0 });
  expect((await acts())[0]).toBe('kith.restore');
  expect(await acts(' --act kith.export')).toEqual([]);
  expect(await run('audit verify')).toMatchObject({ code: 0, out: expect.stringContaining('The trail holds') });
});

it('says whether the trail is as it was written, and ends as it was noted', async () => {
  const { out } = await run('audit verify');
  const [, end = ''] = /--expect: (\S+)$/m.exec(out) ?? [];
  expect(await run(`audit verify --expect ${end}`)).toMatchObject({ code: 0 });
  await run('user enable olive');
  await run('user disable mara');
  expect(await run(`audit verify --expect ${end}`)).toMatchObject({ code: 0 });
  const other = end.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
  expect(await run(`audit verify --expect ${other}`)).toMatchObject({
    code: 1,
    err: expect.stringContaining('another'),
  });
  expect(await run(`audit verify --expect 999:${'0'.repeat(64)}`)).toMatchObject({ code: 1 });
  await postgres.query(
    `SET session_replication_role = replica; UPDATE audit_record SET target = actor WHERE number = 3`,
    database,
  );
  expect(await run('audit verify')).toMatchObject({ code: 1, err: expect.stringContaining('record 3') });
  const { code, out: verdict } = await run('audit verify --json');
  expect([code, JSON.parse(verdict)]).toEqual([1, expect.objectContaining({ holds: false, at: 3 })]);
});
