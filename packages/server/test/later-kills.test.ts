// Kills the real server's process with SIGKILL while it does what is scheduled, at named points of its writes: every message and
// every reminder is in its log once and only once after all, in the order of the times.
import { randomUUID } from 'node:crypto';
import type { Entry, Scheduled, Summary } from '@kith/protocol';
import { Account } from '@kith/testkit/faults/account';
import { type KillPoint, killEnvironment } from '@kith/testkit/faults/kill-points';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { until, within } from '@kith/testkit/faults/until';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, beforeAll, expect, test } from 'vitest';

const DEATHS: readonly (readonly [KillPoint, number])[] = [
  ['before-append', 1],
  ['after-commit', 1],
  ['before-publish', 2],
  ['after-commit', 3],
];
const MESSAGES = 10;
const REMINDERS = 6;
const DIES_MS = 30_000;
/** What a dead process held is taken up when its lease is over; then they come one after the other. */
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

test('[Q2] [Q5] what is scheduled is done once and only once, wherever the server dies', {
  timeout: 300_000,
}, async () => {
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
    const groups: Summary[] = [];
    for (const name of ['one', 'two']) {
      groups.push(await ask<Summary>('POST', '/v1/conversations', { kind: 'group', members: [], name }));
    }
    const { self } = await ask<{ readonly self: string }>('GET', '/v1/me');
    const soon = Date.now() + 3_000;
    const wanted = groups.map(({ id }) => ({ id, keys: Array.from({ length: MESSAGES }, () => randomUUID()) }));
    for (const { id, keys } of wanted) {
      for (const [index, key] of keys.entries()) {
        await ask('POST', `/v1/conversations/${id}/scheduled`, { key, text: `number ${index}`, at: soon + index });
      }
    }
    const reminders = Array.from({ length: REMINDERS }, () => randomUUID());
    const [first] = groups;
    if (!first) throw new Error('there is a group');
    const { id, epoch } = first;
    const { seq } = await ask<{ seq: number }>('POST', `/v1/conversations/${id}/messages`, {
      key: randomUUID(),
      text: 'x',
    });
    for (const [index, key] of reminders.entries()) {
      const path = `/v1/conversations/${id}/messages/${seq}/reminders`;
      await ask('POST', path, { epoch, key, at: soon + index });
    }
    for (const [point, passing] of DEATHS) {
      await server.kill();
      server = await start(killEnvironment({ point, passing }));
      const exit = await within(`the server kills itself at ${point}`, server.exited, DIES_MS);
      expect(exit.signal).toBe('SIGKILL');
    }
    server = await start(null);
    const left = async () => (await ask<{ items: Scheduled[] }>('GET', '/v1/scheduled')).items.length;
    let count = await left();
    // Some were left to do: else the deaths met nothing.
    expect(count).toBeGreaterThan(0);
    const look = setInterval(() => {
      left().then(
        (now) => {
          count = now;
        },
        () => {},
      );
    }, 200);
    try {
      await until('everything is done', () => count === 0, { withinMs: DONE_MS });
    } finally {
      clearInterval(look);
    }
    const log = async (conversation: string) =>
      (await ask<{ entries: Entry[] }>('GET', `/v1/conversations/${conversation}/entries?after=0`)).entries;
    for (const { id: conversation, keys } of wanted) {
      const sent = (await log(conversation)).filter(({ kind }) => kind === 'message.sent');
      const ofScheduled = sent.filter(({ key = '' }) => keys.includes(key as (typeof keys)[number]));
      expect(ofScheduled.map(({ key }) => key)).toEqual(keys);
      expect(ofScheduled.map(({ body }) => body.text)).toEqual(keys.map((_, index) => `number ${index}`));
    }
    const due = (await log(self)).filter(({ kind }) => kind === 'reminder.due');
    expect(due.map(({ key }) => key)).toEqual(reminders);
    // A thing is off the list as soon as it is sent; that it was is told to the devices after that.
    const asSent = async () =>
      (await log(self)).flatMap(({ kind, body }) => {
        if (kind !== 'setting.set' || body.name !== 'kith:scheduled') return [];
        const { scheduled, state } = body.value as { readonly scheduled: string; readonly state: string };
        return state === 'sent' ? [scheduled] : [];
      });
    const all = [...wanted.flatMap(({ keys }) => keys), ...reminders].sort();
    await expect.poll(async () => [...new Set(await asSent())].sort(), { timeout: DONE_MS }).toEqual(all);
  } finally {
    if (server.isRunning) await server.kill();
  }
});
