import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeBody, FakeHttp } from '../../test/fixtures/fake-http.js';
import { Refusal } from '../refusal.js';
import { streamOf } from './events-transport.js';
import { type Ask, Requests } from './http.js';

const PROFILE: Ask = { method: 'GET', path: '/me' };

describe('a request', () => {
  let http: FakeHttp;
  let clock: FakeClock;
  let requests: Requests;

  beforeEach(() => {
    http = new FakeHttp();
    clock = new FakeClock();
    requests = new Requests({ http: http.port, clock, url: 'https://chat.example', workspace: 'team' });
  });

  it('[H1] goes below /v1 with its token, its body and its connection', async () => {
    http.answer = () => ({ body: { id: 1 } });
    const ask = { method: 'POST', path: '/commands', body: { a: 1 }, token: 't', connection: 'c' } as const;
    await expect(requests.ask(ask)).resolves.toEqual({ id: 1 });
    expect(http.requests[0]).toMatchObject({
      method: 'POST',
      url: 'https://chat.example/v1/commands',
      headers: {
        authorization: 'Bearer t',
        'content-type': 'application/json',
        'kith-connection': 'c',
        'kith-workspace': 'team',
      },
      body: '{"a":1}',
    });
    expect(clock.pending).toBe(0);
  });

  it('gives null for an answer without a body', async () => {
    http.answer = () => ({ status: 204 });
    await expect(requests.ask(PROFILE)).resolves.toBeNull();
  });

  it('[H2] is refused with what the server says', async () => {
    http.answer = () => ({
      status: 429,
      body: { code: 'rate_limited', message: 'slowly', retry: 'same_key', retryAfterMs: 800 },
    });
    await expect(requests.ask(PROFILE)).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 800 });
  });

  it.each([
    ['a page of a proxy', { status: 502, text: '<h1>Bad gateway</h1>' }],
    ['a page in place of an answer', { status: 200, text: '<h1>Sign in to this Wi-Fi</h1>' }],
    ['an error of someone else', { status: 404, body: { error: 'no route' } }],
    ['a broken connection', 'cut'],
  ] as const)('is `unavailable` after %s', async (_, answer) => {
    http.answer = () => answer;
    const asked = requests.ask(PROFILE);
    await expect(asked).rejects.toBeInstanceOf(Refusal);
    await expect(asked).rejects.toMatchObject({ code: 'unavailable', retry: 'same_key' });
    expect(clock.pending).toBe(0);
  });

  it('is `unavailable` after 20 s without an answer, and tells the platform to give up', async () => {
    http.answer = () => 'nothing';
    const asked = requests.ask(PROFILE);
    asked.catch(() => {});
    await clock.advanceAsync(19_999);
    expect(http.requests[0]?.signal.aborted).toBe(false);
    await clock.advanceAsync(1);
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
    expect(http.requests[0]?.signal.aborted).toBe(true);
  });

  it('ends when it is not wanted any more, also before it began', async () => {
    http.answer = () => 'nothing';
    const aborter = new AbortController();
    const asked = requests.ask({ ...PROFILE, signal: aborter.signal });
    aborter.abort();
    await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
    await expect(requests.ask({ ...PROFILE, signal: aborter.signal })).rejects.toMatchObject({ code: 'unavailable' });
    expect(clock.pending).toBe(0);
  });

  it('is made once more with a fresh token where the token is refused, and no third time', async () => {
    const refusal = { status: 401, body: { code: 'unauthenticated', message: 'm', retry: 'same_key' } };
    http.answer = ({ headers }) => (headers.authorization === 'Bearer fresh' ? { body: 'done' } : refusal);
    const rejected: (string | undefined)[] = [];
    const accessToken = async (token?: string) => {
      rejected.push(token);
      return token === undefined ? 'stale' : 'fresh';
    };
    await expect(requests.askAs(accessToken, PROFILE)).resolves.toBe('done');
    expect(rejected).toEqual([undefined, 'stale']);
    http.answer = () => refusal;
    await expect(requests.askAs(accessToken, PROFILE)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(http.requests).toHaveLength(4);
  });

  it('is not made again where anything else is refused', async () => {
    http.answer = () => ({ status: 403, body: { code: 'forbidden', message: 'm', retry: 'new_key' } });
    await expect(requests.askAs(async () => 't', PROFILE)).rejects.toMatchObject({ code: 'forbidden' });
    expect(http.requests).toHaveLength(1);
  });
});

describe('a stream', () => {
  const open = (port: ConstructorParameters<typeof Requests>[0]['http']) => {
    const requests = new Requests({ http: port, clock: new FakeClock(), url: 'https://chat.example' });
    return streamOf(requests, '/events?ticket=t', new AbortController().signal)[Symbol.asyncIterator]();
  };

  it('gives what comes, and is `unavailable` where it is cut', async () => {
    const body = new FakeBody();
    const stream = open(async () => body.answer);
    body.write('a');
    await expect(stream.next()).resolves.toEqual({ done: false, value: new TextEncoder().encode('a') });
    const next = stream.next();
    body.end('cut');
    await expect(next).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('is refused with what the server says, and `unavailable` where the platform has none', async () => {
    const refusal = { code: 'unauthenticated', message: 'the ticket was used', retry: 'same_key' };
    const refused = open(async () => ({ status: 401, text: async () => JSON.stringify(refusal), stream: null }));
    await expect(refused.next()).rejects.toMatchObject(refusal);
    const none = open(async () => ({ status: 200, text: async () => '', stream: null }));
    await expect(none.next()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
