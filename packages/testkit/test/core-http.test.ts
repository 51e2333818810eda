// The HTTP side of a node in the cluster, and the wire to it: what the shipped edge answers there, what a fault of the network
// makes of it, and that nothing of it stays.
import type { ConversationId } from '@kith/protocol';
import type { HttpAnswer, HttpRequest } from '@kith/sdk';
import type { Principal } from '@kith/server/core/principal';
import { CoreExchange, type CoreExchangeParts } from '@kith/testkit/cluster/core-exchange';
import { CoreHttp } from '@kith/testkit/cluster/core-http';
import { Scene, type There } from '@kith/testkit/cluster/scene';
import { Gate } from '@kith/testkit/gate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MOST_MS = 20;

type Fields = { readonly [field: string]: unknown };
type Asked = {
  readonly method?: HttpRequest['method'];
  readonly token?: string;
  readonly connection?: string;
  readonly lastEventId?: string;
};

let scene: Scene;
let ann: Principal;
let bob: There;
let conversation: ConversationId;
let http: CoreHttp;
let heard: Fields[];
let said: Fields[];
let tokens: Map<string, Principal>;

beforeEach(async () => {
  scene = await Scene.open();
  ann = await scene.cluster.addPerson('ann');
  bob = await scene.arrive(await scene.cluster.addPerson('bob'), 1);
  conversation = await scene.talk(bob, ann);
  tokens = new Map([['of-ann', ann]]);
  http = httpOf(0);
  [heard, said] = [[], []];
});

afterEach(() => scene.close());

function httpOf(at: number): CoreHttp {
  const node = scene.cluster.nodes[at];
  if (!node) throw new Error('no such node');
  return new CoreHttp({ cluster: scene.cluster, node, principalOf: (token) => tokens.get(token) ?? null });
}

function pass(ms: number): Promise<void> {
  return scene.cluster.clock.advanceAsync(ms);
}

/** Asks over a wire of its own; what comes is left for the test to wait for. */
function ask(path: string, asked: Asked & { readonly body?: object; readonly isStream?: boolean } = {}, more?: Wire) {
  const { method = asked.body ? 'POST' : 'GET', token, connection, lastEventId, body, isStream = false } = asked;
  const aborter = new AbortController();
  const headers: { [name: string]: string } = {};
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (connection !== undefined) headers['kith-connection'] = connection;
  if (lastEventId !== undefined) headers['last-event-id'] = lastEventId;
  const exchange = new CoreExchange({
    cluster: scene.cluster,
    http,
    request: {
      method,
      url: `http://chat.test/v1${path}`,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
      isStream,
      signal: aborter.signal,
    },
    maxDelayMs: MOST_MS,
    watch: {
      heard: (text) => heard.push(JSON.parse(text) as Fields),
      said: (text) => said.push(JSON.parse(text) as Fields),
    },
    ...more,
  });
  exchange.answer.catch(() => {});
  return { exchange, aborter };
}

type Wire = Partial<Pick<CoreExchangeParts, 'gate' | 'http' | 'isHeldBack'>>;

async function whole(answer: Promise<HttpAnswer>): Promise<{ readonly status: number; readonly body: unknown }> {
  const { status, text } = await scene.done(answer);
  const body = await text();
  return { status, body: body === '' ? null : JSON.parse(body) };
}

async function ticket(): Promise<string> {
  const { status, body } = await whole(ask('/tickets', { method: 'POST', token: 'of-ann' }).exchange.answer);
  expect(status).toBe(201);
  return (body as { readonly ticket: string }).ticket;
}

/** Opens a stream of events and gathers what comes over it. */
async function openEvents(more?: Wire, query = '') {
  const path = `/events?ticket=${await ticket()}${query}`;
  const { exchange, aborter } = ask(path, { isStream: true }, more);
  const got = { text: '', hasEnded: false, error: null as unknown };
  const read = async () => {
    try {
      for await (const chunk of (await exchange.answer).stream ?? []) got.text += Buffer.from(chunk).toString();
      got.hasEnded = true;
    } catch (error) {
      got.error = error;
    }
  };
  void read();
  await pass(100);
  return { exchange, aborter, got, path };
}

async function openPoll() {
  const { exchange } = ask(`/events?wait=25&ticket=${await ticket()}`);
  const { status, body } = await whole(exchange.answer);
  expect(status).toBe(200);
  const [welcome] = body as readonly Fields[];
  return { welcome, path: `/events?wait=25&connection=${String(welcome?.connection)}` };
}

function typesOf(frames: unknown): readonly unknown[] {
  return (frames as readonly Fields[]).map(({ type }) => type);
}

describe('what a node answers over HTTP', () => {
  it('[F3] a ticket opens events: a welcome, then entries as they come', async () => {
    const { got, exchange } = await openEvents();
    await scene.say(bob, conversation, 'hello');
    await pass(100);
    expect(got.text).toMatch(/^:\n\n/);
    expect(got.text).toMatch(/"type":"welcome".*"text":"hello"/s);
    expect(typesOf(said).slice(0, 2)).toEqual(['welcome', 'entry']);
    expect(exchange.isLive).toBe(true);
  });

  it('[F2] [F11] a ticket is good once, and a token that nobody gave gets none', async () => {
    const path = `/events?ticket=${await ticket()}`;
    ask(path, { isStream: true });
    await pass(100);
    expect(await whole(ask(path, { isStream: true }).exchange.answer)).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
    expect(await whole(ask('/tickets', { method: 'POST', token: 'of-nobody' }).exchange.answer)).toMatchObject({
      status: 401,
    });
  });

  it('[F5] a stream that was ended for good is not opened again, though its end is still on its way', async () => {
    const { exchange, got, path } = await openEvents({}, '&instance=i');
    const [, lastEventId = ''] = /^id: ?(.+)$/m.exec(got.text) ?? [];
    exchange.stall();
    const newer = await openEvents({}, '&instance=i');
    const again = ask(path, { isStream: true, lastEventId }).exchange.answer;
    expect(await whole(again)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect([got.text.includes('event: end'), newer.got.hasEnded]).toEqual([false, false]);
    exchange.resume();
    await pass(100);
    expect(got.text).toMatch(/event: end\ndata: \{"code":4410\}\n\n$/);
  });

  it('[F7] a poll begins with a welcome and the next ones answer with what comes, or with nothing', async () => {
    const { welcome, path } = await openPoll();
    expect(welcome).toMatchObject({ type: 'welcome', user: { id: ann.user } });
    const next = ask(path, { token: 'of-ann' }).exchange.answer;
    await pass(5_000);
    await scene.say(bob, conversation, 'hello');
    expect(typesOf((await whole(next)).body)).toContain('entry');
    expect(typesOf(said)).toEqual(expect.arrayContaining(['welcome', 'entry']));
    const rest = ask(path, { token: 'of-ann' }).exchange.answer;
    await pass(26_000);
    expect(typesOf((await whole(rest)).body)).toEqual(['synced']);
    const nothing = ask(path, { token: 'of-ann' }).exchange;
    await pass(24_000);
    expect(nothing.isLive).toBe(true);
    await pass(2_000);
    expect((await whole(nothing.answer)).body).toEqual([]);
  });

  it('[F10] [H7] commands and signals go up by requests, and may name a connection of their session', async () => {
    const { welcome } = await openPoll();
    const connection = String(welcome?.connection);
    const body = { type: 'command', id: 7, name: 'presence.watch', params: { users: [bob.who.user] } };
    const own = await whole(ask('/commands', { token: 'of-ann', body, connection }).exchange.answer);
    expect(own).toMatchObject({ status: 200, body: { type: 'ack', id: 7 } });
    expect([heard.at(-1), said.at(-1)]).toMatchObject([body, { type: 'ack', id: 7 }]);
    tokens.set('of-bob', bob.who);
    const foreign = await whole(ask('/commands', { token: 'of-bob', body, connection }).exchange.answer);
    expect(foreign).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(said.at(-1)).toMatchObject({ type: 'error', id: 7, code: 'not_found' });
    const typing = { type: 'signal', name: 'typing', conversation };
    expect(await whole(ask('/signals', { token: 'of-ann', body: typing }).exchange.answer)).toEqual({
      status: 204,
      body: null,
    });
    await pass(100);
    expect(bob.sink.signals('typing')).toMatchObject([{ users: [ann.user] }]);
  });

  it('[F6] [F8] a node that drains says its last word with a code, over events and over polls', async () => {
    const { got } = await openEvents();
    const { path } = await openPoll();
    const waiting = ask(path, { token: 'of-ann' }).exchange.answer;
    await pass(100);
    http.drain(200);
    expect(typesOf((await whole(waiting)).body)).toEqual(['bye', 'end']);
    await pass(100);
    expect(got.text).toMatch(/"type":"bye".*event: end\ndata: \{"code":4000\}\n\n$/s);
    expect(got.hasEnded).toBe(true);
    expect((await whole(ask(path, { token: 'of-ann' }).exchange.answer)).status).toBe(404);
    expect(http.connections).toBe(0);
  });

  it('[F9] lets go of a poll that nobody asks for', async () => {
    await openPoll();
    expect(http.connections).toBe(1);
    await pass(95_000);
    expect(http.connections).toBe(0);
  });
});

describe('the wire to it', () => {
  it('a cut is told to the client at once and found out by the node within a second', async () => {
    const { got, exchange } = await openEvents();
    exchange.cut();
    await pass(0);
    expect(got.error).toBeInstanceOf(TypeError);
    await pass(1_000);
    expect(http.connections).toBe(0);
  });

  it('a cut loses what is under way in both directions', async () => {
    const body = { type: 'command', id: 1, name: 'conversations.list', params: {} };
    const { exchange } = ask('/commands', { token: 'of-ann', body });
    exchange.cut();
    await expect(exchange.answer).rejects.toThrow(TypeError);
    await pass(1_000);
    expect(heard).toEqual([]);
  });

  it('a client that wants no more is let go of, whether it aborts or reads no further', async () => {
    const { aborter, got } = await openEvents();
    aborter.abort();
    await pass(1_000);
    expect(got.error).toBeInstanceOf(TypeError);
    expect(http.connections).toBe(0);
    const { exchange } = ask(`/events?ticket=${await ticket()}`, { isStream: true });
    await pass(100);
    for await (const _ of (await exchange.answer).stream ?? []) break;
    await pass(1_000);
    expect([exchange.isLive, http.connections]).toEqual([false, 0]);
  });

  it('a connection that vanishes is told to nobody; the node lets go of it within a minute', async () => {
    const { got, exchange } = await openEvents();
    const before = got.text;
    exchange.vanish();
    await scene.say(bob, conversation, 'hello');
    await pass(60_000);
    expect([got.text, got.error, exchange.isLive, exchange.isLost]).toEqual([before, null, true, true]);
    expect(http.connections).toBe(0);
  });

  it('a proxy that holds streams back passes them on when they have ended, and whole answers at once', async () => {
    const { got } = await openEvents({ isHeldBack: true });
    await scene.say(bob, conversation, 'hello');
    await pass(1_000);
    expect(got.text).toBe('');
    expect(typesOf(said)).toContain('welcome');
    http.drain(200);
    await pass(100);
    expect(got.text).toMatch(/"type":"welcome".*event: end/s);
    expect(got.hasEnded).toBe(true);
  });

  it('a client that reads nothing for a while is given what came, or a gap for it', async () => {
    const { got, exchange } = await openEvents();
    exchange.stall();
    await scene.say(bob, conversation, 'earliest');
    await pass(100);
    expect(got.text).not.toContain('earliest');
    for (let index = 0; index < 8; index += 1) await scene.say(bob, conversation, 'x'.repeat(15_000));
    exchange.resume();
    await pass(100);
    expect(got.text).toMatch(/"type":"gap"/);
    expect(typesOf(said)).toContain('gap');
  });

  it('what is garbled arrives as half, and the stream ends there', async () => {
    const { got, exchange } = await openEvents();
    exchange.garble();
    await scene.say(bob, conversation, 'hello');
    await pass(100);
    expect(got.error).toBeInstanceOf(TypeError);
    expect(got.text).not.toContain('"text":"hello"');
  });

  it('a node that is paused answers when it goes on, and one that was killed never does', async () => {
    http.node.gate.freeze();
    const { exchange } = ask('/tickets', { method: 'POST', token: 'of-ann' });
    await pass(5_000);
    expect(exchange.isLive).toBe(true);
    http.node.gate.thaw();
    expect((await whole(exchange.answer)).status).toBe(201);
    const late = ask('/tickets', { method: 'POST', token: 'of-ann' }).exchange;
    scene.cluster.kill(http.node);
    await pass(5_000);
    expect(late.isLive).toBe(true);
    await expect(scene.done(ask('/tickets', { method: 'POST', token: 'of-ann' }).exchange.answer)).rejects.toThrow();
  });

  it('what comes back comes through the gate of the process that asked', async () => {
    const gate = new Gate(scene.cluster.clock);
    gate.freeze();
    const { exchange } = ask('/tickets', { method: 'POST', token: 'of-ann' }, { gate });
    await pass(5_000);
    expect(exchange.isLive).toBe(true);
    gate.thaw();
    expect((await whole(exchange.answer)).status).toBe(201);
  });

  it('where no node can be reached the request fails', async () => {
    const { exchange } = ask('/tickets', { method: 'POST', token: 'of-ann' }, { http: null });
    await expect(scene.done(exchange.answer)).rejects.toThrow(TypeError);
  });
});
