import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyValueStore } from '../ports.js';
import { Session } from '../session/session.js';
import { Requests } from '../wire/http.js';
import { makeCookieSession } from './cookie-session.js';
import { queuedExclusive } from './exclusive.js';
import { fetchHttp } from './fetch-http.js';
import { memoryKeyValues } from './key-values.js';

const URL_OF_SERVER = 'https://chat.example';
const NAME = `kith.session:${URL_OF_SERVER}`;

/** A browser and a server: the first keeps cookies, the second has sessions, each with a token that rotates. */
class Browser {
  readonly jar = new Map<string, string>();
  readonly live = new Map<string, string>();
  readonly asked: { readonly path: string; readonly init: RequestInit }[] = [];
  readonly kept = new Map<string, string>();
  isOffline = false;
  #made = 0;

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const path = new URL(url).pathname;
    this.asked.push({ path, init });
    if (this.isOffline) throw new TypeError('no network');
    const headers = new Headers(init.headers);
    if (path === '/v1/me') return Response.json({});
    if (init.credentials !== 'same-origin' || headers.get('kith-refresh') !== 'cookie')
      return new Response('', { status: 403 });
    const body = JSON.parse(String(init.body ?? '{}')) as { readonly [field: string]: string };
    if (path === '/v1/sessions') return this.#give(`session of ${body.username}`);
    if (path === '/v1/sessions/refresh') {
      const session = body.refreshToken ?? '';
      const isGood = this.live.has(session) && this.live.get(session) === this.jar.get(session);
      return isGood ? this.#give(session) : this.#refuse(session);
    }
    const [, , session = ''] = headers.get('authorization')?.split('/') ?? [];
    if (!this.live.delete(session)) return this.#refuse(session);
    this.jar.delete(session);
    return new Response(null, { status: 204 });
  };

  readonly keyValues: KeyValueStore = {
    get: async (name) => this.kept.get(name) ?? null,
    set: async (name, value) => void this.kept.set(name, value),
    remove: async (name) => void this.kept.delete(name),
  };

  #give(session: string): Response {
    this.#made += 1;
    const token = `token ${this.#made}`;
    this.jar.set(session, token);
    this.live.set(session, token);
    const accessToken = `access/${this.#made}/${session}`;
    return Response.json({ user: { id: session }, session, refreshToken: session, accessToken, expiresAt: 1 });
  }

  #refuse(session: string): Response {
    this.jar.delete(session);
    return Response.json({ code: 'unauthenticated', message: 'm', retry: 'same_key' }, { status: 401 });
  }
}

describe('a session in a cookie', () => {
  let browser: Browser;
  let clock: FakeClock;

  beforeEach(() => {
    browser = new Browser();
    clock = new FakeClock();
  });

  /** A tab, or the next run. */
  function tab() {
    const { fetch, keyValues } = browser;
    const { platform, endLeft } = makeCookieSession({ url: URL_OF_SERVER, fetch, keyValues });
    const http = fetchHttp(platform.fetch ?? fetch);
    const requests = new Requests({ http, clock, url: URL_OF_SERVER });
    const parts = { requests, keyValues: platform.keyValues ?? memoryKeyValues(), clock };
    return { session: new Session({ ...parts, exclusive: queuedExclusive(), name: URL_OF_SERVER }), requests, endLeft };
  }
  const signIn = (session: Session, username: string) => session.signIn({ username, password: 'right' });

  it('[H18] keeps no token on the device, and knows in the next run who is signed in, without a network', async () => {
    await signIn(tab().session, 'ann');
    const kept = [...browser.kept.values()].join();
    for (const token of ['access/', ...browser.jar.values()]) expect(kept).not.toContain(token);
    browser.isOffline = true;
    const next = tab().session;
    await expect(next.load()).resolves.toMatchObject({ kind: 'signed_in', user: { id: 'session of ann' } });
    await expect(next.accessToken()).rejects.toMatchObject({ code: 'unavailable' });
    browser.isOffline = false;
    await expect(next.accessToken()).resolves.toBe('access/2/session of ann');
    await expect(next.accessToken(), 'it is used while it is good').resolves.toBe('access/2/session of ann');
  });

  it('sends cookies with what begins, goes on with and ends a session, and with nothing else', async () => {
    const { session, requests } = tab();
    await signIn(session, 'ann');
    await requests.askAs((rejected) => session.accessToken(rejected), { method: 'GET', path: '/me' });
    await session.signOut();
    const said = browser.asked.map(({ path, init }) => [path, init.credentials, init.keepalive === true]);
    expect(said).toEqual([
      ['/v1/sessions', 'same-origin', true],
      ['/v1/me', 'omit', false],
      ['/v1/sessions/current', 'same-origin', true],
    ]);
    expect([browser.jar.size, browser.kept.size]).toEqual([0, 0]);
  });

  it('follows another tab to another person, and a late answer for the first leaves the second alone', async () => {
    const [first, second] = [tab().session, tab().session];
    await signIn(first, 'ann');
    await second.load();
    const late = first.accessToken('access/1/session of ann');
    await signIn(second, 'ben');
    await late.catch(() => {});
    await first.load();
    for (const session of [first, second]) {
      expect(session.state.getSnapshot()).toMatchObject({ user: { id: 'session of ben' } });
      await expect(session.accessToken()).resolves.toMatch(/session of ben$/);
      await expect(session.accessToken(await session.accessToken())).resolves.toMatch(/session of ben$/);
    }
    await second.signOut();
    await expect(first.load()).resolves.toMatchObject({ kind: 'signed_out' });
    await expect(first.accessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('ends a session that was left without a network when the server can be reached again, and no other', async () => {
    const { session } = tab();
    await signIn(session, 'ann');
    browser.isOffline = true;
    await session.signOut();
    await tab().endLeft();
    expect([...browser.live.keys()]).toEqual(['session of ann']);
    browser.isOffline = false;
    const next = tab();
    await signIn(next.session, 'ben');
    await next.endLeft();
    expect([...browser.live.keys()]).toEqual(['session of ben']);
    expect([...browser.jar.keys()]).toEqual(['session of ben']);
    expect([...browser.kept.keys()]).toEqual([NAME]);
  });

  it('moves the token that an earlier build kept into a cookie, and is signed out where that is no good', async () => {
    browser.live.set('s', 'old');
    browser.jar.set('s', 'old');
    const old = { user: { id: 's' }, session: 's', refreshToken: 's', accessToken: 'access/0/s', keptAt: clock.now() };
    browser.kept.set(NAME, JSON.stringify({ ...old, person: null, expiresAt: 1 }));
    const { session } = tab();
    await expect(session.accessToken()).resolves.toBe('access/1/s');
    expect(browser.kept.get(NAME)).not.toContain('access');
    browser.live.clear();
    await expect(tab().session.accessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(session.load()).resolves.toMatchObject({ kind: 'signed_out' });
    expect(browser.jar.size).toBe(0);
    await session.load();
    await tab().endLeft();
    expect(browser.kept.size).toBe(0);
  });

  it('takes what is kept and is not of ours for nothing', async () => {
    browser.kept.set(NAME, '{"session":5').set('kith.left', '"x"');
    const { session, endLeft } = tab();
    await expect(session.load()).resolves.toMatchObject({ kind: 'signed_out' });
    await endLeft();
    expect(browser.asked).toEqual([]);
  });
});
