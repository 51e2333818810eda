// What is tried beneath the requests, against a real listening edge: forms of other pages, streams of other origins,
// compressed bombs, bodies that come drop by drop, floods of headers, two requests in one, and thousands of random requests.
// Each is refused in plain words or not understood; somebody else is served meanwhile, and no error of our own comes of it.
import { connect } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { REGISTRY, type RequestName, schemasOf } from '@kith/protocol';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { newId, startTestEdge, type TestEdge, tokenOf } from './fixtures/edge-parts.js';
import { FUZZED_HEADERS, FUZZED_PIECES, REQUEST_CORPUS } from './fixtures/request-corpus.js';
import { handshake, maskedFrame, WsClient } from './fixtures/ws-client.js';

let shared: TestEdge;
const clients: WsClient[] = [];
const SEED = Number(process.env.FUZZ_SEED ?? 20_262);
const RUNS = process.env.NIGHTLY === undefined ? 150 : 2_000;

beforeAll(async () => {
  shared = await startTestEdge({ headersTimeoutMs: 500, requestTimeoutMs: 500 });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.end();
});
afterAll(() => shared.edge.close());

const ourErrors = () => shared.lines.filter((line) => line.includes('"level":"error"'));

/** All that comes back until the other side hangs up, or for so long as it says nothing. */
function raw(text: string | Buffer, quietMs = 10_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(shared.edge.address.port, '127.0.0.1');
    let answer = '';
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on('data', (part: Buffer) => (answer += part.toString('latin1')));
    socket.on('error', () => {}).once('close', () => resolve(answer));
    socket.write(text);
  });
}

async function servesOthers(): Promise<void> {
  const answer = await fetch(`${shared.api}/me`, { headers: { authorization: `Bearer ${tokenOf()}` } });
  expect(answer.status).toBe(200);
}

describe('another page', () => {
  const url = () => `${shared.api}/conversations/${newId()}/messages`;
  const text = () => JSON.stringify({ key: newId(), text: 'x' });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; a=application/json',
  ])('sends no form of the type %s, even where it knew a token', async (type) => {
    const before = shared.chat.executed.length;
    const headers = { authorization: `Bearer ${tokenOf()}`, 'content-type': type };
    const answer = await fetch(url(), { method: 'POST', headers, body: text() });
    expect([answer.status, shared.chat.executed.length]).toEqual([415, before]);
  });

  test('is nobody by its cookies, and changes nothing by the methods of a form', async () => {
    const headers = { cookie: `token=${tokenOf()}; session=${tokenOf()}`, 'content-type': 'application/json' };
    expect((await fetch(url(), { method: 'POST', headers, body: text() })).status).toBe(401);
    const authorized = { authorization: `Bearer ${tokenOf()}`, 'x-http-method-override': 'DELETE' };
    const before = shared.chat.executed.length;
    await fetch(`${url()}?_method=DELETE`, { headers: authorized });
    expect(shared.chat.executed.slice(before).map(({ name }) => name)).toEqual(['messages.read']);
  });

  test.each(['https://evil.example', 'null', 'http://127.0.0.1.evil.example', 'https://127.0.0.1'])(
    'opens no stream of any kind from the origin %s, with a good ticket too',
    async (origin) => {
      const client = new WsClient(shared.ws, 'kith.v1', { origin });
      clients.push(client);
      expect(await client.closed).toBe(1006);
      const authorization = `Bearer ${tokenOf()}`;
      for (const more of ['', '&poll=1']) {
        const made = await fetch(`${shared.api}/tickets`, { method: 'POST', headers: { authorization } });
        const { ticket } = (await made.json()) as { ticket: string };
        const answer = await fetch(`${shared.api}/events?ticket=${ticket}${more}`, { headers: { origin } });
        expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      }
      expect(shared.edge.connections()).toBe(0);
    },
  );
});

describe('operators in place of values', () => {
  const NAMES = Object.keys(REGISTRY) as RequestName[];
  const WITH_BODY = NAMES.filter((name) => !['GET', 'DELETE'].includes(REGISTRY[name].method));

  test.each(WITH_BODY)('%s takes none of them', async (name) => {
    const { method, path } = REGISTRY[name];
    const { required = [] } = schemasOf(name).params as { readonly required?: readonly string[] };
    const fields = required.filter((field) => !path.includes(`:${field}`) && field !== 'value');
    for (const field of fields) {
      for (const operator of [{ $ne: null }, { $gt: '' }, { $where: 'sleep(9000)' }, [{ $regex: '.*' }]]) {
        const before = shared.chat.executed.length;
        const url = `${shared.api}${path.replace(/:(\w+)/g, (_, of) => (of === 'name' ? 'x' : newId()))}`;
        const headers = { authorization: `Bearer ${tokenOf()}`, 'content-type': 'application/json' };
        const answer = await fetch(url, { method, headers, body: JSON.stringify({ [field]: operator }) });
        expect([field, answer.status, shared.chat.executed.length]).toEqual([field, 400, before]);
      }
    }
  });
});

describe('bombs', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('a body that is compressed by %s is never unpacked, a good one neither', async (encoding, compress) => {
    const good = JSON.stringify({ username: 'someone', password: 'nine blue doors 52' });
    // Its 64 MiB take 64 KiB at most.
    for (const text of [good, ' '.repeat(64 * 1_048_576)]) {
      const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
      const body = new Uint8Array(compress(text));
      const answer = await fetch(`${shared.api}/sessions`, { method: 'POST', headers, body });
      expect([400, 413, 415]).toContain(answer.status);
    }
    await servesOthers();
  });

  test('compression of a WebSocket is not agreed to, and a frame that is compressed after all ends it', async () => {
    const opening = handshake('/v1/ws').replace(
      'Sec-WebSocket-Version',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\nSec-WebSocket-Version',
    );
    const compressed = maskedFrame('xxxx');
    compressed[0] = 0xc1;
    const answer = await raw(Buffer.concat([Buffer.from(opening), compressed]));
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
    expect(answer.toLowerCase()).not.toContain('sec-websocket-extensions');
    // The close frame says 4400.
    expect(answer).toContain('\x11\x30');
    expect(shared.edge.connections()).toBe(0);
  });
});

describe('slowness', () => {
  test('a body that comes drop by drop ends with its connection, and holds nobody up', async () => {
    const head = `POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n`;
    const startedMs = performance.now();
    const ended = Array.from({ length: 50 }, () => {
      const socket = connect(shared.edge.address.port, '127.0.0.1', () => socket.write(head));
      const drops = setInterval(() => void (socket.writable && socket.write(' ')), 50);
      return new Promise<void>((resolve) => {
        socket.on('error', () => {}).on('data', () => {});
        socket.once('close', () => {
          clearInterval(drops);
          resolve();
        });
      });
    });
    await servesOthers();
    await Promise.all(ended);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});

describe('heads', () => {
  const get = (fields: string) => `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`;

  test.each([
    ['of many small fields', Array.from({ length: 5_000 }, (_, at) => `X-${at}: 1\r\n`).join('')],
    ['of one large field', `X-Much: ${'x'.repeat(20_000)}\r\n`],
    ['of one large name', `${'X'.repeat(20_000)}: 1\r\n`],
  ])('%s are refused with 431', async (_, fields) => {
    expect(await raw(get(fields))).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('that never end cost no more than one that is too large', async () => {
    const flood = Buffer.from(get(`X-Much: ${'x'.repeat(1_000_000)}`));
    const answers = await Promise.all(Array.from({ length: 30 }, () => raw(flood)));
    for (const answer of answers) expect(answer).toMatch(/^(?:HTTP\/1\.1 431 |$)/);
    await servesOthers();
  });

  const second = 'GET /v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n';
  test.each([
    ['a length and chunks', `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`],
    ['two lengths', `Content-Length: 0\r\nContent-Length: 44\r\n\r\n${second}`],
    ['a length that is none', `Content-Length: +0\r\n\r\n${second}`],
    ['chunks that are not named last', `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${second}`],
    ['a folded field', `X-A: 1\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${second}`],
    ['a space before the colon', `Content-Length : 0\r\n\r\n${second}`],
    ['bare line feeds', `Content-Length: 0\n\n${second}`],
  ])('with %s hide no second request', async (_, rest) => {
    const answer = await raw(`POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${rest}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(1);
  });

  test('that name another host, or are to be echoed, come back nowhere', async () => {
    for (const request of [
      'GET /nowhere HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n',
      'TRACE / HTTP/1.1\r\nHost: x\r\nX-Evil: evil.example\r\nConnection: close\r\n\r\n',
      'GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
    ])
      expect(await raw(request)).not.toContain('evil.example');
  });
});

describe('garbage over HTTP', () => {
  const piece = fc.oneof(fc.constantFrom(...FUZZED_PIECES), fc.string({ maxLength: 12, unit: 'binary' }));
  const paths = Object.values(REGISTRY).map(({ path }) => `/v1${path}`);
  const path = fc
    .tuple(fc.constantFrom('/', '/docs', '/v1/events', '/metrics', ...paths), fc.array(piece, { maxLength: 3 }))
    .map(([at, pieces]) => at.replace(/:\w+/g, () => encodeURIComponent(pieces[0] ?? newId())) + pieces.join(''));
  const header = fc.tuple(fc.constantFrom(...FUZZED_HEADERS), piece).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = fc.oneof(fc.json(), fc.constantFrom('', ...FUZZED_PIECES), fc.string({ unit: 'binary' }));
  const request = fc
    .record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'PROPFIND', '{'),
      path: path.map((text) => text.replace(/[\s]/g, '%20')),
      headers: fc.array(header, { maxLength: 4 }),
      isKnown: fc.boolean(),
      body,
    })
    .map((of) => {
      const who = of.isKnown ? `Authorization: Bearer ${tokenOf()}\r\n` : '';
      const length = `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(of.body)}\r\n`;
      const head = `${of.method} ${of.path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
      return `${head}${who}${of.headers.join('')}${length}\r\n${of.body}`;
    });

  async function isWellAnswered(text: string): Promise<void> {
    const answer = await raw(text);
    // Nothing at all is for what is not even the beginning of HTTP, or a stream that said nothing yet.
    if (answer !== '') expect(answer).toMatch(/^HTTP\/1\.1 (?:2\d\d|30\d|4\d\d|503) /);
    expect(answer).not.toMatch(/node_modules|at \w+ \(|\.ts:\d+/);
    expect(ourErrors()).toEqual([]);
  }

  test.each(REQUEST_CORPUS)('what once was found is answered: %j', isWellAnswered);

  test(`every request is answered, and no error of our own comes of any (FUZZ_SEED=${SEED})`, async () => {
    await fc.assert(fc.asyncProperty(request, isWellAnswered), { numRuns: RUNS, seed: SEED });
    await servesOthers();
  }, 180_000);
});
