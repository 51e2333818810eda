import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { choosePlatform } from '../src/platform/platform.js';
import type { Http } from '../src/ports.js';
import { HostileProxy } from './fixtures/hostile-proxy.js';
import { PASSWORD, WireClient } from './fixtures/wire-client.js';

const OPENED_WITHIN_MS = 5_000;

describe('where WebSocket is refused', () => {
  let server: RealServer;
  let proxy: HostileProxy;
  let ann: WireClient;
  let ben: WireClient;
  let conversation: string;
  let openedInMs: number;

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '20', HEARTBEAT_MS: '2000' });
  });
  afterAll(() => server?.stop());

  beforeEach(async () => {
    proxy = await HostileProxy.before(server.url);
    proxy.upgrades = 'refused';
    ben = new WireClient(server.url);
  });
  afterEach(async () => {
    for (const client of [ann, ben]) client.connection.stop();
    await proxy.close();
  });

  /** Ann behind the proxy and Ben before it, in one conversation. */
  async function meet(client: WireClient = new WireClient(proxy.url)): Promise<void> {
    ann = client;
    for (const one of [ann, ben]) {
      await one.session.signUp({ username: `u${randomUUID().slice(0, 8)}`, password: PASSWORD });
      one.connection.start();
    }
    const startedMs = performance.now();
    await Promise.all([ann.untilOpen(), ben.untilOpen()]);
    openedInMs = performance.now() - startedMs;
    const state = ann.session.state.getSnapshot();
    if (state.kind !== 'signed_in') throw new Error('not signed in');
    const { summary } = await ben.command('conversation.create', { kind: 'direct', members: [state.user.id] });
    conversation = summary.id;
    await ann.until(() => ann.frames.some(({ type }) => type === 'conversation'));
  }
  const send = (client: WireClient, text: string) =>
    client.command('message.send', { conversation, key: randomUUID(), text });
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`);

  /** Everything that a connection does, over whatever transport, soon after its start. */
  async function useAll(transport: string): Promise<void> {
    expect(openedInMs).toBeLessThan(OPENED_WITHIN_MS);
    expect(ann.connection.state).toEqual({ kind: 'open', transport });
    await Promise.all(numbers(1, 5).map((text) => send(ann, text)));
    await ben.until(() => ben.texts.length === 5);
    for (const text of numbers(6, 10)) await send(ben, text);
    await ann.until(() => ann.texts.length === 10);
    expect(ann.texts).toEqual(numbers(1, 10));
    expect(ben.texts).toEqual(numbers(1, 10));
    ann.connection.signal({ name: 'typing', conversation });
    await ben.until(() => ben.frames.some((frame) => frame.type === 'signal' && frame.name === 'typing'));
    ben.connection.signal({ name: 'typing', conversation });
    await ann.until(() => ann.frames.some((frame) => frame.type === 'signal' && frame.name === 'typing'));
    const { presence } = await ann.command('presence.watch', { users: [ben.frames.flatMap(userOf)[0] ?? ''] });
    expect(presence).toMatchObject([{ status: 'online' }]);
    await ben.command('presence.set', { status: 'away' });
    await ann.until(() => ann.frames.some((frame) => frame.type === 'signal' && frame.name === 'presence'));
    await expect(ann.command('conversation.read', { conversation: randomUUID() })).rejects.toMatchObject({
      code: 'not_found',
    });
  }
  const userOf = (frame: { readonly type: string; readonly user?: { readonly id: string } }) =>
    frame.type === 'welcome' && frame.user ? [frame.user.id] : [];

  it.each(['refused', 'swallowed'] as const)('[S2] everything goes by server-sent events: %s', async (how) => {
    proxy.upgrades = how;
    await meet();
    await useAll('events');
  });

  it('[S2] everything goes by waiting polls where events are held back too', async () => {
    proxy.isHoldingBack = true;
    await meet();
    await useAll('poll');
  });

  it('[S196] everything goes by waiting polls where the platform gives no streams, as React Native', async () => {
    const { http } = choosePlatform();
    const withoutStreams: Http = (request) => (request.isStream ? new Promise(() => {}) : http(request));
    await meet(new WireClient(proxy.url, { http: withoutStreams }));
    await useAll('poll');
  });

  it.each([
    ['events', false],
    ['poll', true],
  ] as const)('[S4] what came while %s were cut comes afterwards, and nothing twice or never', async (name, isHeld) => {
    proxy.isHoldingBack = isHeld;
    await meet();
    const sent = (async () => {
      for (const text of numbers(1, 40)) await send(ben, text);
    })();
    for (const count of [5, 15, 25]) {
      await ann.until(() => ann.texts.length >= count);
      proxy.cut();
      await ann.until(() => ann.connection.state.kind !== 'open');
      await ann.untilOpen(name);
    }
    await sent;
    await ann.until(() => ann.texts.length === 40);
    expect(ann.texts).toEqual(numbers(1, 40));
  });

  it('moves over to a WebSocket as soon as that comes through, and loses nothing on the way', async () => {
    await meet();
    expect(ann.connection.state).toEqual({ kind: 'open', transport: 'events' });
    const sent = Promise.all([
      ...numbers(1, 30).map((text) => send(ben, text)),
      ...numbers(31, 60).map((text) => send(ann, text)),
    ]);
    proxy.upgrades = 'passed';
    ann.wake();
    await ann.untilOpen('websocket');
    await sent;
    await send(ann, '61');
    await ann.until(() => ann.texts.length === 61);
    await ben.until(() => ben.texts.length === 61);
    expect(ann.texts).toEqual(ben.texts);
    expect(ann.texts.filter((text) => Number(text) <= 30)).toEqual(numbers(1, 30));
    expect(ann.texts.filter((text) => Number(text) > 30)).toEqual(numbers(31, 61));
    expect(ann.states.map(({ kind }) => kind)).toEqual(['connecting', 'open', 'open']);
  });

  it('stays where it is while a WebSocket still is refused', async () => {
    await meet();
    ann.wake();
    await ann.until(() => proxy.count('/v1/ws') === 2);
    await send(ben, 'still there');
    await ann.until(() => ann.texts.length === 1);
    expect(ann.connection.state).toEqual({ kind: 'open', transport: 'events' });
  });

  it.each([
    ['events', false],
    ['poll', true],
  ] as const)('[L2] stops when its session is ended elsewhere: %s', async (_, isHeld) => {
    proxy.isHoldingBack = isHeld;
    await meet();
    const state = ann.session.state.getSnapshot();
    if (state.kind !== 'signed_in') throw new Error('not signed in');
    const token = await ann.session.accessToken();
    await ann.requests.ask({ method: 'DELETE', path: `/sessions/${state.session}`, token });
    await ann.until(() => ann.connection.state.kind === 'stopped');
    expect(ann.connection.state).toEqual({ kind: 'stopped', why: 'signed_out' });
  });

  it('[L1] notices that events have fallen silent, and does not begin with them again', async () => {
    await meet();
    proxy.silence();
    await ann.until(() => ann.connection.state.kind !== 'open');
    await ann.untilOpen('poll');
  });
});

describe('a server that ends', () => {
  it.each([
    ['events', false],
    ['poll', true],
  ] as const)('[L5] says when to come back: %s', async (transport, isHeld) => {
    const server = await startRealServer();
    const proxy = await HostileProxy.before(server.url);
    proxy.upgrades = 'refused';
    proxy.isHoldingBack = isHeld;
    const client = new WireClient(proxy.url);
    await client.session.signUp({ username: 'ann', password: PASSWORD });
    client.connection.start();
    await client.untilOpen(transport);
    const stopped = server.stop();
    const bye = await client.until(() => client.frames.find((frame) => frame.type === 'bye'));
    await client.until(() => client.connection.state.kind === 'waiting');
    expect(client.connection.state).toMatchObject({ inMs: bye.type === 'bye' ? bye.afterMs : 0 });
    client.connection.stop();
    await stopped;
    await proxy.close();
  });
});
