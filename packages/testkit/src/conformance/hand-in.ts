// H14 to H17 of docs/protocol/v1.md: a product signs its own people in.
import { randomUUID } from 'node:crypto';
import type { SignedIn, WorkspaceKey } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer, Fields } from './http-client.js';
import { Product } from './product.js';
import { told } from './told.js';
import type { World } from './world.js';

export function handInRules(world: World): void {
  const exchange = (assertion: string, more: Fields = {}): Promise<Answer<SignedIn>> =>
    world.ask<SignedIn>(null, 'POST /v1/sessions', { body: { assertion, ...more } });
  const signIn = async (assertion: string, more: Fields = {}): Promise<SignedIn> => {
    const { status, body, text } = await exchange(assertion, more);
    expect(status, text).toBe(201);
    return body;
  };
  const codeOf = async (assertion: string, more: Fields = {}) => {
    const { status, body } = await exchange(assertion, more);
    return [status, (body as unknown as Fields).code];
  };
  const newSub = () => `sub-${randomUUID()}`;

  describe('H: people of a product', () => {
    test('[H14] an assertion in the place of a password begins a session like any other', async () => {
      const product = await Product.of(world);
      const signed = await signIn(product.sign({ sub: newSub(), name: 'Pat' }), { device: 'shop' });
      const me = await world.ask(null, 'GET /v1/me', { token: signed.accessToken });
      expect(me.body).toMatchObject({ id: signed.user.id, name: 'Pat', workspaceRole: 'member' });
      const body = { refreshToken: signed.refreshToken };
      expect(await world.ask(null, 'POST /v1/sessions/refresh', { body })).toMatchObject({ status: 200 });
      await product.revoke(world);
    });

    test('[H14] what is not signed with ES256 and a key of the workspace is unauthenticated', async () => {
      const product = await Product.of(world);
      const good = product.sign({ sub: newSub() });
      const other = await Product.of(world);
      const [head, , signature] = good.split('.');
      const swapped = `${head}.${other.sign({ sub: newSub() }).split('.')[1]}.${signature}`;
      const forged = [
        swapped,
        good.split('.').slice(0, 2).join('.'),
        ...[
          { alg: 'none' },
          { alg: 'HS256' },
          { kid: randomUUID() },
          { kid: other.key.kid },
          { crit: ['x'], x: 1 },
        ].map((header) => product.sign({ sub: newSub() }, { header })),
      ];
      for (const assertion of forged) expect(await codeOf(assertion)).toEqual([401, 'unauthenticated']);
      expect(await codeOf('x'.repeat(4_097))).toEqual([400, 'bad_request']);
      expect(await codeOf(good, { username: 'ann', password: 'both of them' })).toEqual([400, 'bad_request']);
      const headers = { 'kith-workspace': 'elsewhere' };
      const there = await world.ask(null, 'POST /v1/sessions', { body: { assertion: good }, headers });
      expect(there.status).toBe(404);
      expect((await exchange(good)).status).toBe(201);
      await Promise.all([product.revoke(world), other.revoke(world)]);
    });

    test('[H15] audience and times bind it, claims have their form, and it may be shown again until its end', async () => {
      const product = await Product.of(world);
      const now = Math.floor(Date.now() / 1_000);
      const sub = newSub();
      const refused = [{ aud: 'kith' }, { iat: now - 601, exp: now }, { iat: now - 120, exp: now - 60 }];
      for (const claims of [...refused, { iat: now + 120, exp: now + 180 }, { nbf: now + 120 }]) {
        expect([claims, ...(await codeOf(product.sign({ sub, ...claims })))]).toEqual([claims, 401, 'unauthenticated']);
      }
      for (const claims of [{ sub: '' }, { sub: 'x'.repeat(201) }, { exp: undefined }, { username: 'a b' }]) {
        expect(await codeOf(product.sign({ sub, ...claims }))).toEqual([400, 'bad_request']);
      }
      expect(await codeOf(product.sign({ sub, name: 'x'.repeat(101) }))).toEqual([413, 'too_large']);
      const assertion = product.sign({ sub, exp: now + 590, aud: ['other', product.key.audience], other: 1 });
      const [first, again] = [await signIn(assertion), await signIn(assertion)];
      expect(again.user.id).toBe(first.user.id);
      expect(again.session).not.toBe(first.session);
      await product.revoke(world);
    });

    test('[H15] `scope` bounds the session, and `scopes` may ask for less', async () => {
      const product = await Product.of(world);
      const sign = (scope?: string) => product.sign({ sub: 'scoped', scope });
      expect((await signIn(sign())).scopes).toEqual(['read', 'write', 'account']);
      expect((await signIn(sign('write read'))).scopes).toEqual(['read', 'write']);
      expect((await signIn(sign('write read'), { scopes: ['read', 'account'] })).scopes).toEqual(['read']);
      expect(await codeOf(sign('read'), { scopes: ['write'] })).toEqual([403, 'forbidden']);
      expect(await codeOf(sign('fly'))).toEqual([400, 'bad_request']);
      await product.revoke(world);
    });

    test('[H16] a sub is one person, made once by many at once, whom no password opens', async () => {
      const product = await Product.of(world);
      const [sub, username] = [newSub(), `h${randomUUID().slice(0, 18)}`];
      const tabs = Array.from({ length: 8 }, () => signIn(product.sign({ sub, username })));
      const people = new Set((await Promise.all(tabs)).map(({ user }) => user.id));
      expect(people.size).toBe(1);
      const password = { username, password: 'seven tall herons 41' };
      const nobody = { ...password, username: `n${randomUUID().slice(0, 18)}` };
      const theirs = await world.ask(null, 'POST /v1/sessions', { body: password });
      const nobodys = await world.ask(null, 'POST /v1/sessions', { body: nobody });
      expect(told(theirs)).toEqual({ ...told(nobodys), status: 401 });
      await product.revoke(world);
    });

    test('[H16] a username that is taken stays its owner’s; name and avatar follow the assertions', async () => {
      const product = await Product.of(world);
      const [ann] = world.pair();
      const sub = newSub();
      const first = await signIn(product.sign({ sub, username: ann.username, name: 'Pat' }));
      expect(first.user.id).not.toBe(ann.id);
      expect(first.user.username).not.toBe(ann.username);
      const changed = await signIn(product.sign({ sub, name: 'Patricia', avatar: 'p.png', username: 'another' }));
      expect(changed.user).toEqual({ ...first.user, name: 'Patricia', avatar: 'p.png', version: 2 });
      expect((await signIn(product.sign({ sub }))).user).toEqual(changed.user);
      await product.revoke(world);
    });

    test('[H17] keys are handed in, listed and rotated; a revoked one signs nobody in, and sessions live on', async () => {
      const [first, second] = [await Product.of(world, 'first'), await Product.of(world, 'second')];
      const owner = await world.owner();
      const list = async () => (await world.do<{ items: WorkspaceKey[] }>(owner, 'GET /v1/workspace/keys')).items;
      expect(await list()).toEqual(expect.arrayContaining([first.key, second.key]));
      const { name, publicKey } = first.key;
      expect(await world.do(owner, 'POST /v1/workspace/keys', { name, publicKey })).toEqual(first.key);
      const sub = newSub();
      const before = await signIn(first.sign({ sub }));
      expect((await signIn(second.sign({ sub }))).user.id).toBe(before.user.id);
      await first.revoke(world);
      expect((await list()).map(({ kid }) => kid)).not.toContain(first.key.kid);
      expect(await codeOf(first.sign({ sub }))).toEqual([401, 'unauthenticated']);
      expect((await signIn(second.sign({ sub }))).user.id).toBe(before.user.id);
      expect((await world.ask(null, 'GET /v1/me', { token: before.accessToken })).status).toBe(200);
      await second.revoke(world);
    });

    test('[H17] anything but the public half of a P-256 key is refused, and so are more than limits.workspaceKeys', async () => {
      const owner = await world.owner();
      const add = (publicKey: string) =>
        world.ask(owner, 'POST /v1/workspace/keys', { body: { name: 'x', publicKey } });
      for (const text of ['secret', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n']) {
        expect(await add(text)).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      }
      const { limits } = (await world.connect(owner)).welcome;
      const { items } = await world.do<{ items: unknown[] }>(owner, 'GET /v1/workspace/keys');
      const products: Product[] = [];
      while (items.length + products.length < limits.workspaceKeys) products.push(await Product.of(world));
      await expect(Product.of(world)).rejects.toThrow('409');
      for (const product of products) await product.revoke(world);
    });
  });
}
