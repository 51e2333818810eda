import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { newId, startTestEdge, type TestEdge, tokenOf } from './fixtures/edge-parts.js';
import { readSeqs } from './fixtures/frame-walker.js';
import { handshake, maskedFrame, WsClient } from './fixtures/ws-client.js';

const open: TestEdge[] = [];
const clients: (WsClient | Socket)[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client instanceof WsClient ? client.end() : client.destroy();
  for (const { edge } of open.splice(0)) await edge.close();
});

async function start(...parts: Parameters<typeof startTestEdge>): Promise<TestEdge> {
  const edge = await startTestEdge(...parts);
  open.push(edge);
  return edge;
}

function client(...parts: ConstructorParameters<typeof WsClient>): WsClient {
  const made = new WsClient(...parts);
  clients.push(made);
  return made;
}

function rawSocket(port: number): { readonly socket: Socket; readonly ended: Promise<string> } {
  const socket = connect(port, '127.0.0.1');
  clients.push(socket);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  return { socket, ended };
}

test('1,000 connections from one address: its share is served, the others are told to wait, the server lives', async () => {
  const { ws, edge } = await start({ connectionsPerAddress: 500 });
  const all = Array.from({ length: 1_000 }, () => client(ws));
  for (const one of all) {
    one.socket.on('open', () => one.send({ type: 'hello', token: tokenOf() }));
  }
  await expect.poll(() => edge.connections(), { timeout: 30_000 }).toBe(500);
  const told = all.filter(({ frames }) => frames[0]?.type === 'bye');
  await expect.poll(() => all.filter(({ frames }) => frames.length > 0).length, { timeout: 30_000 }).toBe(1_000);
  for (const one of all.filter(({ frames }) => frames[0]?.type === 'bye')) {
    expect(await one.closed).toBe(4004);
    expect(one.frames).toEqual([{ type: 'bye', code: 'too_many_connections', reconnect: true, afterMs: 10_000 }]);
  }
  expect(told.length).toBeLessThanOrEqual(500);
  for (const one of all) one.end();
  await expect.poll(() => edge.connections(), { timeout: 30_000 }).toBe(0);
  expect(await client(ws).hello(tokenOf())).toMatchObject({ type: 'welcome' });
}, 60_000);

test('far above its share an address gets no word at all', async () => {
  const { edge } = await start({ connectionsPerAddress: 2 });
  const all = Array.from({ length: 6 }, () => rawSocket(edge.address.port));
  const silent = await Promise.race(all.map(async ({ ended }) => ended));
  expect(silent).toBe('');
});

test("behind a trusted proxy the address is the client's, and what a client writes into the header counts for nothing", async () => {
  const { ws } = await start({ connectionsPerAddress: 1, trustedProxies: ['127.0.0.1'] });
  const from = (address: string) => client(ws, 'kith.v1', { headers: { 'x-forwarded-for': address } });
  await from('203.0.113.1').hello(tokenOf());
  await from('203.0.113.2').hello(tokenOf());
  expect(await from('198.51.100.9, 203.0.113.2').closed).toBe(4004);
  const untrusting = await start({ connectionsPerAddress: 1 });
  const direct = (address: string) => client(untrusting.ws, 'kith.v1', { headers: { 'x-forwarded-for': address } });
  await direct('203.0.113.1').hello(tokenOf());
  expect(await direct('203.0.113.2').closed).toBe(4004);
});

test('too many handshakes at once are refused with the time to wait', async () => {
  const { ws, edge } = await start({ maxHandshakes: 1 });
  await client(ws).opened();
  const { socket, ended } = rawSocket(edge.address.port);
  socket.write(handshake('/v1/ws'));
  const answer = await ended;
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toContain('retry-after: 2');
  expect(answer).toContain('content-security-policy: ');
  expect(answer).toContain('"code":"unavailable"');
});

test.each([
  ['another path', 'GET /v1/other HTTP/1.1', '', 404],
  ['another origin', 'GET /v1/ws HTTP/1.1', 'Origin: https://evil.example\r\n', 403],
  ['no subprotocol of ours', 'GET /v1/ws HTTP/1.1', 'Sec-WebSocket-Protocol: chat\r\n', 400],
  ['a broken key', 'GET /v1/ws HTTP/1.1', 'Sec-WebSocket-Key: short\r\n', 400],
])(
  'a handshake with %s is refused with a problem document and the security headers',
  async (...[, line, header, status]) => {
    const { edge } = await start();
    const { socket, ended } = rawSocket(edge.address.port);
    const fields = ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Protocol: kith.v1']
      .filter((field) => !header.startsWith(field.split(':')[0] ?? ''))
      .map((field) => `${field}\r\n`);
    const upgrade = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    socket.write(`${line}\r\n${upgrade}${header}${fields.join('')}\r\n`);
    const answer = await ended;
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('content-type: application/problem+json');
    expect(answer).toContain("content-security-policy: default-src 'self'");
    expect(edge.connections()).toBe(0);
  },
);

test("an origin that is allowed, or the server's own, may connect", async () => {
  const { ws, edge } = await start({ allowedOrigins: ['https://app.example'] });
  for (const origin of ['https://app.example', `http://127.0.0.1:${edge.address.port}`]) {
    expect(await client(ws, 'kith.v1', { origin }).hello(tokenOf())).toMatchObject({ type: 'welcome' });
  }
});

test('a head that comes too slowly ends with its connection, whatever it is a head of', async () => {
  const { edge } = await start({ headersTimeoutMs: 300, requestTimeoutMs: 300 });
  const { socket, ended } = rawSocket(edge.address.port);
  socket.write('GET /v1/ws HTTP/1.1\r\nHost: x\r\n');
  expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
});

test('what is not HTTP is answered with a problem document, and nothing else happens', async () => {
  const { edge } = await start();
  const { socket, ended } = rawSocket(edge.address.port);
  socket.write('HELLO\r\n\r\n');
  const answer = await ended;
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toContain('application/problem+json');
  expect(answer).toContain('x-content-type-options: nosniff');
});

test('[18] a slow reader gets a gap instead of what it missed, then goes on, and slows no one', async () => {
  const { edge, chat, ws } = await start({ outboxBytes: 262_144 });
  const slow = connect(edge.address.port, '127.0.0.1');
  clients.push(slow);
  slow.write(handshake('/v1/ws'));
  slow.write(maskedFrame(JSON.stringify({ type: 'hello', token: tokenOf() })));
  const quick = client(ws);
  await quick.hello(tokenOf());
  await expect.poll(() => edge.connections()).toBe(2);
  slow.pause();
  const conversation = newId();
  const text = 'x'.repeat(15_000);
  let sent = 0;
  const flood = () => {
    for (let count = 0; count < 20; count += 1) {
      chat.publish(conversation, { text });
      sent += 1;
    }
  };
  while ((await metric(edge.address.port, 'kith_gaps_total')) === 0) flood();
  const seqs = readSeqs(slow);
  slow.resume();
  await expect.poll(() => seqs.gaps.length, { timeout: 20_000 }).toBeGreaterThan(0);
  chat.publish(conversation, { text: 'afterwards' });
  sent += 1;
  await expect.poll(() => seqs.last, { timeout: 20_000 }).toBe(sent);
  expect(seqs.problems).toEqual([]);
  await expect.poll(() => quick.frames.filter(({ type }) => type === 'entry').length, { timeout: 20_000 }).toBe(sent);
}, 60_000);

test('a drain refuses new connections, says bye, answers what is pending, and closes with 4000', async () => {
  const { edge, chat, ws, api } = await start({ drainSpreadMs: 500 });
  const answers: (() => void)[] = [];
  chat.respond = () => new Promise((resolve) => answers.push(() => resolve({})));
  const [idle, busy] = [client(ws), client(ws)];
  await idle.hello(tokenOf());
  await busy.hello(tokenOf());
  const command = { type: 'command', name: 'message.send', conversation: newId(), text: 'x' };
  busy.send({ ...command, id: 1, key: newId() });
  await expect.poll(() => answers.length).toBe(1);
  const drained = edge.drain();
  const bye = await idle.next('bye');
  expect(bye).toMatchObject({ code: 'draining', reconnect: true });
  expect(bye.afterMs).toBeLessThan(500);
  expect(await idle.closed).toBe(4000);
  await busy.next('bye');
  busy.send({ ...command, id: 2, key: newId() });
  expect(await busy.next('error')).toMatchObject({ id: 2, code: 'unavailable', retry: 'same_key' });
  const ready = await fetch(api.replace('/v1', '/readyz'));
  expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reason: 'draining' }]);
  const late = client(ws);
  await late.closed;
  expect(late.frames).toEqual([]);
  answers[0]?.();
  expect(await busy.next('ack')).toMatchObject({ id: 1 });
  expect(await busy.closed).toBe(4000);
  await drained;
  await expect(fetch(api)).rejects.toThrow();
});

test('a drain ends in its time, whatever is pending', async () => {
  const { edge, chat, ws } = await start({ drainMs: 200 });
  chat.respond = () => new Promise(() => {});
  const one = client(ws);
  await one.hello(tokenOf());
  one.send({ type: 'command', id: 1, name: 'presence.set', status: 'away' });
  await expect.poll(() => chat.executed.length).toBe(1);
  await edge.drain();
  expect(await one.closed).toBe(1006);
});

async function metric(port: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}
