import { FakeClock } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, FakeHttp, routeOf } from '../../test/fixtures/fake-http.js';
import { StreamLog } from '../../test/fixtures/stream-log.js';
import { entry, welcome } from '../../test/fixtures/wire.js';
import { Requests } from './http.js';
import { pollTransport } from './poll-transport.js';
import { Tickets } from './tickets.js';
import type { TransportStream } from './transport.js';

const POLLS = 'GET /v1/events';

describe('the stream of waiting polls', () => {
  let clock: FakeClock;
  let http: FakeHttp;
  let log: StreamLog;
  let stream: TransportStream;
  let answers: ((answer: Answer) => void)[];

  beforeEach(async () => {
    clock = new FakeClock();
    http = new FakeHttp();
    log = new StreamLog();
    answers = [];
    http.answer = (request) =>
      routeOf(request) === POLLS
        ? new Promise((resolve) => answers.push(resolve))
        : { status: 201, body: { ticket: 'one' } };
    const requests = new Requests({ http: http.port, clock, url: 'https://chat.example' });
    const accessToken = async () => 'token';
    const tickets = new Tickets({ requests, accessToken, clock });
    const hello = { type: 'hello', token: 't', instance: 'i', since: 'c' } as const;
    stream = pollTransport({ requests, accessToken, tickets, clock }).open(hello, log);
    await clock.advanceAsync(0);
  });
  async function answer(body: Answer | readonly unknown[]): Promise<void> {
    answers.at(-1)?.(Array.isArray(body) ? { body } : (body as Answer));
    await clock.advanceAsync(0);
  }
  const polls = () => http.to(POLLS).map(({ url }) => url.replace('https://chat.example/v1/events', ''));

  it('begins with a ticket, and goes on with the connection of the welcome and the token', async () => {
    expect(polls()).toEqual(['?wait=25&ticket=one&since=c&instance=i']);
    expect(http.to(POLLS)[0]?.headers).not.toHaveProperty('authorization');
    await answer([welcome({ connection: 'c/1' }), entry(1)]);
    expect(log.types).toEqual(['welcome', 'entry']);
    expect(polls()[1]).toBe('?wait=25&connection=c%2F1');
    expect(http.to(POLLS)[1]?.headers.authorization).toBe('Bearer token');
  });

  it('asks again at once after every answer, and takes an empty one for a sign of life', async () => {
    await answer([welcome()]);
    const heard = log.heard;
    await clock.advanceAsync(25_000);
    await answer([]);
    await answer([entry(1), { type: 'novelty' }, entry(2)]);
    expect(polls()).toHaveLength(4);
    expect(log.types).toEqual(['welcome', 'entry', 'entry']);
    expect(log.heard).toBeGreaterThan(heard);
  });

  it('does not ask in a rush where someone answers in the place of the server', async () => {
    await answer([welcome()]);
    await answer([]);
    expect(polls()).toHaveLength(2);
    await clock.advanceAsync(1_000);
    expect(polls()).toHaveLength(3);
  });

  it('ends with the code that the last item gives', async () => {
    await answer([
      welcome(),
      { type: 'bye', code: 'draining', reconnect: true, afterMs: 5 },
      { type: 'end', code: 4000 },
      entry(1),
    ]);
    expect(log.types).toEqual(['welcome', 'bye']);
    expect(log.ends).toEqual([{ code: 4000, wasOpen: true }]);
    expect(polls()).toHaveLength(1);
  });

  it.each([
    ['no list', { body: {} }],
    ['no frame in the list', { body: [{ type: 'entry' }] }],
    ['a null', { body: [null] }],
  ])('ends with nonsense: %s', async (_, nonsense) => {
    await answer([welcome()]);
    await answer(nonsense);
    expect(log.ends).toEqual([{ code: null, wasOpen: true, isNonsense: true }]);
  });

  it('ends with nonsense where it does not begin with a welcome', async () => {
    await answer([]);
    expect(log.ends).toEqual([{ code: null, wasOpen: false, isNonsense: true }]);
  });

  it.each([
    ['is cut', 'cut' as const, { code: null, wasOpen: true }],
    ['is not found', { status: 404, body: { code: 'not_found', message: 'm' } }, { code: null, wasOpen: true }],
    [
      'is refused twice',
      { status: 401, body: { code: 'unauthenticated', message: 'm' } },
      { code: 4401, wasOpen: true },
    ],
  ])('ends, as frames may be lost, where a poll %s', async (_, failure, end) => {
    await answer([welcome()]);
    await answer(failure);
    if (end.code === 4401) await answer(failure);
    expect(log.ends).toEqual([end]);
    await clock.advanceAsync(60_000);
    expect(clock.pending).toBe(0);
  });

  it('ends where a poll has no answer 10 s after its time', async () => {
    await answer([welcome()]);
    await clock.advanceAsync(34_999);
    expect(log.ends).toEqual([]);
    await clock.advanceAsync(1);
    expect(log.ends).toEqual([{ code: null, wasOpen: true }]);
  });

  it('stops asking when it is closed, also between two polls', async () => {
    await answer([welcome()]);
    await answer([]);
    expect(clock.pending).toBe(1);
    stream.close();
    expect(clock.pending).toBe(0);
    await clock.advanceAsync(60_000);
    expect(polls()).toHaveLength(2);
    expect(log.ends).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
