// The app of examples/express before the real server: its people come in by its tokens, talk through its own address, and
// notice nothing while its key is changed.
import { randomUUID } from 'node:crypto';
import type { SignedIn, Summary } from '@kith/protocol';
import { Client } from '@kith/testkit/conformance/client';
import { ask } from '@kith/testkit/conformance/http-client';
import { World } from '@kith/testkit/conformance/world';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExpressApp } from './fixtures/express-app.js';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

describe('an app in Express that has chat in it', () => {
  let server: RealServer;
  let world: World;
  let app: ExpressApp;

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '10', TRUSTED_PROXIES: '127.0.0.1' });
    world = new World(() => server.url);
    await world.fill(2);
    app = await ExpressApp.before(world);
  });
  afterAll(async () => {
    await app?.stop();
    await world?.leave();
    await server?.stop();
  });

  const signedIn = async (username: string, at = app): Promise<SignedIn> => {
    const { status, body, text } = await (await at.logIn(username)).signIn();
    expect(status, text).toBe(201);
    return body;
  };
  /** A WebSocket through the app. */
  const connect = async ({ accessToken: token }: SignedIn, at = app): Promise<Client> => {
    const client = await Client.open(at.url, { headers: { origin: at.url } });
    await client.hello({ token });
    return client;
  };
  const direct = async ({ accessToken: token }: SignedIn, other: SignedIn): Promise<string> => {
    const body = { kind: 'direct', members: [other.user.id] };
    return (await ask<Summary>(app.url, 'POST /v1/conversations', { token, body })).body.id;
  };

  it('serves its page, and a token to those alone who are logged in', async () => {
    const page = await ask(app.url, 'GET /');
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('chat.js')]);
    const script = await ask(app.url, 'GET /chat.js');
    expect([script.status, script.text]).toEqual([200, expect.stringContaining('/chat-token')]);
    expect((await ask(app.url, 'GET /me')).status).toBe(401);
    expect((await ask(app.url, 'POST /chat-token')).status).toBe(401);
    expect((await ask(app.url, 'POST /chat-token', { headers: { cookie: `login=${randomUUID()}` } })).status).toBe(401);
  });

  it('has its person made once though two tabs come at once, with the name that they have in the app', async () => {
    const tabs = await Promise.all([app.logIn('ann'), app.logIn('ann')]);
    const [one, other] = await Promise.all(tabs.map((tab) => tab.signIn()));
    expect(one?.body.user).toMatchObject({ name: 'Ann Example', username: 'ann' });
    expect(other?.body.user).toEqual(one?.body.user);
    expect(other?.body.session).not.toBe(one?.body.session);
    const [row] = await server.query('SELECT count(*)::int AS people FROM host_subject');
    expect(row?.people).toBe(1);
  });

  it('carries what one sends to the other, over its own address', async () => {
    const [ann, ben] = [await signedIn('ann'), await signedIn('ben')];
    const conversation = await direct(ann, ben);
    const [sender, reader] = [await connect(ann), await connect(ben)];
    await sender.say(conversation, 'is it in stock?');
    const entry = await reader.until((frame) => frame.type === 'entry' && frame.kind === 'message.sent');
    expect(entry).toMatchObject({ author: ann.user.id, body: { text: 'is it in stock?' } });
    await Promise.all([sender.close(), reader.close()]);
  });

  it('passes on what the chat refuses, sockets too, and knows nothing of other paths', async () => {
    const refused = await ask(app.url, 'GET /v1/me', { token: 'rubbish' });
    expect([refused.status, refused.body.code]).toEqual([401, 'unauthenticated']);
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    await expect(Client.open(app.url, { headers: { origin: 'https://elsewhere.example' } })).rejects.toThrow('403');
    expect((await ask(app.url, 'GET /v1x')).status).toBe(404);
  });

  it('has its key changed while its people talk: the second is added, the first revoked, nobody is cut off', async () => {
    const [ann, ben] = [await signedIn('ann'), await signedIn('ben')];
    const conversation = await direct(ann, ben);
    const [sender, reader] = [await connect(ann), await connect(ben)];
    const next = await ExpressApp.before(world);
    try {
      await sender.say(conversation, 'before');
      expect((await signedIn('ann', next)).user).toEqual(ann.user);
      expect((await signedIn('ann')).user).toEqual(ann.user);
      await world.do(await world.owner(), `DELETE /v1/workspace/keys/${app.key.kid}`);
      const old = await (await app.logIn('ann')).signIn();
      expect([old.status, (old.body as unknown as { code: string }).code]).toEqual([401, 'unauthenticated']);
      expect((await signedIn('ann', next)).user).toEqual(ann.user);
      await sender.say(conversation, 'after');
      await reader.until((frame) => frame.type === 'entry' && frame.body.text === 'after');
      const refreshed = await ask(next.url, 'POST /v1/sessions/refresh', { body: { refreshToken: ann.refreshToken } });
      expect(refreshed.status).toBe(200);
    } finally {
      await Promise.all([sender.close(), reader.close()]);
      await app.stop();
      app = next;
    }
  });

  it('is the only one who can sign: a forged token is refused, and nothing of any token is printed', async () => {
    const tab = await app.logIn('ann');
    const token = await tab.token();
    const [head = '', payload = '', signature = ''] = token.split('.');
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: 'u-2' };
    const forged = [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
    const answer = await tab.signIn(forged);
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([401, 'unauthenticated']);
    expect((await tab.signIn(token)).status).toBe(201);
    for (const secret of [signature, payload]) expect(server.printed()).not.toContain(secret);
  });
});
