// Texts that try to be something else: SQL, patterns, paths, headers, templates, commands. Put into every field of every
// request, they are refused with a clear code, or kept and given back exactly as they were written; no statement breaks
// (the log of the real process has no error), nothing is found that was not asked for, and no table is gone.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { REGISTRY, type RequestName } from '@kith/protocol';
import { gatherParams } from '@kith/server/edge/request-params';
import { REQUESTS, type Scene } from '@kith/testkit/conformance/routes';
import { told } from '@kith/testkit/conformance/told';
import { World } from '@kith/testkit/conformance/world';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RealServer, startRealServer } from './fixtures/real-server.js';
import { type Fields, httpRequest } from './fixtures/registry-request.js';

const NAMES = Object.keys(REGISTRY) as RequestName[];
const TEXTS = [
  `'; DROP TABLE entry; --`,
  `' OR '1'='1`,
  `' OR 1=1 --`,
  `1); DELETE FROM account; --`,
  `' UNION SELECT password_hash FROM credential --`,
  `\\'; SELECT pg_sleep(60); --`,
  `'||(SELECT pg_sleep(60))||'`,
  `$$; DROP TABLE session; $$`,
  `$1`,
  `%`,
  `_`,
  `%' OR name LIKE '%`,
  `\\`,
  `"`,
  `{"$ne":null}`,
  `__proto__`,
  `../../../../etc/passwd`,
  `..%2f..%2f..%2fetc%2fpasswd`,
  `file:///etc/passwd`,
  `x\r\nX-Injected: yes\r\n\r\n`,
  `\${7*7} {{7*7}} <%= 7*7 %> #{7*7}`,
  `$(id) \`id\` ; id | id & id`,
  `%s%n%x%d`,
  `*)(uid=*))(|(uid=*`,
];
const PATHS = [
  ...['/../../../../etc/passwd', '/..%2f..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/package.json', '//etc/passwd'],
  ...['/assets/../../package.json', '/assets/..%2f..%2fpackage.json', '/..\\..\\package.json', '/%5c..%5cpackage.json'],
  ...['/.git/config', '/kith.config.json', '/docs/../v1/../../package.json', '/index.html%00.js'],
];

/** Of the texts, so many are tried in one field. */
const SHARES = 10;
/** Requests at a time. */
const ABREAST = 6;

type Parts = { readonly server: RealServer; readonly world: World; readonly scene: Scene };

const opened: { parts?: Parts } = {};

function parts(): Parts {
  if (!opened.parts) throw new Error('the server is not there yet');
  return opened.parts;
}

beforeAll(async () => {
  const server = await startRealServer({ RATE_FACTOR: '1000', TRUSTED_PROXIES: '127.0.0.1' });
  const world = new World(() => server.url);
  await world.fill(14);
  const [ann, ben, cid] = world.people(3);
  if (!ann || !ben || !cid) throw new Error('three are wanted');
  const group = await world.group(ann, [ben]);
  opened.parts = { server, world, scene: { world, group, ann, ben, cid, connection: '' } };
});

afterAll(async () => {
  await opened.parts?.world.leave();
  await opened.parts?.server.stop();
});

async function tables(): Promise<readonly unknown[]> {
  return parts().server.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`);
}

async function countOf(table: 'account' | 'session' | 'entry'): Promise<number> {
  const [row] = await parts().server.query(`SELECT count(*)::int AS rows FROM ${table}`);
  return Number(row?.rows);
}

/** Lines of the log that say that something went wrong within. */
function errors(): readonly string[] {
  const lines = parts().server.printed().split('\n');
  return lines.filter((line) => line.includes('"level":"error"'));
}

/** A good request of `ann`'s, field by field. */
async function fieldsOf(name: RequestName): Promise<Fields> {
  const { path = {}, query = '', body } = await REQUESTS[name](parts().scene);
  return gatherParams(name, {
    path: Object.fromEntries(Object.entries(path).map(([field, value]) => [field, String(value)])),
    query: Object.fromEntries(new URLSearchParams(query)),
    body: body === undefined ? undefined : JSON.stringify(body),
    idempotencyKey: undefined,
  });
}

/** Whoever comes from a new address is not held back for what others have tried. */
const fromElsewhere = () => ({ 'x-forwarded-for': `2001:db8:${randomBytes(2).toString('hex')}::1` });

/** What is kept: the names of the tables, and how much is in those that only grow here. */
async function kept() {
  return { tables: await tables(), counts: await Promise.all((['entry', 'account', 'session'] as const).map(countOf)) };
}

/** A sixth of the texts, others for the next field; all of them in the nightly run. */
function textsFor(field: number): readonly string[] {
  if (process.env.NIGHTLY !== undefined) return TEXTS;
  return TEXTS.filter((_, index) => index % SHARES === field % SHARES);
}

/** The statuses with which a request is answered that has these texts in each of its fields. */
async function answersTo(name: RequestName): Promise<ReadonlySet<number>> {
  const { world, scene } = parts();
  const who = REGISTRY[name].permission === 'public' ? null : scene.ann;
  const fields = await fieldsOf(name);
  const statuses = new Set<number>();
  const tries = Object.entries(fields).flatMap(([field, value], index) =>
    textsFor(index).map((text) => ({ field, value, text })),
  );
  while (tries.length > 0) {
    const asked = tries.splice(0, ABREAST).map(async ({ field, value, text }) => {
      const { route, body } = httpRequest(name, { ...fields, [field]: Array.isArray(value) ? [text] : text });
      const headers = fromElsewhere();
      const answer = await world.askOnce(who, route, body === undefined ? { headers } : { body, headers });
      expect(answer.headers.get('x-injected')).toBeNull();
      statuses.add(answer.status);
    });
    await Promise.all(asked);
  }
  return statuses;
}

describe('in every field of', () => {
  test.each(NAMES)('%s: refused or taken, and no statement breaks', { timeout: 180_000 }, async (name) => {
    const before = await kept();
    const statuses = new Set(await answersTo(name));
    // Who tries many passwords of one person is held back.
    if (name === 'session.create') statuses.delete(429);
    for (const status of statuses) expect([200, 201, 204, 400, 401, 403, 404, 409, 413]).toContain(status);
    expect(errors()).toEqual([]);
    const after = await kept();
    expect(after.tables).toEqual(before.tables);
    after.counts.forEach((count, index) => {
      expect(count).toBeGreaterThanOrEqual(Number(before.counts[index]));
    });
  });
});

describe('what people may write is given back exactly as it was written', () => {
  test.each(TEXTS)('%j', async (text) => {
    const { world, scene } = parts();
    const { ann, ben, group } = scene;
    const { seq } = await world.send(ann, group.id, text);
    const { entries } = await world.do<{ entries: object[] }>(
      ben,
      `GET /v1/conversations/${group.id}/entries?epoch=${group.epoch}&after=${seq - 1}&limit=1`,
    );
    expect(entries).toEqual([expect.objectContaining({ seq, body: { text } })]);
    await world.do(ann, `PATCH /v1/conversations/${group.id}`, { name: text });
    expect((await world.summary(ben, group.id)).summary.name).toBe(text);
    await world.do(ann, 'PATCH /v1/me', { displayName: text, avatar: text });
    expect(await world.do(ben, `GET /v1/users/${ann.id}`)).toMatchObject({ name: text, avatar: text });
    const found = await world.do<{ users: { id: string; kind: string }[] }>(
      ben,
      `GET /v1/users?query=${encodeURIComponent(text)}`,
    );
    expect(found.users.filter(({ id, kind }) => id !== ann.id && kind !== 'bot')).toEqual([]);
    if (text !== '__proto__') {
      await world.do(ann, `PUT /v1/settings/${encodeURIComponent(text)}`, { value: [text] });
      expect((await world.do<{ values: object }>(ann, 'GET /v1/settings')).values).toHaveProperty([text], [text]);
    }
    const { username, password } = ann;
    const signIn = { body: { username, password, device: text } };
    const { body } = await world.ask<{ session: string }>(null, 'POST /v1/sessions', signIn);
    const { items } = await world.do<{ items: object[] }>(ann, 'GET /v1/sessions');
    expect(items).toContainEqual(expect.objectContaining({ id: body.session, device: text }));
  });
});

describe('nobody is signed in, or found, by', () => {
  test.each(TEXTS)('%j', async (text) => {
    const { world, scene } = parts();
    const { ann, ben } = scene;
    await world.do(ann, 'PATCH /v1/me', { displayName: 'Ann' });
    const signIn = async (username: string, password: string) =>
      (await world.askOnce(null, 'POST /v1/sessions', { body: { username, password }, headers: fromElsewhere() })).body
        .code;
    expect(await signIn(text, ben.password)).toBe('unauthenticated');
    expect(await signIn(`${ben.username}${text}`, ben.password)).toBe('unauthenticated');
    // After a few, the account is guarded.
    expect(['unauthenticated', 'rate_limited']).toContain(await signIn(ben.username, text));
    const { users } = await world.do<{ users: { kind: string }[] }>(
      ben,
      `GET /v1/users?query=${encodeURIComponent(text)}`,
    );
    // A bot may have been given it for a name.
    expect(users.filter(({ kind }) => kind !== 'bot')).toEqual([]);
    for (const header of ['kith-workspace', 'kith-connection', 'authorization']) {
      if (/[\r\n]/.test(text)) continue;
      const route = header === 'kith-workspace' ? 'POST /v1/sessions' : 'PUT /v1/presence';
      const body =
        header === 'kith-workspace' ? { username: ben.username, password: ben.password } : { status: 'away' };
      const asked = { body, headers: { [header]: text } };
      const answer = await world.ask(header === 'kith-connection' ? ben : null, route, asked);
      expect([header, answer.status]).toEqual([header, header === 'authorization' ? 401 : 404]);
    }
    expect(errors()).toEqual([]);
  });
});

test('whether an account exists is not told by the answer at the sign-in', async () => {
  const { world } = parts();
  const answerTo = async (username: string) => {
    const asked = { body: { username, password: 'a wrong password 77' }, headers: fromElsewhere() };
    return JSON.stringify(told(await world.ask(null, 'POST /v1/sessions', asked)));
  };
  const answers = new Set<string>();
  // Of somebody whose account nobody has guessed at.
  answers.add(await answerTo(world.alone().username));
  answers.add(await answerTo(`nobody${randomBytes(6).toString('hex')}`));
  expect([...answers]).toEqual([expect.stringContaining('unauthenticated')]);
});

test.each(PATHS)('the path %s leads to no file', async (path) => {
  const socket = connect(Number(new URL(parts().server.url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (part: Buffer) => (answer += part.toString()));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await new Promise((resolve) => socket.once('close', resolve));
  expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
  expect(answer).not.toMatch(/root:|"workspaces"|\[core\]/);
});

test('a request id that is none of ours is not given back', async () => {
  const { world } = parts();
  for (const text of TEXTS.filter((each) => !/[\r\n]|^__/.test(each))) {
    const answer = await world.ask(null, 'GET /healthz', { headers: { 'x-request-id': text } });
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{16}$/);
  }
});
