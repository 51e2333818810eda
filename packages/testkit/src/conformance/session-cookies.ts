// H18 of docs/protocol/v1.md: refresh tokens that the scripts of a page can't read, and that no other page can use.
import { randomUUID } from 'node:crypto';
import type { SignedIn } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Answer, Asked } from './http-client.js';
import type { World } from './world.js';

const SECURE = /^__Host-kith-[0-9a-f-]{36}=\w+; Max-Age=\d+; Path=\/; Secure; HttpOnly; SameSite=Strict$/;

type Headers = { readonly [name: string]: string };

export function sessionCookieRules(world: World): void {
  const own = (): Headers => ({ origin: world.url, 'kith-refresh': 'cookie', 'sec-fetch-site': 'same-origin' });
  const ask = (route: string, asked: Asked) => world.ask<SignedIn>(null, route, asked);
  const signIn = (headers: Headers) => {
    const [{ username, password }] = world.pair();
    return ask('POST /v1/sessions', { body: { username, password }, headers });
  };
  const refresh = (refreshToken: string, headers: Headers) =>
    ask('POST /v1/sessions/refresh', { body: { refreshToken }, headers });
  const cookiesOf = ({ headers }: Answer<SignedIn>) => headers.getSetCookie();
  const sent = (answer: Answer<SignedIn>) => cookiesOf(answer).map((cookie) => cookie.split(';')[0] ?? '');
  describe('H: sessions in cookies', () => {
    test('[H18] the token is in a cookie of its session that no script reads, is refreshed there, and goes with its session', async () => {
      const first = await signIn(own());
      const { session, refreshToken } = first.body;
      expect([first.status, refreshToken]).toEqual([201, session]);
      const [cookie = ''] = cookiesOf(first);
      expect(cookie).toMatch(/; Path=\/v1\/sessions; HttpOnly; SameSite=Strict$/);
      expect(cookie.startsWith(`kith-${session}=`)).toBe(true);
      const second = await refresh(session, { ...own(), cookie: sent(first).join('; ') });
      expect([second.status, second.body.refreshToken]).toEqual([200, session]);
      expect(sent(second)).not.toEqual(sent(first));
      expect(second.text).not.toContain(sent(second)[0]?.split('=')[1]);
      const { accessToken: token } = second.body;
      expect((await world.ask(null, 'GET /v1/me', { token })).status).toBe(200);
      const end = await world.ask<SignedIn>(null, 'DELETE /v1/sessions/current', { token, headers: own() });
      expect(end.status).toBe(204);
      const removed = expect.stringMatching(new RegExp(`^kith-${session}=; Max-Age=0; `));
      expect(cookiesOf(end)).toEqual([removed]);
      const over = await refresh(session, { ...own(), cookie: sent(second).join('; ') });
      expect([over.status, cookiesOf(over)]).toEqual([401, [removed]]);
    });

    test('[H18] a page of another origin is forbidden, whatever else it says, and the token stays good', async () => {
      const signed = await signIn(own());
      const cookie = sent(signed).join('; ');
      const { origin: _, ...unnamed } = own();
      for (const headers of [
        { ...own(), origin: 'https://evil.example' },
        { ...own(), origin: 'null' },
        { ...own(), 'sec-fetch-site': 'cross-site' },
        { ...own(), 'sec-fetch-site': 'same-site' },
        unnamed,
      ]) {
        const answer = await refresh(signed.body.session, { ...headers, cookie });
        expect([answer.status, cookiesOf(answer)], JSON.stringify(headers)).toEqual([403, []]);
      }
      expect((await refresh(signed.body.session, { ...own(), cookie })).status).toBe(200);
    });

    test('[H18] without the header no cookie is read, and none is given', async () => {
      const signed = await signIn(own());
      const answer = await refresh(signed.body.session, { origin: world.url, cookie: sent(signed).join('; ') });
      expect([answer.status, cookiesOf(answer)]).toEqual([401, []]);
      const { 'kith-refresh': _, ...plain } = own();
      const other = await signIn(plain);
      expect(cookiesOf(other)).toEqual([]);
      expect(other.body.refreshToken).not.toBe(other.body.session);
      expect((await refresh(signed.body.session, { ...own(), 'kith-refresh': 'body' })).status).toBe(400);
    });

    test('[H18] a token that a client has moves into a cookie', async () => {
      const ann = await world.signIn(world.pair()[0]);
      const moved = await refresh(ann.refreshToken, own());
      expect([moved.status, moved.body.refreshToken]).toEqual([200, ann.session]);
      expect((await refresh(ann.session, { ...own(), cookie: sent(moved).join('; ') })).status).toBe(200);
    });

    test('[H18] over https no other host can set one, and a browser has five at most: the oldest go', async () => {
      const older = Array.from({ length: 7 }, () => `__Host-kith-${randomUUID()}`);
      const cookie = [
        'theme=dark',
        ...older.map((name) => `${name}=x`),
        '__Host-kith-=x',
        '__Host-kith-rubbish=x',
      ].join('; ');
      const answer = await signIn({ ...own(), origin: world.url.replace('http:', 'https:'), cookie });
      const [kept, ...removed] = cookiesOf(answer);
      expect(kept).toMatch(SECURE);
      expect(removed.map((set) => set.split('=')[0])).toEqual(older.slice(0, 3));
    });
  });
}
