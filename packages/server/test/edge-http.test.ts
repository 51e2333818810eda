import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChatError, LIMITS, REGISTRY, type RequestName, schemasOf } from '@kith/protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId, startTestEdge, type TestEdge, tokenOf } from './fixtures/edge-parts.js';
import { WsClient } from './fixtures/ws-client.js';

let shared: TestEdge;
let base: string;
const web = mkdtempSync(join(tmpdir(), 'kith-web-'));

beforeAll(async () => {
  mkdirSync(join(web, 'assets'));
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>Kith</title>');
  writeFileSync(join(web, 'assets', 'main-0a1b2c3d.js'), 'export {};');
  shared = await startTestEdge({
    webDir: web,
    publicUrl: 'https://chat.example',
    allowedOrigins: ['https://app.example'],
    metricsToken: 'metrics-token',
  });
  base = `http://127.0.0.1:${shared.edge.address.port}`;
});

afterAll(async () => {
  await shared.edge.close();
  rmSync(web, { recursive: true });
});

type Asked = {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
};

async function ask(path: string, { method = 'GET', body, headers = {} }: Asked = {}): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  return await fetch(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf()}`, ...type, ...headers },
    ...(body === undefined ? {} : { body: text }),
  });
}

type Fields = { readonly [field: string]: unknown };

async function fieldsOf(answer: Response): Promise<Fields> {
  return (await answer.json()) as Fields;
}

type Document = { readonly paths: { readonly [path: string]: { readonly [method: string]: Fields } } };

const NAMES = Object.keys(REGISTRY) as RequestName[];
const VALUES: { readonly [field: string]: unknown } = {
  ...{ key: newId(), text: 'hello', kind: 'group', members: [], name: 'name', role: 'member', value: 1, ids: newId() },
  ...{ query: 'a', users: [], status: 'away', username: 'someone', password: 'long enough indeed', epoch: 1, read: 1 },
  ...{ refreshToken: 'r', displayName: 'Someone', setting: 1, publicKey: 'PEM', code: 'c', at: 1, targets: 1 },
  ...{ bot: newId(), conversation: newId(), url: 'https://x.example', events: ['message.sent'], enabled: true },
  ...{ description: 'what it does', invocation: newId(), choices: [0], days: 1, accent: 'teal' },
};

describe('the routes', () => {
  test.each(NAMES)('%s answers on its route and is in the OpenAPI document', async (name) => {
    const { method, path, status } = REGISTRY[name];
    const { required = [] } = schemasOf(name).params as { readonly required?: readonly string[] };
    shared.chat.respond = async (command) =>
      command === 'users.read'
        ? { users: [{ id: newId() }] }
        : { summary: { id: 'made' }, conversation: 'made', invite: { id: 'made' }, duplicate: false };
    const inPath = { name: 'draft', target: '1' };
    const url = `/v1${path.replace(/:(\w+)/g, (_, field: string) => inPath[field as keyof typeof inPath] ?? newId())}`;
    const wanted = required.filter((field) => !path.includes(`:${field}`)).map((field) => `${field}=${VALUES[field]}`);
    const query = method === 'GET' || method === 'DELETE' ? `?${wanted.join('&')}` : '';
    const body = method === 'GET' || method === 'DELETE' ? undefined : VALUES;
    const answer = await ask(`${url}${query}`, { method, ...(body === undefined ? {} : { body }) });
    expect([name, answer.status]).toEqual([name, status]);
    if (status === 204) expect(await answer.text()).toBe('');
    else expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    const document = (await (await ask('/v1/openapi.json')).json()) as Document;
    const operation = document.paths[`/v1${path.replace(/:(\w+)/g, '{$1}')}`]?.[method.toLowerCase()];
    expect(operation?.operationId).toContain(name);
  });

  test.each(NAMES.filter((name) => REGISTRY[name].permission !== 'public'))('%s wants a token', async (name) => {
    const { method, path } = REGISTRY[name];
    const url = `/v1${path.replace(/:(\w+)/g, () => newId())}`;
    for (const authorization of ['', 'Bearer bad', 'Basic dTpw']) {
      const answer = await ask(url, { method, headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ code: 'unauthenticated', retry: 'same_key' });
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  test('a message is 201 the first time and 200 with duplicate the second; the key may be a header', async () => {
    const key = newId();
    const seen: unknown[] = [];
    shared.chat.respond = async (_name, params) => ({ seq: 1, duplicate: seen.push(params) > 1 });
    const path = `/v1/conversations/${newId()}/messages`;
    const first = await ask(path, { method: 'POST', body: { text: 'a' }, headers: { 'idempotency-key': key } });
    const second = await ask(path, { method: 'POST', body: { text: 'a', key } });
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(await second.json()).toEqual({ seq: 1, duplicate: true });
    expect(seen).toMatchObject([{ key }, { key }]);
    const both = await ask(path, { method: 'POST', body: { text: 'a', key }, headers: { 'idempotency-key': newId() } });
    expect(both.status).toBe(400);
    expect((await ask(path, { method: 'POST', body: { text: 'a' } })).status).toBe(400);
  });

  test('a conversation is created with its summary as the body, and one that is there is 200', async () => {
    let duplicate = false;
    shared.chat.respond = async () => ({ summary: { id: 'made' }, users: {}, duplicate });
    const body = { kind: 'direct', members: [newId()] };
    const made = await ask('/v1/conversations', { method: 'POST', body });
    expect([made.status, await made.json()]).toEqual([201, { id: 'made' }]);
    duplicate = true;
    expect((await ask('/v1/conversations', { method: 'POST', body })).status).toBe(200);
  });

  test('query fields become what the schema wants, and what does not fit is bad_request', async () => {
    const seen: unknown[] = [];
    shared.chat.respond = async (_name, params) => ({ ok: seen.push(params) });
    const conversation = newId();
    const entries = `/v1/conversations/${conversation}/entries`;
    await ask(`${entries}?epoch=3&after=10&limit=5&changesOnly=true&unknown=1`);
    await ask(`/v1/users?ids=${conversation},${conversation}`);
    expect(seen).toMatchObject([
      { conversation, epoch: 3, after: 10, limit: 5, changesOnly: true },
      { ids: [conversation, conversation] },
    ]);
    for (const query of ['limit=0', 'limit=many', 'limit=1e1', 'after=-1', 'changesOnly=maybe', 'epoch=']) {
      expect((await ask(`${entries}?${query}`)).status, query).toBe(400);
    }
    expect((await ask('/v1/users')).status).toBe(400);
    expect((await ask('/v1/users?query=a%00b')).status).toBe(400);
    expect((await ask('/v1/conversations/none/entries')).status).toBe(400);
  });

  test('the frames of the socket are taken over HTTP, tied to a stream where one is named', async () => {
    shared.chat.respond = async () => ({ presence: [] });
    const user = newId();
    const authorization = `Bearer ${tokenOf(user)}`;
    const frame = { type: 'command', id: 7, name: 'presence.watch', users: [] };
    const plain = await ask('/v1/commands', { method: 'POST', body: frame, headers: { authorization } });
    expect(await plain.json()).toEqual({ type: 'ack', id: 7, result: { presence: [] } });
    const client = new WsClient(shared.ws);
    const { connection } = await client.hello(tokenOf(user));
    const tied = { authorization, 'kith-connection': connection };
    expect((await ask('/v1/commands', { method: 'POST', body: frame, headers: tied })).status).toBe(200);
    expect(shared.chat.executed.at(-1)?.caller.stream?.id).toBe(connection);
    const other = { authorization: `Bearer ${tokenOf()}`, 'kith-connection': connection };
    expect((await ask('/v1/commands', { method: 'POST', body: frame, headers: other })).status).toBe(404);
    client.end();
    const signal = { type: 'signal', name: 'typing', conversation: newId() };
    expect((await ask('/v1/signals', { method: 'POST', body: signal })).status).toBe(204);
    expect(shared.chat.signals.at(-1)).toMatchObject({ name: 'typing' });
    const unknown = await ask('/v1/commands', { method: 'POST', body: { ...frame, name: 'no.such' } });
    expect(await unknown.json()).toMatchObject({ code: 'unknown_command', status: 400 });
    expect((await ask('/v1/commands', { method: 'POST', body: { type: 'ping' } })).status).toBe(400);
  });
});

describe('bad input', () => {
  const path = () => `/v1/conversations/${newId()}/messages`;

  test.each([
    ['text too long', JSON.stringify({ key: newId(), text: 'x'.repeat(LIMITS.text + 1) }), 413, 'too_large'],
    ['a body over the limit', JSON.stringify({ text: 'x'.repeat(LIMITS.frame) }), 413, 'too_large'],
    ['empty text', JSON.stringify({ key: newId(), text: '' }), 400, 'bad_request'],
    ['NUL', JSON.stringify({ key: newId(), text: 'a\u0000' }), 400, 'bad_request'],
    ['half a surrogate pair', `{"key":"${newId()}","text":"\\ud800"}`, 400, 'bad_request'],
    ['no JSON', '{"text":', 400, 'bad_request'],
    ['an array', '[]', 400, 'bad_request'],
    ['deep JSON', `{"a":${'['.repeat(200)}${']'.repeat(200)}}`, 400, 'bad_request'],
    ['a prototype key', `{"key":"${newId()}","text":"a","__proto__":{"x":1}}`, 400, 'bad_request'],
  ])('%s is refused with its code, and nothing is executed', async (...[, body, status, code]) => {
    const before = shared.chat.executed.length;
    const answer = await ask(path(), { method: 'POST', body });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await answer.json()).toMatchObject({ code, status });
    expect(shared.chat.executed).toHaveLength(before);
  });

  test('other types of body, other methods and other paths are refused, each with its status', async () => {
    const form = await ask(path(), { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } });
    expect([form.status, (await fieldsOf(form)).code]).toEqual([415, 'bad_request']);
    const method = await ask('/v1/me', { method: 'PUT', body: {} });
    expect([method.status, (await fieldsOf(method)).code]).toEqual([405, 'bad_request']);
    expect(method.headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'PATCH']);
    const nowhere = await ask('/v1/nowhere');
    expect([nowhere.status, (await fieldsOf(nowhere)).code]).toEqual([404, 'not_found']);
    expect((await ask('/v1/users/%zz')).status).toBe(400);
  });

  test('too many requests are 429 with Retry-After', async () => {
    const take = () => ({ ok: false, retryAfterMs: 1_500 }) as const;
    const limited = await startTestEdge({}, { throttle: { take } });
    const answer = await fetch(`${limited.api}/me`, { headers: { authorization: `Bearer ${tokenOf()}` } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await answer.json()).toMatchObject({ code: 'rate_limited', retry: 'same_key', retryAfterMs: 1_500 });
    await limited.edge.close();
  });

  test('an error of the server shows nothing of itself, and the log has it under the request id', async () => {
    shared.chat.respond = () => Promise.reject(new TypeError('the password is hunter2'));
    const answer = await ask('/v1/settings', { headers: { 'x-request-id': 'my-request-1' } });
    const text = await answer.text();
    expect(answer.status).toBe(503);
    expect(text).not.toMatch(/hunter2|TypeError|\.ts|\.js/);
    expect(answer.headers.get('x-request-id')).toBe('my-request-1');
    const logged = shared.lines.filter((line) => line.includes('"level":"error"')).at(-1);
    expect(JSON.parse(logged ?? '')).toMatchObject({ request: 'my-request-1', name: 'settings.read' });
    shared.chat.respond = () => Promise.reject(new ChatError('not_found', 'no such conversation'));
    expect((await ask(`/v1/conversations/${newId()}`)).status).toBe(404);
  });
});

describe('headers', () => {
  test.each([
    ['/', 200],
    ['/healthz', 200],
    ['/docs', 200],
    ['/v1/nowhere', 404],
    ['/v1/me', 401],
    ['/v1/users/%zz', 400],
  ])('%s carries the security headers and a request id', async (path, status) => {
    const answer = await fetch(`${base}${path}`);
    expect(answer.status).toBe(status);
    const { headers } = answer;
    expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
    if (path.startsWith('/v1')) expect(headers.get('cache-control')).toBe('no-store');
  });

  test('a page of another origin can change nothing; one that is allowed can, and may read the answer', async () => {
    shared.chat.respond = async () => ({});
    const before = shared.chat.executed.length;
    const send = (origin: string) =>
      ask('/v1/presence', { method: 'PUT', body: { status: 'away' }, headers: { origin } });
    for (const origin of ['https://evil.example', 'null', 'https://app.example.evil.example']) {
      const answer = await send(origin);
      expect([answer.status, (await fieldsOf(answer)).code]).toEqual([403, 'forbidden']);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(shared.chat.executed).toHaveLength(before);
    for (const origin of ['https://app.example', 'https://chat.example', base]) {
      const answer = await send(origin);
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin]);
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  test('a preflight is answered for an allowed origin alone', async () => {
    const preflight = (origin: string) =>
      fetch(`${base}/v1/me`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PATCH' } });
    const allowed = await preflight('https://app.example');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(allowed.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect((await preflight('https://evil.example')).status).toBe(403);
  });
});

describe('the page and the probes', () => {
  test('files come with an ETag; hashed names are kept; nothing outside the directory is served', async () => {
    const page = await fetch(`${base}/`);
    expect([page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
      'text/html; charset=utf-8',
      'no-cache',
    ]);
    const again = await fetch(`${base}/`, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const script = await fetch(`${base}/assets/main-0a1b2c3d.js`);
    expect(script.headers.get('cache-control')).toContain('immutable');
    for (const path of ['/assets/', '/some/page', '/..%2f..%2fetc/passwd', '/assets/..%5c..%5cindex.html']) {
      expect((await fetch(`${base}${path}`)).status, path).toBe(404);
    }
  });

  test('who comes with a browser to a path that there is not gets the page, with a 404; the API stays JSON', async () => {
    const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const page = await fetch(`${base}/some/page`, { headers });
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      404,
      'text/html; charset=utf-8',
      '<!doctype html><title>Kith</title>',
    ]);
    for (const path of ['/v1', '/v1/nowhere'])
      expect((await fetch(`${base}${path}`, { headers })).headers.get('content-type')).toMatch(/problem\+json/);
  });

  test('the page about the API needs neither script nor inline style', async () => {
    const html = await (await fetch(`${base}/docs`)).text();
    expect(html).toContain('POST</span> <code>/v1/conversations/{conversation}/messages');
    expect(html).not.toMatch(/<script|style="|<style|\son\w+="/);
    expect((await fetch(`${base}/docs/style.css`)).headers.get('content-type')).toBe('text/css; charset=utf-8');
  });

  test('[H6] the document site, where it is built, is below /docs with the page about the API in it', async () => {
    const docs = mkdtempSync(join(tmpdir(), 'kith-docs-'));
    mkdirSync(join(docs, 'assets'));
    writeFileSync(join(docs, 'index.html'), '<!doctype html><title>What it is</title>');
    writeFileSync(join(docs, 'api.html'), '<!doctype html><title>HTTP API</title>');
    writeFileSync(join(docs, 'assets', 'site-0a1b2c3d.css'), 'p {}');
    const { edge } = await startTestEdge({ webDir: web, docsDir: docs });
    const at = (path: string) => fetch(`http://127.0.0.1:${edge.address.port}${path}`, { redirect: 'manual' });
    try {
      const bare = await at('/docs');
      expect([bare.status, bare.headers.get('location')]).toEqual([308, '/docs/']);
      for (const path of ['/docs/', '/docs/index.html']) expect(await (await at(path)).text()).toContain('What it is');
      expect(await (await at('/docs/api.html')).text()).toContain('HTTP API');
      expect((await at('/docs/assets/site-0a1b2c3d.css')).headers.get('cache-control')).toContain('immutable');
      expect((await at('/v1/openapi.json')).status).toBe(200);
      expect(await (await at('/')).text()).toContain('<title>Kith</title>');
      expect((await at('/docs/nowhere.html')).status).toBe(404);
    } finally {
      await edge.close();
      rmSync(docs, { recursive: true });
    }
  });

  test("the metrics are for this machine or for who has the token, and have no one's text", async () => {
    const metrics = (headers: { [name: string]: string }) => fetch(`${base}/metrics`, { headers });
    const forwarded = { 'x-forwarded-for': '203.0.113.1' };
    expect((await metrics(forwarded)).status).toBe(403);
    expect((await metrics({ ...forwarded, authorization: 'Bearer wrong' })).status).toBe(403);
    expect((await metrics({ ...forwarded, authorization: 'Bearer metrics-token' })).status).toBe(200);
    const text = await (await metrics({})).text();
    expect(text).toMatch(/^kith_connections \d+$/m);
    expect(text).toContain('kith_requests_total{name="message.send",code="ok"}');
    expect(text).toContain('# TYPE kith_frames_sent_total counter');
  });

  test('readiness says why not', async () => {
    const unready = await startTestEdge({}, { isReady: () => ({ ready: false, reason: 'no database' }) });
    const answer = await fetch(unready.api.replace('/v1', '/readyz'));
    expect([answer.status, await answer.json()]).toEqual([503, { ready: false, reason: 'no database' }]);
    expect((await fetch(unready.api.replace('/v1', '/healthz'))).status).toBe(200);
    await unready.edge.close();
  });

  test('a workspace that is not there is not_found before there is a token', async () => {
    const asked: unknown[] = [];
    const workspaceOf = async (hint: unknown) => {
      asked.push(hint);
      return null;
    };
    const lost = await startTestEdge({}, { workspaceOf });
    const answer = await fetch(`${lost.api}/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'kith-workspace': 'other' },
      body: JSON.stringify({ username: 'a', password: 'b' }),
    });
    expect([answer.status, asked]).toEqual([404, [{ name: 'other', host: '127.0.0.1' }]]);
    await lost.edge.close();
  });
});
