import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, FakeHttp, routeOf } from '../../test/fixtures/fake-http.js';
import { queuedExclusive } from '../platform/exclusive.js';
import { memoryKeyValues } from '../platform/key-values.js';
import type { HttpRequest } from '../ports.js';
import { Requests } from '../wire/http.js';
import { Session } from './session.js';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const REFUSED: Answer = { status: 401, body: { code: 'unauthenticated', message: 'm', retry: 'same_key' } };

/** The accounts of a server, as the contract has them: pairs that rotate, and sessions that end. */
class Accounts {
  readonly clock: FakeClock;
  #made = 0;
  refreshToken = '';
  accessToken = '';

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  pair(user = 'ann', session = 's1'): Answer {
    this.#made += 1;
    this.refreshToken = `refresh-${this.#made}`;
    this.accessToken = `access-${this.#made}`;
    const { refreshToken, accessToken } = this;
    const expiresAt = this.clock.now() + 15 * MINUTE_MS;
    return { status: 201, body: { user: { id: user }, session, accessToken, refreshToken, expiresAt } };
  }

  readonly answer = (request: HttpRequest): Answer => {
    const body = JSON.parse(request.body ?? '{}') as { readonly [field: string]: string };
    switch (routeOf(request)) {
      case 'POST /v1/sessions':
        return body.password === 'wrong' || body.assertion === 'nobody'
          ? REFUSED
          : this.pair(body.username ?? body.assertion);
      case 'POST /v1/sessions/refresh':
        return body.refreshToken === this.refreshToken ? this.pair() : REFUSED;
      case 'DELETE /v1/sessions/current':
        return request.headers.authorization === `Bearer ${this.accessToken}` ? { status: 204 } : REFUSED;
      default:
        return { status: 404 };
    }
  };
}

const REFRESH = 'POST /v1/sessions/refresh';
const EXCHANGE = 'POST /v1/sessions';

describe('the session', () => {
  let clock: FakeClock;
  let http: FakeHttp;
  let accounts: Accounts;
  let keyValues: ReturnType<typeof memoryKeyValues>;
  let exclusive: ReturnType<typeof queuedExclusive>;

  beforeEach(() => {
    clock = new FakeClock();
    http = new FakeHttp();
    accounts = new Accounts(new FakeClock());
    http.answer = accounts.answer;
    keyValues = memoryKeyValues();
    exclusive = queuedExclusive();
  });

  /** Another tab, or the next run. */
  function tab(ownClock = clock, name = 'https://chat.example'): Session {
    const requests = new Requests({ http: http.port, clock: ownClock, url: name });
    return new Session({ requests, keyValues, clock: ownClock, exclusive, name });
  }
  async function signedIn(): Promise<Session> {
    const session = tab();
    await session.signIn({ username: 'ann', password: 'right' });
    return session;
  }

  it('knows nobody at first', async () => {
    const session = tab();
    expect(session.state.getSnapshot()).toEqual({ kind: 'loading' });
    await expect(session.load()).resolves.toEqual({ kind: 'signed_out', isEnded: false });
    await expect(session.accessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(http.requests).toEqual([]);
  });

  it('is there after signing in, also for the next run, and for no other server', async () => {
    await signedIn();
    await expect(tab().load()).resolves.toMatchObject({ kind: 'signed_in', user: { id: 'ann' }, session: 's1' });
    await expect(tab().accessToken()).resolves.toBe('access-1');
    await expect(tab(clock, 'https://other.example').load()).resolves.toMatchObject({ kind: 'signed_out' });
  });

  it('is not there where the server refuses, and says why', async () => {
    const session = tab();
    await expect(session.signIn({ username: 'ann', password: 'wrong' })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await expect(session.load()).resolves.toMatchObject({ kind: 'signed_out' });
  });

  it('uses a token for 13 of its 15 minutes, then renews it once for all tabs', async () => {
    const first = await signedIn();
    const second = tab();
    clock.advance(13 * MINUTE_MS - 1);
    await expect(first.accessToken()).resolves.toBe('access-1');
    expect(http.to(REFRESH)).toHaveLength(0);
    clock.advance(1);
    const tokens = [first, second, first, second].map((session) => session.accessToken());
    await expect(Promise.all(tokens)).resolves.toEqual(Array.from(tokens, () => 'access-2'));
    expect(http.to(REFRESH)).toHaveLength(1);
  });

  it.each([
    ['behind', -HOUR_MS],
    ['ahead', HOUR_MS],
  ])('lets no clock that is an hour %s renew too early or too late', async (_, wrongMs) => {
    clock = new FakeClock(Date.UTC(2026, 0, 1) + wrongMs);
    const session = await signedIn();
    clock.advance(12 * MINUTE_MS);
    await expect(session.accessToken()).resolves.toBe('access-1');
    await expect(tab().accessToken(), 'after a reload').resolves.toBe('access-1');
    clock.advance(MINUTE_MS);
    await expect(session.accessToken()).resolves.toBe('access-2');
  });

  it('keeps its token in this run however the clock is set meanwhile', async () => {
    const session = await signedIn();
    clock.jump(5 * HOUR_MS);
    await expect(session.accessToken()).resolves.toBe('access-1');
    clock.jump(-10 * HOUR_MS);
    await expect(session.accessToken()).resolves.toBe('access-1');
  });

  it('tries a token of an earlier run where the clock was set back, and renews it when it is refused', async () => {
    await signedIn();
    clock.jump(-HOUR_MS);
    const session = tab();
    await expect(session.accessToken()).resolves.toBe('access-1');
    await expect(session.accessToken('access-1')).resolves.toBe('access-2');
  });

  it('takes what another tab has renewed meanwhile', async () => {
    const first = await signedIn();
    const second = tab();
    await second.accessToken('access-1');
    await expect(first.accessToken('access-1')).resolves.toBe('access-2');
    expect(http.to(REFRESH)).toHaveLength(1);
  });

  it('[H9] repeats a refresh that nobody answered with the same token', async () => {
    const session = await signedIn();
    http.answer = () => 'cut';
    await expect(session.accessToken('access-1')).rejects.toMatchObject({ code: 'unavailable' });
    http.answer = () => ({ status: 502, text: 'bad gateway' });
    await expect(session.accessToken('access-1')).rejects.toMatchObject({ code: 'unavailable' });
    http.answer = accounts.answer;
    const state = session.state.getSnapshot();
    await expect(session.accessToken('access-1')).resolves.toBe('access-2');
    expect(session.state.getSnapshot(), 'a new pair is no news of who is signed in').toBe(state);
    expect(http.to(REFRESH).map(({ body }) => body)).toEqual(Array(3).fill('{"refreshToken":"refresh-1"}'));
  });

  it('is signed out when the server has ended it, and stays while the server only is busy', async () => {
    const session = await signedIn();
    http.answer = () => ({ status: 429, body: { code: 'rate_limited', message: 'm', retry: 'same_key' } });
    await expect(session.accessToken('access-1')).rejects.toMatchObject({ code: 'rate_limited' });
    expect(session.state.getSnapshot().kind).toBe('signed_in');
    http.answer = () => REFUSED;
    await expect(session.accessToken('access-1')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(session.state.getSnapshot()).toEqual({ kind: 'signed_out', isEnded: true });
    await expect(tab().load()).resolves.toMatchObject({ kind: 'signed_out' });
  });

  it('is not ended by the late answer of a session that another one took the place of', async () => {
    const session = await signedIn();
    let refuse: (answer: Answer) => void = () => {};
    http.answer = (request) =>
      routeOf(request) === REFRESH
        ? new Promise((resolve) => {
            refuse = resolve;
          })
        : accounts.answer(request);
    const renewed = session.accessToken('access-1');
    renewed.catch(() => {});
    await expect.poll(() => http.to(REFRESH)).toHaveLength(1);
    await tab().signIn({ username: 'ann', password: 'right' });
    refuse(REFUSED);
    await expect(renewed).resolves.toBe('access-2');
    expect(session.state.getSnapshot().kind).toBe('signed_in');
  });

  it('forgets at once when signing out, and tells the server with a token that it takes', async () => {
    const session = await signedIn();
    accounts.accessToken = 'other';
    await session.signOut();
    expect(session.state.getSnapshot()).toEqual({ kind: 'signed_out', isEnded: false });
    expect(http.requests.map(routeOf).slice(1)).toEqual([
      'DELETE /v1/sessions/current',
      REFRESH,
      'DELETE /v1/sessions/current',
    ]);
    expect(http.requests.at(-1)?.headers.authorization).toBe('Bearer access-2');
    await expect(session.accessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('signs out where the server is away too', async () => {
    const session = await signedIn();
    http.answer = () => 'cut';
    await session.signOut();
    await expect(tab().load()).resolves.toMatchObject({ kind: 'signed_out' });
    expect(http.requests.map(routeOf)).toEqual([EXCHANGE, 'DELETE /v1/sessions/current']);
  });

  it('keeps no tokens that come after signing out', async () => {
    const session = await signedIn();
    let answer: (answer: Answer) => void = () => {};
    http.answer = (request) =>
      routeOf(request) === REFRESH
        ? new Promise((resolve) => {
            answer = resolve;
          })
        : { status: 204 };
    const renewed = session.accessToken('access-1');
    renewed.catch(() => {});
    await expect.poll(() => http.to(REFRESH)).toHaveLength(1);
    await session.signOut();
    answer(accounts.pair());
    await expect(renewed).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(tab().load()).resolves.toMatchObject({ kind: 'signed_out' });
  });

  it('takes neither an answer of someone else for tokens, nor what someone wrote into the store', async () => {
    const session = tab();
    http.answer = () => ({ body: { accessToken: 'a' } });
    await expect(session.signIn({ username: 'ann', password: 'right' })).rejects.toMatchObject({ code: 'unavailable' });
    const { body } = accounts.pair() as { readonly body: unknown };
    for (const text of ['', '{', 'null', '[]', '{"accessToken":"a"}', JSON.stringify(body)]) {
      await keyValues.set('kith.session:https://chat.example', text);
      await expect(session.load(), text).resolves.toMatchObject({ kind: 'signed_out' });
    }
  });

  describe('with tokens of the app', () => {
    const SOURCE = { ann: async () => 'ann', ben: async () => 'ben' };

    it('begins with one, and asks for the next when the server has ended the session', async () => {
      const session = tab();
      session.useToken(SOURCE.ann, 'person-1');
      await expect(session.accessToken()).resolves.toBe('access-1');
      expect(http.to(EXCHANGE).map(({ body }) => body)).toEqual(['{"assertion":"ann"}']);
      expect(session.state.getSnapshot()).toMatchObject({ kind: 'signed_in', user: { id: 'ann' } });
      await expect(session.accessToken('access-1'), 'renewed as any').resolves.toBe('access-2');
      accounts.refreshToken = 'revoked';
      await expect(session.accessToken('access-2')).resolves.toBe('access-3');
      expect(http.to(EXCHANGE)).toHaveLength(2);
    });

    it('is signed in while one session follows another, and until the server takes no further token', async () => {
      const session = tab();
      session.useToken(SOURCE.ann, 'person-1');
      await session.accessToken();
      const kinds: string[] = [];
      session.state.subscribe(() => kinds.push(session.state.getSnapshot().kind));
      accounts.refreshToken = 'revoked';
      session.useToken(() => Promise.reject(new Error('the backend is away')), 'person-1');
      await expect(session.accessToken('access-1')).rejects.toMatchObject({ code: 'unavailable' });
      session.useToken(SOURCE.ann, 'person-1');
      await expect(session.accessToken('access-1')).resolves.toBe('access-2');
      expect(kinds).not.toContain('signed_out');
      accounts.refreshToken = 'revoked';
      session.useToken(async () => 'nobody', 'person-1');
      await expect(session.accessToken('access-2')).rejects.toMatchObject({ code: 'unauthenticated' });
      expect(session.state.getSnapshot()).toEqual({ kind: 'signed_out', isEnded: true });
    });

    it('goes on with the session of the same person in the next run, and never with that of another', async () => {
      const first = tab();
      first.useToken(SOURCE.ann, 'person-1');
      await first.accessToken();
      const same = tab();
      same.useToken(SOURCE.ann, 'person-1');
      await expect(same.load()).resolves.toMatchObject({ user: { id: 'ann' } });
      await expect(same.accessToken()).resolves.toBe('access-1');
      const other = tab();
      other.useToken(SOURCE.ben, 'person-2');
      await expect(other.load()).resolves.toMatchObject({ kind: 'signed_out' });
      await other.accessToken();
      expect(other.state.getSnapshot()).toMatchObject({ user: { id: 'ben' } });
    });

    it('lasts for the run where the app does not name its person, and leaves what is stored alone', async () => {
      await signedIn();
      const session = tab();
      session.useToken(SOURCE.ben);
      await session.accessToken();
      expect(session.state.getSnapshot()).toMatchObject({ user: { id: 'ben' } });
      await expect(session.accessToken()).resolves.toBe('access-2');
      await expect(tab().load()).resolves.toMatchObject({ user: { id: 'ann' } });
    });

    it('is `unavailable` where the app has none to give, or takes too long', async () => {
      const session = tab();
      session.useToken(() => Promise.reject(new Error('the backend is away')));
      await expect(session.accessToken()).rejects.toMatchObject({ code: 'unavailable' });
      session.useToken(() => {
        throw new Error('thrown, not rejected');
      });
      await expect(session.accessToken()).rejects.toMatchObject({ code: 'unavailable' });
      session.useToken(() => new Promise(() => {}));
      const asked = session.accessToken();
      asked.catch(() => {});
      await clock.advanceAsync(30_000);
      await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
      expect(clock.pending).toBe(0);
    });

    it('ends with a password, which is kept for the next run', async () => {
      const session = tab();
      session.useToken(SOURCE.ben);
      await session.accessToken();
      await session.signIn({ username: 'ann', password: 'right' });
      accounts.refreshToken = 'revoked';
      await expect(tab().load()).resolves.toMatchObject({ user: { id: 'ann' } });
      await expect(session.accessToken('access-2')).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    it('is signed out after signing out, and asks the app no more', async () => {
      const session = tab();
      session.useToken(SOURCE.ann, 'person-1');
      await session.accessToken();
      await session.signOut();
      await expect(session.accessToken()).rejects.toMatchObject({ code: 'unauthenticated' });
    });
  });
});
