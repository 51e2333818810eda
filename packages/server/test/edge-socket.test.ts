import { connect, type Socket } from 'node:net';
import { ChatError, LIMITS } from '@kith/protocol';
import type { EdgeConfig } from '@kith/server/edge/edge-config';
import { afterEach, describe, expect, test } from 'vitest';
import { newId, startTestEdge, type TestEdge, tokenOf } from './fixtures/edge-parts.js';
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

const send = (id: number, conversation: string, text = 'hello') => ({
  type: 'command',
  id,
  name: 'message.send',
  conversation,
  key: newId(),
  text,
});

describe('the life of a connection', () => {
  test('[1] welcome is the first frame, and commands sent with hello are answered after it', async () => {
    const { ws } = await start();
    const one = await client(ws).opened();
    const conversation = newId();
    one.send({ type: 'ping' });
    one.send({ type: 'hello', token: tokenOf() });
    one.send(send(1, conversation));
    one.send({ type: 'something.new' });
    one.send({ type: 'signal', name: 'something.new' });
    const ack = await one.next('ack');
    expect(one.frames.map(({ type }) => type)).toEqual(['pong', 'welcome', 'entry', 'ack']);
    expect(ack).toMatchObject({ id: 1, result: { conversation, seq: 1, duplicate: false } });
  });

  test('[11] everyone gets the entry, the author too', async () => {
    const { ws, edge } = await start();
    const [one, two] = [client(ws), client(ws)];
    await one.hello(tokenOf());
    await two.hello(tokenOf());
    expect(edge.connections()).toBe(2);
    one.send(send(1, newId(), 'é'.repeat(40_0)));
    const entry = await two.next('entry');
    expect(entry).toEqual(await one.next('entry'));
    expect(entry.body).toEqual({ text: 'é'.repeat(400) });
  });

  test.each([
    ['a command before hello', send(1, newId()), 4400],
    ['an auth before hello', { type: 'auth', token: tokenOf() }, 4400],
    ['no JSON', '{', 4400],
    ['an array', '[]', 4400],
    ['a frame without a type', '{}', 4400],
    ['JSON that is nested deep', `{"type":"ping","a":${'['.repeat(100)}${']'.repeat(100)}}`, 4400],
    ['a key that names a prototype', '{"type":"ping","__proto__":{"a":1}}', 4400],
    ['a bad token', { type: 'hello', token: 'bad' }, 4401],
  ])('[19] %s closes with its code, and nothing is executed', async (_what, frame, code) => {
    const { ws, chat } = await start();
    const one = await client(ws).opened();
    one.send(frame);
    expect(await one.closed).toBe(code);
    expect(chat.executed).toEqual([]);
  });

  test('[19] binary frames, text that is not UTF-8 and frames over the limit close with their codes', async () => {
    const { ws } = await start();
    const binary = await client(ws).opened();
    binary.socket.send(Buffer.from('{"type":"ping"}'), { binary: true });
    expect(await binary.closed).toBe(4400);
    const broken = await client(ws).opened();
    broken.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    expect(await broken.closed).toBe(4400);
    const large = await client(ws).opened();
    large.send(JSON.stringify({ type: 'ping', pad: 'x'.repeat(LIMITS.frame) }));
    expect(await large.closed).toBe(4413);
    const pieces = await client(ws).opened();
    for (let piece = 0; piece < 4; piece += 1) pieces.socket.send('x'.repeat(50_000), { fin: false });
    expect(await pieces.closed).toBe(4413);
  });

  test('[19] no hello in time closes with 4408', async () => {
    const { ws } = await start({ helloMs: 150, heartbeatMs: 200 });
    expect(await (await client(ws).opened()).closed).toBe(4408);
  });

  test('where many say hello at once their streams open in turn, and who waits too long is told to come again', async () => {
    const { ws, chat } = await start({ helloMs: 1_500, heartbeatMs: 200 });
    const open = chat.open.bind(chat);
    let letIn = () => {};
    const isLetIn = new Promise<void>((resolve) => {
      letIn = resolve;
    });
    let asked = 0;
    chat.open = async (...of) => {
      asked += 1;
      await isLetIn;
      return open(...of);
    };
    const first = Array.from({ length: 64 }, () => client(ws).hello(tokenOf()));
    await expect.poll(() => asked).toBe(64);
    const late = await client(ws).opened();
    late.send({ type: 'hello', token: tokenOf() });
    expect(await late.closed).toBe(1013);
    expect(asked).toBe(64);
    const inTime = client(ws).hello(tokenOf());
    letIn();
    for (const welcome of [...(await Promise.all(first)), await inTime])
      expect(welcome).toMatchObject({ type: 'welcome' });
    expect(asked).toBe(65);
  });

  test('[19] another version of the contract closes with 4409, another subprotocol is refused', async () => {
    const { ws } = await start();
    expect(await client(ws, 'kith.v9').closed).toBe(4409);
    expect(await client(ws, ['kith.v9', 'kith.v1']).hello(tokenOf())).toMatchObject({ type: 'welcome' });
    const stranger = client(ws, 'chat');
    await stranger.closed;
    expect(stranger.frames).toEqual([]);
  });

  test('[17] auth renews with a token of the same session; any other closes with 4401', async () => {
    const { ws, chat } = await start();
    const [user, session] = [newId(), newId()];
    const one = client(ws);
    await one.hello(`${tokenOf(user)}:${session}`);
    one.send({ type: 'auth', token: `${tokenOf(user)}:${session}` });
    one.send(send(1, newId()));
    await one.next('ack');
    expect(chat.executed[0]?.caller.principal).toMatchObject({ user, session });
    one.send({ type: 'auth', token: `${tokenOf(user)}:${newId()}` });
    expect(await one.closed).toBe(4401);
  });

  test('[17] a session that ends while its stream opens closes with 4403', async () => {
    const { ws, accounts } = await start();
    const session = newId();
    accounts.revoked.add(session);
    const one = await client(ws).opened();
    one.send({ type: 'hello', token: `${tokenOf()}:${session}` });
    expect(await one.closed).toBe(4403);
  });

  test('a sink that the core closes ends the stream once, with what was sent before', async () => {
    const { ws, chat, edge } = await start();
    const one = client(ws);
    const { connection } = await one.hello(tokenOf());
    chat.publish(newId(), { text: 'last' });
    chat.sinks.get(connection)?.close('replaced');
    chat.publish(newId(), { text: 'too late' });
    expect(await one.closed).toBe(4410);
    expect(one.frames.map(({ type }) => type)).toEqual(['welcome', 'entry']);
    await expect.poll(() => edge.connections()).toBe(0);
    await expect.poll(() => chat.sinks.size).toBe(0);
  });

  test('[16] a side that hears nothing is closed; one that answers pings is not', async () => {
    const { ws, edge } = await start({ heartbeatMs: 100 });
    const alive = client(ws);
    await alive.hello(tokenOf());
    const silent = client(ws, 'kith.v1', { autoPong: false } as never);
    await silent.hello(tokenOf());
    expect(await silent.closed).toBe(4002);
    expect(edge.connections()).toBe(1);
  });

  test('[16] half-open sockets are ended although they never answer', async () => {
    const { edge } = await start({ heartbeatMs: 100 });
    const raw = connect(edge.address.port, '127.0.0.1');
    clients.push(raw);
    raw.write(handshake('/v1/ws'));
    raw.write(maskedFrame(JSON.stringify({ type: 'hello', token: tokenOf() })));
    await expect.poll(() => edge.connections()).toBe(1);
    raw.pause();
    await expect.poll(() => edge.connections(), { timeout: 10_000 }).toBe(0);
  });
});

describe('commands', () => {
  test('an unknown command and a command of the wrong form are answered with their codes', async () => {
    const { ws, chat } = await start();
    const one = client(ws);
    await one.hello(tokenOf());
    one.send({ type: 'command', id: 1, name: 'message.shout', conversation: newId() });
    one.send({ type: 'command', id: 2, name: 'message.send', conversation: newId(), key: newId(), text: '' });
    one.send(send(3, newId(), 'x'.repeat(LIMITS.text + 1)));
    one.send(send(4, newId(), 'a\u0000b'));
    expect(await one.next('error')).toMatchObject({ id: 1, code: 'unknown_command' });
    expect(await one.next('error')).toMatchObject({ id: 2, code: 'bad_request' });
    expect(await one.next('error')).toMatchObject({ id: 3, code: 'too_large' });
    expect(await one.next('error')).toMatchObject({ id: 4, code: 'bad_request' });
    expect(chat.executed).toEqual([]);
  });

  test('too many commands in flight are refused, and the connection lives', async () => {
    const { ws, chat } = await start();
    const answers: (() => void)[] = [];
    chat.respond = () => new Promise((resolve) => answers.push(() => resolve({})));
    const one = client(ws);
    await one.hello(tokenOf());
    for (let id = 0; id <= LIMITS.pending; id += 1) one.send(send(id, newId()));
    expect(await one.next('error')).toMatchObject({ id: LIMITS.pending, code: 'rate_limited', retry: 'same_key' });
    for (const answer of answers) answer();
    await expect.poll(() => one.frames.filter(({ type }) => type === 'ack')).toHaveLength(LIMITS.pending);
  });

  test('too many sends are refused with the time to wait, and the connection lives', async () => {
    let left = 2;
    const take = () => (left-- > 0 ? ({ ok: true } as const) : ({ ok: false, retryAfterMs: 800 } as const));
    const { ws, chat } = await start({}, { throttle: { take } });
    const one = client(ws);
    await one.hello(tokenOf());
    for (let id = 0; id < 3; id += 1) one.send(send(id, newId()));
    expect(await one.next('error')).toEqual({
      ...{ type: 'error', id: 2, code: 'rate_limited', message: 'too many requests of the class message' },
      ...{ retry: 'same_key', retryAfterMs: 800 },
    });
    one.send({ type: 'ping' });
    await one.next('pong');
    expect(chat.executed).toHaveLength(2);
  });

  test('[10] a read waits for the earlier writes of its conversation, and for no others', async () => {
    const { ws, chat } = await start();
    const conversation = newId();
    const answers: (() => void)[] = [];
    chat.respond = (name) =>
      name === 'message.send' ? new Promise((resolve) => answers.push(() => resolve({}))) : Promise.resolve({});
    const one = client(ws);
    await one.hello(tokenOf());
    one.send(send(1, conversation));
    one.send({ type: 'command', id: 2, name: 'conversation.read', conversation: conversation.toUpperCase() });
    one.send({ type: 'command', id: 3, name: 'conversation.read', conversation: newId() });
    expect((await one.next('ack')).id).toBe(3);
    for (const answer of answers) answer();
    expect((await one.next('ack')).id).toBe(1);
    expect((await one.next('ack')).id).toBe(2);
  });

  test('an error of the server ends the command with unavailable, is logged once, and ends nothing else', async () => {
    const { ws, chat, lines } = await start();
    chat.respond = () => Promise.reject(new TypeError('broken'));
    const one = client(ws);
    await one.hello(tokenOf());
    one.send(send(5, newId(), 'a secret text'));
    expect(await one.next('error')).toMatchObject({ id: 5, code: 'unavailable', retry: 'same_key' });
    one.send({ type: 'ping' });
    await one.next('pong');
    const logged = lines.filter((line) => line.includes('"level":"error"'));
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ name: 'message.send', error: { message: 'broken' } });
    expect(lines.join()).not.toContain('a secret text');
    expect(lines.join()).not.toContain('user:');
  });

  test('an error of the server outside a command ends its connection and no other', async () => {
    const { ws, chat, lines } = await start();
    chat.signal = () => {
      throw new TypeError('broken signal');
    };
    const [one, two] = [client(ws), client(ws)];
    await one.hello(tokenOf());
    await two.hello(tokenOf());
    one.send({ type: 'signal', name: 'typing', conversation: newId() });
    expect(await one.closed).toBe(1011);
    two.send({ type: 'ping' });
    await two.next('pong');
    expect(lines.filter((line) => line.includes('broken signal'))).toHaveLength(1);
  });

  test('where the stream cannot be opened now, the client is told to try again', async () => {
    const { ws, chat } = await start();
    chat.open = () => Promise.reject(new ChatError('unavailable', 'the store is gone'));
    const one = await client(ws).opened();
    one.send({ type: 'hello', token: tokenOf() });
    expect(await one.closed).toBe(1013);
  });

  test('signals reach the core, and are dropped where the bucket is empty', async () => {
    let left = 1;
    const take = () => (left-- > 0 ? ({ ok: true } as const) : ({ ok: false, retryAfterMs: 800 } as const));
    const { ws, chat } = await start({}, { throttle: { take } });
    const one = client(ws);
    await one.hello(tokenOf());
    const conversation = newId();
    one.send({ type: 'signal', name: 'typing', conversation });
    one.send({ type: 'signal', name: 'typing', conversation });
    one.send({ type: 'ping' });
    await one.next('pong');
    expect(chat.signals).toMatchObject([{ name: 'typing', conversation }]);
  });

  test('a client that sends absurdly much waits in its own socket, and no one else does', async () => {
    const { ws } = await start({ rateFactor: 0.05, heartbeatMs: 1_000 } satisfies Partial<EdgeConfig>);
    const [flood, other] = [client(ws), client(ws)];
    await flood.hello(tokenOf());
    await other.hello(tokenOf());
    // Each ping fills a read of the socket, so that no read brings all of them: what one read holds is answered whole.
    const fill = 'x'.repeat(60_000);
    const startedAt = performance.now();
    for (let count = 0; count < 20; count += 1) flood.send({ type: 'ping', fill });
    other.send({ type: 'ping' });
    await other.next('pong');
    expect(flood.frames.filter(({ type }) => type === 'pong').length).toBeLessThan(20);
    await expect.poll(() => flood.frames.filter(({ type }) => type === 'pong').length, { timeout: 30_000 }).toBe(20);
    // A tick for each read: a slower machine takes longer, never less.
    expect(performance.now() - startedAt).toBeGreaterThan(800);
  });
});
