// [S175] A server that does TLS itself, as a real process with a certificate that the test makes: https and wss alone, from
// TLS 1.2 on, with HSTS on whatever it answers, and a certificate that is renewed while people talk.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, createServer, type Server } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { SILENT } from '@kith/server/core/telemetry';
import { systemClock } from '@kith/server/edge/system-clock';
import { Tls } from '@kith/server/edge/tls';
import { until } from '@kith/testkit/faults/until';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type CertificatePair, selfSigned } from './fixtures/certificate.js';
import { startTestEdge } from './fixtures/edge-parts.js';
import { askHttps, shakeHands } from './fixtures/https-client.js';
import { type RealServer, startRealServer } from './fixtures/real-server.js';
import { handshake, WsClient } from './fixtures/ws-client.js';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const HSTS = 'max-age=31536000';
const SOON = { withinMs: 20_000 };

const directory = mkdtempSync(join(tmpdir(), 'kith-tls-'));
const FILES = { TLS_CERT: join(directory, 'cert.pem'), TLS_KEY: join(directory, 'key.pem') };

function put({ cert, key }: CertificatePair): void {
  writeFileSync(FILES.TLS_CERT, cert);
  writeFileSync(FILES.TLS_KEY, key);
}

/** However it ends. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

afterAll(() => rmSync(directory, { recursive: true }));

describe('a server with a certificate', () => {
  const first = selfSigned();
  const opened: { server?: RealServer } = {};
  const clients: WsClient[] = [];

  const server = (): RealServer => {
    if (!opened.server) throw new Error('the server is not there yet');
    return opened.server;
  };
  const ask = (route: string, asked: { token?: string; body?: unknown } = {}, ca = first.cert) =>
    askHttps(server().url, route, { ca, ...asked });

  async function signUp(username: string): Promise<{ readonly id: string; readonly token: string }> {
    const body = { username, password: 'seven tall herons 41' };
    const answer = await ask('POST /v1/accounts', { body });
    expect(answer.status, answer.text).toBe(201);
    return { id: (answer.body.user as { id: string }).id, token: String(answer.body.accessToken) };
  }

  async function connected(token: string): Promise<WsClient> {
    const client = new WsClient(`${server().url.replace('https:', 'wss:')}/v1/ws`, 'kith.v1', { ca: first.cert });
    clients.push(client);
    await client.hello(token);
    return client;
  }

  /** One who talks, one who listens, and the conversation of the two. */
  async function talking() {
    const name = () => `p${Math.random().toString(36).slice(2, 12)}`;
    const [ann, ben] = [await signUp(name()), await signUp(name())];
    const body = { kind: 'direct', members: [ben.id] };
    const made = await ask('POST /v1/conversations', { token: ann.token, body });
    const [speaker, listener] = [await connected(ann.token), await connected(ben.token)];
    let said = 0;
    return async (text: string) => {
      said += 1;
      const key = `00000000-0000-4000-8000-${String(said).padStart(12, '0')}`;
      const params = { conversation: made.body.id, key, text };
      speaker.send({ type: 'command', id: said, name: 'message.send', params });
      expect((await speaker.next('ack')).id).toBe(said);
      expect((await listener.next('entry')).body).toEqual({ text });
    };
  }

  beforeAll(async () => {
    put(first);
    opened.server = await startRealServer({ ...FILES, HEADERS_TIMEOUT_MS: '1000' });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.end();
  });
  afterAll(async () => {
    await opened.server?.stop();
  });

  test('[F1] streams over HTTP come over https too', async () => {
    const { token } = await signUp('eve');
    const { body } = await ask('POST /v1/tickets', { token, body: {} });
    const opened = await ask(`GET /v1/events?wait=25&ticket=${body.ticket}`);
    expect(opened.body).toMatchObject([{ type: 'welcome' }]);
    expect(opened.headers['strict-transport-security']).toBe(HSTS);
    const { ticket } = (await ask('POST /v1/tickets', { token, body: {} })).body;
    const reading = request(`${server().url}/v1/events?ticket=${ticket}`, { ca: first.cert, agent: false }).end();
    const [answer] = (await once(reading, 'response')) as [IncomingMessage];
    let text = '';
    answer.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    await until('the welcome came', () => text.includes('"type":"welcome"'), SOON);
    expect(answer.headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8' });
    expect(answer.headers['strict-transport-security']).toBe(HSTS);
    reading.destroy();
  });

  test('says that it is at https, and people talk over https and wss alone', async () => {
    expect(server().url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const say = await talking();
    await say('nobody on the way reads this');
  });

  test('tells browsers with every answer, refusals and errors too, to use https alone', async () => {
    const { token } = await signUp('hsts');
    const answers = [
      await ask('GET /healthz'),
      await ask('GET /readyz'),
      await ask('GET /v1/me', { token }),
      await ask('GET /v1/me'),
      await ask('GET /nowhere'),
      await ask('PUT /v1/me', { token }),
      await ask('POST /v1/sessions', { body: { username: 'hsts', password: 'wrong' } }),
      await ask('GET /v1/openapi.json'),
      await ask('GET /v1/users/%zz', { token }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 401, 404, 405, 401, 200, 400]);
    for (const { headers } of answers) expect(headers['strict-transport-security']).toBe(HSTS);
    for (const text of ['NONSENSE\r\n\r\n', handshake('/v1/elsewhere')]) {
      const socket = await shakeHands(server().url, { ca: first.cert });
      let answer = '';
      socket.on('data', (part: Buffer) => (answer += part.toString()));
      socket.write(text);
      await closed(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
      expect(answer.toLowerCase()).toContain(`strict-transport-security: ${HSTS}\r\n`);
    }
  });

  test('answers nothing to plain http but an error, and goes on', async () => {
    const { port } = new URL(server().url);
    for (const text of ['GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', handshake('/v1/ws'), 'x'.repeat(100_000)]) {
      const socket = connectPlain({ host: '127.0.0.1', port: Number(port) });
      socket.on('error', () => {});
      let answer = Buffer.alloc(0);
      socket.on('data', (part: Buffer) => (answer = Buffer.concat([answer, part])));
      socket.write(text);
      await closed(socket);
      expect(answer.toString('latin1')).not.toContain('HTTP');
      // An alert of TLS, at most.
      expect(answer.length).toBeLessThan(16);
    }
    await expect(fetch(server().url.replace('https:', 'http:'))).rejects.toThrow();
    expect((await ask('GET /healthz')).status).toBe(200);
    expect(server().isRunning()).toBe(true);
  });

  test('ends who connects and never shakes hands', async () => {
    const socket = connectPlain({ host: '127.0.0.1', port: Number(new URL(server().url).port) });
    socket.on('error', () => {});
    socket.resume();
    await closed(socket);
    expect((await ask('GET /healthz')).status).toBe(200);
  });

  describe('speaks no TLS before 1.2', () => {
    /** Whoever offers these to a server that takes them is served: so a refusal is the server's. */
    const old: ConnectionOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };

    async function versionWith(url: string, options: ConnectionOptions): Promise<string> {
      const socket = await shakeHands(url, { ca: first.cert, ...options });
      const version = String(socket.getProtocol());
      socket.destroy();
      return version;
    }

    async function lenient(): Promise<{ server: Server; url: string }> {
      const lax = createServer({ ...first, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
      lax.listen(0, '127.0.0.1');
      await once(lax, 'listening');
      const address = lax.address();
      if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
      return { server: lax, url: `https://127.0.0.1:${address.port}` };
    }

    test('1.1 is refused where a lenient server takes it, 1.2 and 1.3 are taken', async () => {
      const lax = await lenient();
      try {
        expect(await versionWith(lax.url, old)).toBe('TLSv1.1');
      } finally {
        lax.server.close();
      }
      await expect(versionWith(server().url, old)).rejects.toThrow(/protocol version|unsupported protocol|alert/i);
      expect(await versionWith(server().url, { maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
      expect(await versionWith(server().url, {})).toBe('TLSv1.3');
    });
  });

  test('takes a renewed certificate over on SIGHUP, while those who are connected go on', async () => {
    const say = await talking();
    await say('before');
    const presented = async (ca: string) => (await ask('GET /healthz', {}, ca).catch(() => null))?.status === 200;
    const second = selfSigned();
    put(second);
    server().signal('SIGHUP');
    await until('the second certificate is presented', () => presented(second.cert), SOON);
    expect(await presented(first.cert)).toBe(false);
    await say('after');

    // What is no good leaves the second one in place, and the log says what is wrong.
    const faults: readonly (readonly [CertificatePair, RegExp])[] = [
      [{ cert: 'no certificate', key: second.key }, /TLS_CERT holds no certificate in PEM/],
      [{ cert: second.cert, key: 'no key' }, /TLS_KEY holds no private key in PEM/],
      [{ cert: second.cert, key: first.key }, /TLS_KEY is not the key of the first certificate/],
    ];
    for (const [pair, complaint] of faults) {
      put(pair);
      server().signal('SIGHUP');
      await until(`the log says ${complaint}`, async () => complaint.test(server().printed()), SOON);
      expect(await presented(second.cert)).toBe(true);
    }
    rmSync(FILES.TLS_CERT);
    server().signal('SIGHUP');
    await until('the log says that it is gone', async () => /TLS_CERT cannot be read/.test(server().printed()), SOON);
    expect(await presented(second.cert)).toBe(true);
    expect(server().printed()).toContain('the certificate stays as it was');
    expect(server().printed()).not.toContain('PRIVATE KEY');

    put(selfSigned({ validForMs: -1_000 }));
    server().signal('SIGHUP');
    await until('the log says that it has expired', async () => /has expired/.test(server().printed()), SOON);
    put(first);
    server().signal('SIGHUP');
    await until('the first certificate is back', () => presented(first.cert), SOON);
    await say('and on it goes');
  });
});

test('a drain waits for nobody who has not shaken hands', async () => {
  put(selfSigned());
  const server = await startRealServer({ ...FILES, HEADERS_TIMEOUT_MS: '3600000', REQUEST_TIMEOUT_MS: '3600000' });
  const socket = connectPlain({ host: '127.0.0.1', port: Number(new URL(server.url).port) });
  socket.on('error', () => {});
  await once(socket, 'connect');
  const isClosed = closed(socket);
  await server.stop();
  await isClosed;
});

test('the connections of an address are counted, and given back, with TLS too', async () => {
  const pair = selfSigned();
  put(pair);
  const files = { certificate: FILES.TLS_CERT, key: FILES.TLS_KEY };
  const tls = new Tls({ files, telemetry: SILENT, clock: systemClock(SILENT) });
  const { edge } = await startTestEdge({ connectionsPerAddress: 1 }, { tls });
  try {
    for (let turn = 0; turn < 5; turn += 1) {
      const both = [await shakeHands(edge.url, { ca: pair.cert }), await shakeHands(edge.url, { ca: pair.cert })];
      await expect(shakeHands(edge.url, { ca: pair.cert })).rejects.toThrow();
      await Promise.all(both.map((socket) => closed(socket.destroy())));
      await until('there is room again', () => hasRoom(edge.url, pair.cert), SOON);
    }
  } finally {
    await edge.close();
  }
});

async function hasRoom(url: string, ca: string): Promise<boolean> {
  const sockets = await Promise.allSettled([shakeHands(url, { ca }), shakeHands(url, { ca })]);
  for (const each of sockets) if (each.status === 'fulfilled') await closed(each.value.destroy());
  return sockets.every(({ status }) => status === 'fulfilled');
}

describe('a start', () => {
  async function fails(environment: { readonly [name: string]: string }): Promise<string> {
    const env = { PATH: process.env.PATH, PORT: '0', DATA_DIR: join(directory, 'data'), ...environment };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (printed += String(part)));
    await once(child, 'close');
    return `${child.exitCode}: ${printed}`;
  }

  test('with a certificate that is no good fails, and says what is wrong', async () => {
    const [one, other] = [selfSigned(), selfSigned()];
    put(one);
    const missing = join(directory, 'missing.pem');
    const faults = [
      await fails({ TLS_CERT: FILES.TLS_CERT }),
      await fails({ ...FILES, TLS_CERT: missing }),
      await fails({ ...FILES, TLS_KEY: FILES.TLS_CERT }),
      await fails({ ...FILES, TLS_CERT: FILES.TLS_KEY }),
    ];
    put({ cert: one.cert, key: other.key });
    faults.push(await fails(FILES));
    expect(faults).toEqual([
      expect.stringMatching(/^2: .*TLS_CERT is given and TLS_KEY is not/s),
      expect.stringMatching(/^1: .*TLS_CERT cannot be read: .*missing\.pem/s),
      expect.stringMatching(/^1: .*TLS_KEY holds no private key in PEM/s),
      expect.stringMatching(/^1: .*TLS_CERT holds no certificate in PEM/s),
      expect.stringMatching(/^1: .*TLS_KEY is not the key of the first certificate/s),
    ]);
  });

  test('with plain http for strangers fails, and says what would be right', async () => {
    expect(await fails({ PUBLIC_URL: 'http://chat.example' })).toMatch(/^2: .*PUBLIC_URL: .*https:\/\/ is right/s);
  });

  test('with https outside and plain http for others inside is warned about', async () => {
    const server = await startRealServer({ PUBLIC_URL: 'https://chat.example', HOST: '0.0.0.0' });
    const warning = /"level":"warn".*PUBLIC_URL is https, but the server itself takes plain http/;
    await until('the warning is in the log', () => warning.test(server.printed()), SOON);
    await server.stop();
  });
});
