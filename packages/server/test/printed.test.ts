// A whole run of the real process is read for what must not be in it: no text, name, password or token of anyone, whatever
// goes wrong. Every line on standard error is a JSON object with a level; people get one sentence on standard output.
import { Account, request } from '@kith/testkit/faults/account';
import { Device, type Target } from '@kith/testkit/faults/device';
import { Ledger } from '@kith/testkit/faults/ledger';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { judgeOutput, logLinesOf } from '@kith/testkit/faults/output';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { until } from '@kith/testkit/faults/until';
import { availableServers, startPostgres } from '@kith/testkit/postgres-server';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { expect, it } from 'vitest';

const SOON = { withinMs: 20_000 };
const TEXT = 'the treasure of Whitby lies below the third step';
const SECRETS = {
  text: TEXT,
  'other text': 'nobody may read of Ravenscar either',
  username: 'winifred.hartlepool',
  'other username': 'barnaby.scarborough',
  'display name': 'Person winifred',
  'group name': 'Conspiracy of Saltburn',
  'setting value': 'draft about Robin Hoods Bay',
  'search text': 'Guisborough',
  password: 'opens-every-door-in-Yorkshire',
  'wrong password': 'opens-no-door-in-Lancashire',
  device: 'Winifreds lost telephone',
  key: 'c0ffee00-5eed-4bad-8bad-decafbadcafe',
} as const;

it('prints nothing that people wrote and nothing that opens a door, whatever goes wrong', async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
  const postgres = await startPostgres(kind);
  const url = await postgres.createDatabase();
  const environment = { DATABASE_URL: url, LOG_LEVEL: 'debug' };
  const server = await ServerProcess.start({ entry: ENTRIES.server, environment });
  const target: Target = { url: server.url, run: 1 };
  const ledger = new Ledger();
  const devices: Device[] = [];
  try {
    const { username, 'other username': otherName, password, 'wrong password': wrong } = SECRETS;
    const [one, other] = [
      await Account.signUp(server.url, { username, password }),
      await Account.signUp(server.url, { username: otherName, password }),
    ];
    const body = { kind: 'group', name: SECRETS['group name'], members: [other.user] };
    const { id } = await one.ask<{ readonly id: string }>(server.url, {
      method: 'POST',
      path: '/v1/conversations',
      body,
    });
    for (const [account, name] of [
      [one, SECRETS.device],
      [other, 'the other device'],
    ] as const) {
      const device = new Device({ name, account, ledger, random: new SeededRandom(1), target: () => target });
      devices.push(device);
      device.start();
    }
    await until('both are greeted', () => devices.every(({ isGreeted }) => isGreeted), SOON);
    const everythingShown = () => devices.every((device) => device.isSettled && device.held.get(id)?.isWhole);

    for (const text of [TEXT, SECRETS['other text']]) devices[0]?.sending.say(id, text);
    await devices[0]?.ask('setting.set', { name: 'draft', value: { text: SECRETS['setting value'] } });
    await until('everything is shown', everythingShown, SOON);

    const askings = [
      ...badRequests(server.url, { conversation: id, token: one.tokens[0] ?? '' }),
      request(server.url, { method: 'POST', path: '/v1/sessions', body: { username, password: wrong } }),
      request(server.url, {
        method: 'POST',
        path: '/v1/sessions/refresh',
        body: { refreshToken: `${one.tokens[1]}x` },
      }),
      devices[1]?.ask('message.send', { conversation: id, key: SECRETS.key, text: TEXT.repeat(1_000) }),
      devices[1]?.ask('conversation.update', { conversation: id, name: SECRETS['group name'] }),
    ];
    for (const answer of await Promise.allSettled(askings)) expect(answer.status).toBe('rejected');

    // Rows that the database refuses, connections that it cuts, a table that is gone, then no database at all.
    await postgres.query('ALTER TABLE entry ADD CONSTRAINT no_more CHECK (seq < 0) NOT VALID', url);
    await expect(devices[1]?.ask('message.send', { conversation: id, key: SECRETS.key, text: TEXT })).rejects.toThrow();
    await postgres.query('ALTER TABLE entry DROP CONSTRAINT no_more', url);
    await postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kith'");
    await postgres.query('ALTER TABLE account RENAME TO gone', url);
    const search = request(server.url, {
      method: 'GET',
      path: `/v1/users?query=${SECRETS['search text']}`,
      token: one.tokens[0] ?? '',
    });
    await expect(search).rejects.toThrow();
    await postgres.query('ALTER TABLE gone RENAME TO account', url);
    await postgres.halt();
    await expect(devices[1]?.ask('message.send', { conversation: id, key: SECRETS.key, text: TEXT })).rejects.toThrow();
    await postgres.start();
    devices[0]?.sending.say(id, TEXT);
    await until('everything is shown', everythingShown, SOON);
    await one.renew(server.url);

    expect(await server.end()).toEqual({ code: 0, signal: null });
    const { output } = server;
    const secrets = [...Object.values(SECRETS), ...one.tokens, ...other.tokens];
    expect(judgeOutput(output, secrets)).toEqual([]);
    expect(ledger.breaches).toEqual([]);
    // It did speak of all this.
    expect(logLinesOf(output.err, ['debug']).length).toBeGreaterThan(10);
    expect(logLinesOf(output.err, ['warn']).length).toBeGreaterThan(0);
    expect(logLinesOf(output.err, ['error']).length).toBeGreaterThan(0);
  } finally {
    await Promise.all(devices.map((device) => device.stop()));
    await server.kill();
    await postgres.stop();
  }
  expect(await leftovers()).toEqual([]);
});

/** Requests that are refused, each with a secret where it should not be. */
function badRequests(url: string, { conversation, token }: { readonly conversation: string; readonly token: string }) {
  const path = `/v1/conversations/${conversation}/messages`;
  const key = SECRETS.key;
  return [
    request(url, { method: 'POST', path, token, body: { key, text: `${TEXT}\0` } }),
    request(url, { method: 'POST', path, token, body: { key: TEXT, text: TEXT } }),
    request(url, { method: 'POST', path, token, body: TEXT }),
    request(url, { method: 'POST', path: '/v1/commands', token, body: { type: 'command', id: 1, name: TEXT } }),
    request(url, { method: 'GET', path: `/v1/me?token=${token}` }),
    request(url, { method: 'GET', path: `/v1/users/${encodeURIComponent(TEXT)}`, token }),
    request(url, { method: 'GET', path: `/${encodeURIComponent(SECRETS.password)}`, token }),
    request(url, { method: 'GET', path: '/v1/me', token: `${token}x` }),
  ];
}

it('finds a secret, a line that is no log line, and a sentence that nobody expects', () => {
  const line = '{"level":"info","msg":"hello"}\n';
  expect(judgeOutput({ out: 'Kith is at http://127.0.0.1:8080\n', err: line }, ['secret'])).toEqual([]);
  expect(judgeOutput({ out: '', err: `${line}a stack trace\n` }, [])).toHaveLength(1);
  expect(judgeOutput({ out: 'hello\n', err: '{"msg":"without a level"}\n' }, [])).toHaveLength(2);
  expect(judgeOutput({ out: '', err: '{"level":"warn","reason":"a secret"}\n' }, ['secret'])).toHaveLength(1);
});
