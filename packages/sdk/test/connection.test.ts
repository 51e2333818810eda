import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { memoryKeyValues } from '../src/platform/key-values.js';
import { HostileProxy } from './fixtures/hostile-proxy.js';
import { PASSWORD, WireClient } from './fixtures/wire-client.js';

describe('the connection of the SDK with the real server', () => {
  let server: RealServer;
  let proxy: HostileProxy;
  let ann: WireClient;
  let ben: WireClient;
  let conversation: string;

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '5' });
  });
  afterAll(() => server?.stop());

  beforeEach(async () => {
    proxy = await HostileProxy.before(server.url);
    ann = new WireClient(proxy.url);
    ben = new WireClient(server.url);
    for (const client of [ann, ben]) await signUp(client);
  });
  afterEach(async () => {
    for (const client of [ann, ben]) client.connection.stop();
    await proxy.close();
  });

  async function signUp(client: WireClient): Promise<void> {
    await client.session.signUp({ username: `u${randomUUID().slice(0, 8)}`, password: PASSWORD });
  }
  function idOf(client: WireClient): string {
    const state = client.session.state.getSnapshot();
    if (state.kind !== 'signed_in') throw new Error('not signed in');
    return state.user.id;
  }
  /** Both are there, in one conversation. */
  async function meet(): Promise<void> {
    ann.connection.start();
    ben.connection.start();
    await Promise.all([ann.untilOpen(), ben.untilOpen()]);
    const { summary } = await ben.command('conversation.create', { kind: 'direct', members: [idOf(ann)] });
    conversation = summary.id;
    await ann.until(() => ann.frames.some(({ type }) => type === 'conversation'));
  }
  const send = (client: WireClient, text: string) =>
    client.command('message.send', { conversation, key: randomUUID(), text });

  it('carries what is sent to the other, in order', async () => {
    await meet();
    await Promise.all(['1', '2', '3'].map((text) => send(ann, text)));
    await ben.until(() => ben.texts.length === 3);
    expect(ben.texts).toEqual(['1', '2', '3']);
    expect(ann.connection.state).toEqual({ kind: 'open', transport: 'websocket' });
    ann.connection.signal({ name: 'typing', conversation });
    await ben.until(() => ben.frames.some((frame) => frame.type === 'signal' && frame.name === 'typing'));
  });

  it('refuses what the server refuses', async () => {
    await meet();
    await expect(ann.command('conversation.read', { conversation: randomUUID() })).rejects.toMatchObject({
      name: 'Refusal',
      code: 'not_found',
      retry: 'new_key',
    });
  });

  it('comes back after a cut, and catches up with what came meanwhile', async () => {
    await meet();
    await send(ben, 'before');
    await ann.until(() => ann.texts.length === 1 && ann.frames.at(-1)?.type === 'synced');
    proxy.upgrades = 'refused';
    proxy.cut();
    await ann.until(() => ann.connection.state.kind !== 'open');
    await send(ben, 'meanwhile');
    proxy.upgrades = 'passed';
    await ann.until(() => ann.texts.length === 2);
    expect(ann.texts).toEqual(['before', 'meanwhile']);
    expect(ann.frames.filter(({ type }) => type === 'welcome')).toHaveLength(2);
  });

  it('[S11] notices after a sleep that its network has fallen silent', async () => {
    await meet();
    proxy.silence();
    await send(ben, 'unheard');
    ann.wake();
    await ann.until(() => ann.texts.length === 1);
    expect(proxy.count('/v1/ws')).toBe(2);
  });

  it('gets a fresh token by itself where the one it has is refused', async () => {
    const keyValues = memoryKeyValues();
    const first = new WireClient(server.url, { keyValues });
    await signUp(first);
    const name = `kith.session:${server.url}`;
    const kept = JSON.parse((await keyValues.get(name)) ?? '') as { readonly accessToken: string };
    const [head, payload] = kept.accessToken.split('.');
    await keyValues.set(name, JSON.stringify({ ...kept, accessToken: `${head}.${payload}.${'A'.repeat(43)}` }));
    const client = new WireClient(server.url, { keyValues });
    client.connection.start();
    await client.untilOpen();
    expect(client.states.map(({ kind }) => kind)).toEqual(['connecting', 'connecting', 'open']);
    client.connection.stop();
  });

  it('stops when its session is ended elsewhere, and knows that it is signed out', async () => {
    await meet();
    const { session } = ann.session.state.getSnapshot() as { session: string };
    await ann.requests.ask({
      method: 'DELETE',
      path: `/sessions/${session}`,
      token: await ann.session.accessToken(),
    });
    await ann.until(() => ann.connection.state.kind === 'stopped');
    expect(ann.connection.state).toEqual({ kind: 'stopped', why: 'signed_out' });
    expect(ann.session.state.getSnapshot()).toEqual({ kind: 'signed_out', isEnded: true });
  });
});
