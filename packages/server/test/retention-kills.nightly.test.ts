// Kills the real server's process with SIGKILL while it moves the start of a log over what has had its time, several times and with
// two processes at once: nothing of what was said is left or given, all that is younger is there, and each entry was taken once. A
// policy has days; so the log is made older where it is kept, in the database.
import { randomUUID } from 'node:crypto';
import type { Entry, Summary } from '@kith/protocol';
import { Account } from '@kith/testkit/faults/account';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { until } from '@kith/testkit/faults/until';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, expect, test } from 'vitest';

const OLD = 6_000;
const YOUNG = 20;
const DAYS_MS = 31 * 86_400_000;
const WORDS = 'longforgotten';
const KILLS = 6;
const DONE_MS = 60_000;

let postgres: TestServer;
beforeAll(async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
  postgres = await startPostgres(kind);
});
afterAll(async () => {
  await postgres.stop();
  expect(await leftovers()).toEqual([]);
});

test('[RT3] [RT5] the start of a log moves over all that is old and nothing else, wherever servers die', {
  timeout: 300_000,
}, async () => {
  const database = await postgres.createDatabase();
  const start = () =>
    ServerProcess.start({
      entry: ENTRIES.server,
      environment: { DATABASE_URL: database, RETENTION_DAYS: '30' },
    });
  const first = async (): Promise<number> => {
    const [row] = await postgres.query('SELECT max(first) AS first FROM conversation WHERE kind <> 4', database);
    return Number(row?.first);
  };
  const running = [await start()];
  try {
    const [server] = running;
    if (!server) throw new Error('it runs');
    const ann = await Account.signUp(server.url, { username: 'ann', password: 'correct horse battery staple' });
    const asking = (to: ServerProcess) => {
      return <T>(method: string, path: string, body?: object) =>
        ann.ask<T>(to.url, { method, path, ...(body === undefined ? {} : { body }) });
    };
    const ask = asking(server);
    const { id } = await ask<Summary>('POST', '/v1/conversations', { kind: 'group', members: [], name: 'one' });
    const say = async (text: string) => {
      const body = { key: randomUUID(), text };
      return (await ask<{ seq: number }>('POST', `/v1/conversations/${id}/messages`, body)).seq;
    };
    const began = await say(WORDS);
    await server.kill();
    // As many as make many steps, in the form in which the log writes them.
    await postgres.query(
      `INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, body)
       SELECT e.conversation, e.seq + g, e.at, e.n + g, e.author, e.kind, e.flags, gen_random_uuid(), e.body
       FROM entry e, generate_series(1, ${OLD}) g WHERE e.body LIKE '%${WORDS}%'`,
      database,
    );
    await postgres.query(`UPDATE conversation SET kept_since = created_at + ${100 * DAYS_MS}`, database);
    const now = await start();
    running.splice(0, 1, now);
    const young: number[] = [];
    for (let count = 0; count < YOUNG; count += 1) {
      const body = { key: randomUUID(), text: `young ${count}` };
      young.push((await asking(now)<{ seq: number }>('POST', `/v1/conversations/${id}/messages`, body)).seq);
    }
    await now.kill();
    await postgres.query(`UPDATE entry SET at = at - ${DAYS_MS} WHERE seq <= ${began + OLD}`, database);
    await postgres.query(`UPDATE conversation SET kept_since = NULL, created_at = created_at - ${DAYS_MS}`, database);
    running.splice(0, 1, ...(await Promise.all([start(), start()])));
    let seen = 1;
    for (let kill = 0; kill < KILLS; kill += 1) {
      await until('the start of the log has moved', async () => (await first()) > seen, { withinMs: DONE_MS });
      seen = await first();
      if (seen > began + OLD) break;
      await running[kill % 2]?.kill();
      expect(await first()).toBeGreaterThanOrEqual(seen);
      running[kill % 2] = await start();
    }
    await until('all of it is gone', async () => (await first()) > began + OLD, { withinMs: DONE_MS });
    const [last] = running;
    if (!last) throw new Error('it runs');
    const askLast = asking(last);
    const page = await askLast<{ first: number; entries: Entry[] }>('GET', `/v1/conversations/${id}/entries?after=0`);
    expect(page.first).toBe(young[0]);
    expect(page.entries.map(({ seq, body }) => [seq, body.text])).toEqual(
      young.map((seq, index) => [seq, `young ${index}`]),
    );
    const left = await postgres.query(`SELECT seq FROM entry WHERE body LIKE '%${WORDS}%'`, database);
    expect(left).toEqual([]);
    const documents = await postgres.query(`SELECT seq FROM search_document WHERE text LIKE '%${WORDS}%'`, database);
    expect(documents).toEqual([]);
    const { summary } = await askLast<{ summary: Summary }>('GET', `/v1/conversations/${id}`);
    expect(summary).toMatchObject({ first: young[0], head: young.at(-1) });
  } finally {
    for (const one of running) if (one.isRunning) await one.kill();
  }
});
