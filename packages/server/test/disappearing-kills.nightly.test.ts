// Kills the real server's process with SIGKILL while it erases messages whose time has come, at named points of its writes:
// each is erased once and only once after all, nothing of what they said is given by anyone from their time on, and those that
// stand are left alone. It takes more than a minute, which is the shortest time that a message may have.
import { randomUUID } from 'node:crypto';
import type { Entry, Summary } from '@kith/protocol';
import { Account } from '@kith/testkit/faults/account';
import { type KillPoint, killEnvironment } from '@kith/testkit/faults/kill-points';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { until, within } from '@kith/testkit/faults/until';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, expect, test } from 'vitest';

const DEATHS: readonly (readonly [KillPoint, number])[] = [
  ['after-commit', 3],
  ['before-append', 1],
  ['before-publish', 2],
];
const MESSAGES = 40;
const TIMER_MS = 60_000;
const DIES_MS = 30_000;
const DONE_MS = 30_000;
const WORDS = 'soonforgotten';

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

test('[Z3] [Z5] messages disappear once and only once, wherever the server dies', { timeout: 300_000 }, async () => {
  const environment = { DATABASE_URL: await postgres.createDatabase() };
  const start = (order: { readonly [name: string]: string } | null) =>
    ServerProcess.start({
      entry: order === null ? ENTRIES.server : ENTRIES.meddled,
      environment: { ...environment, ...order },
    });
  let server = await start(null);
  try {
    const ann = await Account.signUp(server.url, { username: 'ann', password: 'correct horse battery staple' });
    const ask = <T>(method: string, path: string, body?: object) =>
      ann.ask<T>(server.url, { method, path, ...(body === undefined ? {} : { body }) });
    const { id } = await ask<Summary>('POST', '/v1/conversations', { kind: 'group', members: [], name: 'one' });
    const say = async (text: string) => {
      const body = { key: randomUUID(), text };
      return (await ask<{ seq: number }>('POST', `/v1/conversations/${id}/messages`, body)).seq;
    };
    const stays = await say('this one stands');
    await ask('PATCH', `/v1/conversations/${id}`, { disappearAfterMs: TIMER_MS });
    const sent: number[] = [];
    for (let count = 0; count < MESSAGES; count += 1) sent.push(await say(`${WORDS} ${count}`));
    const gone = Date.now() + TIMER_MS;
    const log = async () => (await ask<{ entries: Entry[] }>('GET', `/v1/conversations/${id}/entries?after=0`)).entries;
    const found = async () => (await ask<{ items: unknown[] }>('GET', `/v1/messages/search?query=${WORDS}`)).items;
    for (const [point, passing] of DEATHS) {
      await server.kill();
      server = await start(killEnvironment({ point, passing }));
      const dies = Math.max(0, gone - Date.now()) + DIES_MS;
      const exit = await within(`the server kills itself at ${point}`, server.exited, dies);
      expect(exit.signal).toBe('SIGKILL');
    }
    server = await start(null);
    let entries = await log();
    expect(Date.now()).toBeGreaterThan(gone);
    expect(JSON.stringify(entries)).not.toContain(WORDS);
    expect(await found()).toEqual([]);
    const deletions = () => entries.filter(({ kind }) => kind === 'message.deleted');
    const look = setInterval(() => {
      log().then(
        (now) => {
          entries = now;
        },
        () => {},
      );
    }, 200);
    try {
      await until('everything is erased', () => deletions().length >= MESSAGES, { withinMs: DONE_MS });
    } finally {
      clearInterval(look);
    }
    entries = await log();
    expect(
      deletions()
        .map(({ body }) => Number(body.target))
        .sort((a, b) => a - b),
    ).toEqual(sent);
    expect(deletions().every(({ body }) => body.expired === true)).toBe(true);
    expect(entries.find(({ seq }) => seq === stays)).toMatchObject({ body: { text: 'this one stands' } });
    expect(await found()).toEqual([]);
  } finally {
    if (server.isRunning) await server.kill();
  }
});
