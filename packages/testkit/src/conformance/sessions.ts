// H9, H10 and H13 of docs/protocol/v1.md: signing up and in, and the life of tokens.
import { randomUUID } from 'node:crypto';
import type { SignedIn } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { told } from './told.js';
import { type Person, refusal, type World } from './world.js';

const QUARTER_HOUR_MS = 900_000;
const NAMES_NOT_TAKEN = ['', '-ann', 'ann-', 'an n', 'änn', 'a'.repeat(33), 'ann\u0000'];
const PASSWORDS_NOT_TAKEN = ['short', 'nine char', 'x'.repeat(257), 'password123', '1234567890'];

export function sessionRules(world: World): void {
  const refresh = (refreshToken: string) =>
    world.ask<SignedIn>(null, 'POST /v1/sessions/refresh', { body: { refreshToken } });
  const signIn = async ({ username, password }: Person, scopes: readonly string[]) => {
    const body = { username, password, scopes };
    return (await world.ask<SignedIn>(null, 'POST /v1/sessions', { body })).body;
  };
  const signUp = (username: string, password: string) =>
    world.ask(null, 'POST /v1/accounts', { body: { username, password } });

  describe('H: sessions', () => {
    test('[H9] signing in gives a pair of tokens, the access token for 15 minutes', async () => {
      const [ann] = world.pair();
      const body = { username: ann.username.toUpperCase(), password: ann.password, device: 'laptop' };
      const { status, body: signed, headers } = await world.ask<SignedIn>(null, 'POST /v1/sessions', { body });
      expect(status).toBe(201);
      const lifeMs = signed.expiresAt - Date.parse(headers.get('date') ?? '');
      expect(Math.abs(lifeMs - QUARTER_HOUR_MS)).toBeLessThan(10_000);
      const me = await world.ask(null, 'GET /v1/me', { token: signed.accessToken });
      expect(me.body).toMatchObject({ id: ann.id, username: ann.username });
      const { items } = await world.do<{ items: object[] }>(ann, 'GET /v1/sessions');
      expect(items).toContainEqual(expect.objectContaining({ id: signed.session, device: 'laptop', current: false }));
      const wrong = await world.ask(null, 'POST /v1/sessions', { body: { ...body, password: 'wrong password' } });
      const nobody = { username: `n${randomUUID().slice(0, 8)}`, password: 'wrong password' };
      const unknown = await world.ask(null, 'POST /v1/sessions', { body: nobody });
      expect(told(wrong)).toEqual({ ...told(unknown), status: 401 });
    });

    test('[H9] an old refresh token gives the same pair until the new one is used, and then ends the session', async () => {
      const ann = await world.signIn(world.pair()[0]);
      const first = await refresh(ann.refreshToken);
      const again = await refresh(ann.refreshToken);
      expect([first.status, again.status]).toEqual([200, 200]);
      expect(again.body.refreshToken).toBe(first.body.refreshToken);
      expect(again.body.session).toBe(ann.session);
      const second = await refresh(first.body.refreshToken);
      expect(second.status).toBe(200);
      expect((await world.ask(null, 'GET /v1/me', { token: second.body.accessToken })).status).toBe(200);
      const reused = await refresh(ann.refreshToken);
      expect(reused).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect((await refresh(second.body.refreshToken)).status).toBe(401);
      expect((await world.ask(null, 'GET /v1/me', { token: second.body.accessToken })).status).toBe(401);
    });

    test('[H9] a refresh token that is none is unauthenticated', async () => {
      const [ann] = world.pair();
      for (const token of ['x', ann.session, ann.refreshToken.slice(0, -2), 'a'.repeat(200)]) {
        expect(await refresh(token)).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      }
    });

    test('[E5] a wrong password and a wrong refresh token are unauthenticated, however often they are sent', async () => {
      const [ann] = world.pair();
      const body = { username: ann.username, password: `not ${ann.password}` };
      for (let times = 0; times < 2; times += 1) {
        const answers = [await world.ask(null, 'POST /v1/sessions', { body }), await refresh('no token')];
        for (const answer of answers) expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      }
    });

    test('[H13] a session is made with fewer scopes, keeps them when it is refreshed, and shows them', async () => {
      const [ann] = world.pair();
      const narrow = await signIn(ann, ['read']);
      const pair = (await refresh(narrow.refreshToken)).body;
      expect([narrow.scopes, pair.scopes]).toEqual([['read'], ['read']]);
      const as = { token: pair.accessToken };
      expect((await world.ask(null, 'GET /v1/me', as)).status).toBe(200);
      for (const [route, scope] of [
        ['PUT /v1/settings/colour', 'write'],
        ['PATCH /v1/me', 'account'],
        ['GET /v1/sessions', 'account'],
      ] as const) {
        const body = route.startsWith('GET') ? {} : { body: { value: 1 } };
        const answer = await world.ask(null, route, { ...as, ...body });
        expect(answer, route).toMatchObject({ status: 403, body: { code: 'forbidden' } });
        expect(answer.body.message).toContain(scope);
      }
      const { items } = await world.do<{ items: object[] }>(ann, 'GET /v1/sessions');
      expect(items).toContainEqual(expect.objectContaining({ id: pair.session, scopes: ['read'] }));
      expect(items).toContainEqual(expect.objectContaining({ id: ann.session, scopes: ['read', 'write', 'account'] }));
      expect((await world.ask(null, 'DELETE /v1/sessions/current', as)).status).toBe(204);
    });

    test('[H13] a socket is for sessions that may read, and takes commands by their scopes', async () => {
      const [ann] = world.pair();
      const reader = await world.open();
      await reader.hello({ token: (await signIn(ann, ['read'])).accessToken });
      expect(await reader.command('settings.read')).toHaveProperty('values');
      const setting = reader.command('setting.set', { name: 'colour', value: 1 });
      await expect(setting).rejects.toMatchObject(refusal('forbidden'));
      const writer = await world.open();
      writer.send({ type: 'hello', token: (await signIn(ann, ['write', 'account'])).accessToken });
      expect((await writer.ended).code).toBe(4405);
    });

    test('[H10] names and passwords that are not taken are bad_request', async () => {
      for (const name of NAMES_NOT_TAKEN) {
        expect(await signUp(name, 'nine blue doors 52'), name).toMatchObject({ body: { code: 'bad_request' } });
      }
      for (const password of PASSWORDS_NOT_TAKEN) {
        const answer = await signUp(`q${randomUUID().slice(0, 8)}`, password);
        expect(['bad_request', 'too_large'], password).toContain(answer.body.code);
      }
    });

    test('[H10] case does not tell two usernames apart', async () => {
      const [ann] = world.pair();
      const answer = await signUp(ann.username.toUpperCase(), 'nine blue doors 52');
      expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } });
    });
  });
}
