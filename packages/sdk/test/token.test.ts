// The session of the SDK with tokens of an app's own server, against the real server.
import { Product } from '@kith/testkit/conformance/product';
import { World } from '@kith/testkit/conformance/world';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { memoryKeyValues } from '../src/platform/key-values.js';
import { WireClient } from './fixtures/wire-client.js';

describe('the session of the SDK with tokens of an app', () => {
  let server: RealServer;
  let world: World;
  let product: Product;

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '10' });
    world = new World(() => server.url);
    await world.fill(1);
    product = await Product.of(world);
  });
  afterAll(() => server?.stop());

  /** A client of a person whom the app vouches for, and how often it did. */
  function clientOf(sub: string, keyValues = memoryKeyValues()) {
    const client = new WireClient(server.url, { keyValues });
    const asked: string[] = [];
    client.session.useToken(async () => {
      asked.push(sub);
      return product.sign({ sub, name: 'Pat' });
    }, sub);
    return { client, asked };
  }
  function signedInAs({ session }: WireClient) {
    const state = session.state.getSnapshot();
    if (state.kind !== 'signed_in') throw new Error('not signed in');
    return state;
  }

  it('exchanges a token for a session, connects with it, and keeps it for the next run', async () => {
    const keyValues = memoryKeyValues();
    const first = clientOf('kept', keyValues);
    first.client.connection.start();
    await first.client.untilOpen();
    expect(signedInAs(first.client).user).toMatchObject({ name: 'Pat', kind: 'person' });
    first.client.connection.stop();
    const next = clientOf('kept', keyValues);
    await next.client.session.accessToken();
    expect(signedInAs(next.client)).toEqual(signedInAs(first.client));
    expect([first.asked.length, next.asked.length]).toEqual([1, 0]);
  });

  it('exchanges anew where the session has ended, and is the same person in another session', async () => {
    const { client, asked } = clientOf('ended');
    const ended = await client.session.accessToken();
    const before = signedInAs(client);
    await client.requests.ask({ method: 'DELETE', path: '/sessions/current', token: ended });
    const [fresh, again] = await Promise.all([client.session.accessToken(ended), client.session.accessToken(ended)]);
    expect(again).toBe(fresh);
    expect(asked).toHaveLength(2);
    const after = signedInAs(client);
    expect(after.user).toEqual(before.user);
    expect(after.session).not.toBe(before.session);
    client.connection.start();
    await client.untilOpen();
    client.connection.stop();
  });

  it('says that it is not signed in where the server does not take the token, and asks the app again next time', async () => {
    const stranger = await Product.of(world);
    await stranger.revoke(world);
    const client = new WireClient(server.url);
    let signer = stranger;
    client.session.useToken(async () => signer.sign({ sub: 'refused' }));
    await expect(client.session.accessToken()).rejects.toMatchObject({ name: 'Refusal', code: 'unauthenticated' });
    expect(client.session.state.getSnapshot().kind).toBe('signed_out');
    signer = product;
    expect(await client.session.accessToken()).toEqual(expect.any(String));
  });
});
