// `kith user` and `kith workspace`, as somebody runs them beside a server: what they do holds in the server at once, or within
// the five seconds that its change feed takes.
import { request } from '@kith/testkit/faults/account';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { within } from '@kith/testkit/faults/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WsClient } from '../../../packages/server/test/fixtures/ws-client.js';
import { type DataDirectory, makeDataDirectory } from './fixtures/data-directory.js';
import { kith } from './fixtures/kith.js';

const PASSWORD = 'seven tall herons 41';
const SOON_MS = 5_000;

type SignedIn = { readonly accessToken: string; readonly session: string; readonly user: { readonly id: string } };

let data: DataDirectory;
let server: ServerProcess;

const run = async (line: readonly string[], input = '') => {
  const said = await kith(line, { environment: { DATA_DIR: data.path }, input });
  return { ...said, json: () => JSON.parse(said.out) as { readonly [name: string]: unknown } };
};
const signIn = (username: string, password: string, device = 'a telephone') =>
  request<SignedIn>(server.url, { method: 'POST', path: '/v1/sessions', body: { username, password, device } });
const connected = async ({ accessToken }: SignedIn) => {
  const client = new WsClient(`${server.url.replace('http', 'ws')}/v1/ws`);
  await client.hello(accessToken);
  return client;
};

beforeAll(async () => {
  data = await makeDataDirectory();
  // Before a server has ever run: the database is made for it.
  expect(
    await run(['user', 'create', 'olive', '--owner', '--name', 'Olive Oak', '--password-stdin'], `${PASSWORD}\n`),
  ).toMatchObject({ code: 0, out: 'olive was made, as owner.\n' });
  server = await ServerProcess.start({
    entry: ENTRIES.server,
    environment: { DATA_DIR: data.path, LOG_LEVEL: 'warn' },
  });
});
afterAll(async () => {
  await server?.end();
  await data.remove();
  expect(await leftovers()).toEqual([]);
});

describe('kith user', () => {
  it('makes people who sign in, with a password that was given or is shown once', async () => {
    const owner = await signIn('olive', PASSWORD);
    expect(await request(server.url, { method: 'GET', path: '/v1/me', token: owner.accessToken })).toMatchObject({
      username: 'olive',
      name: 'Olive Oak',
      workspaceRole: 'owner',
    });
    const { code, out } = await run(['user', 'create', 'mara']);
    expect(code).toBe(0);
    const [, drawn = ''] = /shown this once: (\S+)$/m.exec(out) ?? [];
    await signIn('mara', drawn);
    const { json } = await run(['user', 'create', 'second', '--owner', '--json']);
    expect(json()).toMatchObject({ username: 'second', role: 'owner', password: expect.any(String) });
  });

  it.each([
    ['a name that is taken', ['user', 'create', 'OLIVE'], '', 'taken'],
    ['a name that is none', ['user', 'create', 'no spaces'], '', 'username'],
    ['a password that is guessed', ['user', 'create', 'weak', '--password-stdin'], 'password123\n', 'choose another'],
    ['nobody of that name', ['user', 'disable', 'nobody'], '', 'nobody has the username nobody'],
    ['another workspace', ['user', 'list', '--workspace', 'other'], '', 'no workspace named other'],
  ])('refuses %s, and says so', async (...[, line, input, sentence]) => {
    expect(await run(line, input)).toMatchObject({ code: 1, out: '', err: expect.stringContaining(sentence) });
  });

  it('ends sessions, one or all, on a server that runs', async () => {
    await run(['user', 'create', 'sandra', '--password-stdin'], PASSWORD);
    const [first, second, third] = [
      await signIn('sandra', PASSWORD, 'one'),
      await signIn('sandra', PASSWORD, 'two'),
      await signIn('sandra', PASSWORD, 'three'),
    ];
    const clients = [await connected(first), await connected(second), await connected(third)];
    const { json } = await run(['user', 'sessions', 'sandra', '--json']);
    expect(json().sessions).toHaveLength(3);
    expect((await run(['user', 'sessions', 'sandra', '--end', first.session])).out).toBe('1 session ended.\n');
    await within('the first is closed', clients[0]?.closed ?? Promise.reject(new Error()), SOON_MS);
    expect(clients[1]?.socket.readyState).toBe(1);
    expect((await run(['user', 'sessions', 'sandra', '--end', first.session])).code).toBe(1);
    expect((await run(['user', 'sessions', 'sandra', '--end', 'all', '--json'])).json()).toMatchObject({ ended: 2 });
    await within('all are closed', Promise.all(clients.map(({ closed }) => closed)), SOON_MS);
    const asked = request(server.url, { method: 'GET', path: '/v1/me', token: third.accessToken });
    await expect(asked).rejects.toMatchObject({ status: 401 });
  });

  it('gives a new password: the old one and every session are over', async () => {
    await run(['user', 'create', 'rosa', '--password-stdin'], PASSWORD);
    const client = await connected(await signIn('rosa', PASSWORD));
    const { code, json } = await run(['user', 'reset-password', 'Rosa', '--json']);
    expect(code).toBe(0);
    expect(json()).toMatchObject({ ended: 1 });
    await within('the session is closed', client.closed, SOON_MS);
    await expect(signIn('rosa', PASSWORD)).rejects.toMatchObject({ status: 401 });
    await signIn('rosa', String(json().password));
  });

  it('disables and enables: sessions end, sign-in is refused, and allowed again', async () => {
    await run(['user', 'create', 'dora', '--password-stdin'], PASSWORD);
    const client = await connected(await signIn('dora', PASSWORD));
    expect(await run(['user', 'disable', 'dora'])).toMatchObject({ code: 0 });
    await within('the session is closed', client.closed, SOON_MS);
    await expect(signIn('dora', PASSWORD)).rejects.toMatchObject({ status: 403 });
    expect((await run(['user', 'list'])).out).toMatch(/^dora +member +disabled /m);
    expect((await run(['user', 'disable', 'dora'])).code).toBe(0);
    expect((await run(['user', 'enable', 'dora'])).code).toBe(0);
    await signIn('dora', PASSWORD);
  });

  it('keeps an owner who may sign in', async () => {
    expect((await run(['user', 'disable', 'second'])).code).toBe(0);
    expect(await run(['user', 'disable', 'olive'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('keeps an owner'),
    });
    await signIn('olive', PASSWORD);
  });
});

it('kith workspace says which one it is, who may come in, and how much there is', async () => {
  const { out } = await run(['workspace']);
  expect(out).toMatch(/^name +default$/m);
  expect(out).toMatch(/^sign-up +open \(SIGN_UP\)$/m);
  const { json } = await run(['workspace', '--json']);
  expect(json()).toMatchObject({
    name: 'default',
    isOwned: true,
    policy: { signUp: 'open' },
    counts: { people: 5, owners: 1, deactivated: 1, bots: 0, messages: 0 },
  });
});
