import type { ServerFrame } from '@kith/protocol';
import { FakeClock, settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, FakeBody, FakeHttp, routeOf } from '../../test/fixtures/fake-http.js';
import { StreamLog } from '../../test/fixtures/stream-log.js';
import { CONVERSATION, entry, welcome } from '../../test/fixtures/wire.js';
import type { HttpAnswer, HttpRequest } from '../ports.js';
import { eventsTransport } from './events-transport.js';
import { Requests } from './http.js';
import { HttpStream } from './http-stream.js';
import { Tickets } from './tickets.js';
import type { OutgoingFrame, TransportStream } from './transport.js';

const HELLO = {
  type: 'hello',
  token: 't',
  device: 'd/1',
  instance: 'i',
  client: 'test/1',
  since: 'c&1',
} as const;
const COMMANDS = 'POST /v1/commands';

describe('the stream of server-sent events', () => {
  let http: FakeHttp;
  let body: FakeBody;
  let opening: HttpAnswer;
  let streamed: HttpRequest[];
  let log: StreamLog;
  let stream: TransportStream;
  let tokens: (string | undefined)[];
  let answerCommand: (id: number) => Answer | Promise<Answer>;

  beforeEach(() => {
    http = new FakeHttp();
    body = new FakeBody();
    opening = body.answer;
    streamed = [];
    log = new StreamLog();
    tokens = [];
    answerCommand = (id) => ({ body: { type: 'ack', id, result: {} } });
    http.answer = (request) => {
      if (routeOf(request) === 'POST /v1/tickets')
        return { status: 201, body: { ticket: `ticket ${http.requests.length}` } };
      if (routeOf(request) === COMMANDS) return answerCommand((JSON.parse(request.body ?? '') as { id: number }).id);
      return { status: 204 };
    };
  });

  async function open(): Promise<void> {
    const clock = new FakeClock();
    const port = async (request: HttpRequest): Promise<HttpAnswer> => {
      if (!request.isStream) return await http.port(request);
      streamed.push(request);
      return opening;
    };
    const requests = new Requests({ http: port, clock, url: 'https://chat.example' });
    const accessToken = async (rejected?: string) => {
      tokens.push(rejected);
      return rejected === undefined ? 'token' : 'fresh';
    };
    const tickets = new Tickets({ requests, accessToken, clock });
    stream = eventsTransport({ requests, accessToken, tickets, clock }).open(HELLO, log);
    await settle();
  }
  async function say(...frames: readonly unknown[]): Promise<void> {
    for (const frame of frames) body.write(`data: ${JSON.stringify(frame)}\n\n`);
    await settle();
  }
  const command = (id: number, conversation?: string, name = 'message.send'): OutgoingFrame => {
    const params = conversation === undefined ? {} : { conversation };
    return { type: 'command', id, name: name as 'message.send', params };
  };

  it('is opened with a ticket and what hello says, and no token', async () => {
    await open();
    const { url, headers } = streamed[0] ?? { url: '', headers: {} };
    expect(url).toBe(
      'https://chat.example/v1/events?ticket=ticket%201&since=c%261&device=d%2F1&instance=i&client=test%2F1',
    );
    expect(headers).not.toHaveProperty('authorization');
  });

  it('carries frames, and takes comments for signs of life', async () => {
    await open();
    await say(welcome(), entry(1), { type: 'novelty' }, entry(2));
    const heard = log.heard;
    body.write(': still here\n');
    await settle();
    expect(log.types).toEqual(['welcome', 'entry', 'entry']);
    expect(log.heard).toBe(heard + 1);
  });

  it('ends with the code that the last word gives', async () => {
    await open();
    await say(welcome(), { type: 'bye', code: 'draining', reconnect: true, afterMs: 5 });
    body.write('event: end\ndata: {"code":4000}\n\ndata: {"type":"pong"}\n\n');
    await settle();
    expect(log.ends).toEqual([{ code: 4000, wasOpen: true }]);
    expect(log.types).toEqual(['welcome', 'bye']);
  });

  it.each([
    ['is over', 'ended'],
    ['is cut', 'cut'],
  ] as const)('just went where the body %s', async (_, how) => {
    await open();
    await say(welcome());
    body.end(how);
    await settle();
    expect(log.ends).toEqual([{ code: null, wasOpen: true }]);
  });

  it.each([
    ['no JSON', 'data: {\n\n'],
    ['no frame', 'data: {"type":"entry"}\n\n'],
    ['no code', 'event: end\ndata: {}\n\n'],
  ])('ends with nonsense: %s', async (_, text) => {
    await open();
    await say(welcome());
    body.write(text);
    await settle();
    expect(log.ends).toEqual([{ code: null, wasOpen: true, isNonsense: true }]);
    expect(streamed[0]?.signal.aborted).toBe(true);
  });

  it.each([
    { why: 'refused', status: 401, problem: { code: 'unauthenticated' }, end: { code: 4401 } },
    { why: 'without the scope', status: 403, problem: { code: 'forbidden' }, end: { code: 4405 } },
    {
      why: 'refused for now',
      status: 503,
      problem: { code: 'unavailable', retryAfterMs: 900 },
      end: { code: null, retryAfterMs: 900 },
    },
    { why: 'unknown to the server', status: 404, problem: { code: 'not_found' }, end: { code: null } },
  ])('ends unopened where it is $why', async ({ status, problem, end }) => {
    opening = { status, text: async () => JSON.stringify(problem), stream: null };
    await open();
    expect(log.ends).toEqual([{ wasOpen: false, ...end }]);
  });

  it('ends like any that did not open where the platform has neither streams nor TextDecoder', async () => {
    vi.stubGlobal('TextDecoder', undefined);
    opening = { status: 200, text: async () => '', stream: null };
    await open();
    vi.unstubAllGlobals();
    expect(log.ends).toEqual([{ code: null, wasOpen: false, retryAfterMs: undefined }]);
  });

  it('says nothing more once it is closed, and stops reading', async () => {
    await open();
    await say(welcome());
    stream.close();
    await say(entry(1));
    expect(body.isReleased, 'also where the platform does not end what was aborted').toBe(true);
    expect(log.types).toEqual(['welcome']);
    expect(log.ends).toEqual([]);
    expect(streamed[0]?.signal.aborted).toBe(true);
  });

  it('ends and lets a fault of its own be seen, where one is met', async () => {
    class Faulty extends HttpStream {
      protected override async read(): Promise<void> {
        throw new TypeError('a fault');
      }
    }
    const parts = {} as ConstructorParameters<typeof HttpStream>[0];
    await expect(new Faulty(parts, log).run(HELLO)).rejects.toThrow('a fault');
    expect(log.ends).toEqual([{ code: null, wasOpen: false }]);
  });

  describe('has a way up', () => {
    beforeEach(async () => {
      await open();
      await say(welcome({ connection: 'c-9' }));
    });
    const bodies = () => http.to(COMMANDS).map(({ body: text }) => (JSON.parse(text ?? '') as { id: number }).id);

    it('[H4] that carries commands and brings their answers', async () => {
      answerCommand = (id) =>
        id === 1
          ? { body: { type: 'ack', id, result: { seq: 5 } } }
          : { status: 403, body: { code: 'forbidden', message: 'm', retry: 'new_key' } };
      stream.send(command(1, CONVERSATION));
      stream.send(command(2));
      await settle();
      expect(log.frames.slice(1)).toEqual([
        { type: 'ack', id: 1, result: { seq: 5 } },
        { type: 'error', id: 2, code: 'forbidden', message: 'm', retry: 'new_key' },
      ]);
      const [request] = http.to(COMMANDS);
      expect(JSON.parse(request?.body ?? '')).toEqual(command(1, CONVERSATION));
      expect(request?.headers.authorization).toBe('Bearer token');
    });

    it('[O1] where those for one conversation go one after another, and the others beside them', async () => {
      const answers = new Map<number, () => void>();
      answerCommand = (id) =>
        new Promise((resolve) => answers.set(id, () => resolve({ body: { type: 'ack', id, result: {} } })));
      const upper = CONVERSATION.toUpperCase();
      stream.send(command(1, CONVERSATION));
      stream.send(command(2, upper));
      stream.send(command(3, 'another'));
      stream.send(command(4, undefined, 'setting.set'));
      stream.send(command(5, undefined, 'settings.read'));
      stream.send(command(6, undefined, 'users.read'));
      await settle();
      expect(bodies()).toEqual([1, 3, 4, 6]);
      for (const id of [1, 4]) answers.get(id)?.();
      await settle();
      expect(bodies()).toEqual([1, 3, 4, 6, 2, 5]);
    });

    it('that goes on with the next command after one without an answer', async () => {
      answerCommand = (id) => (id === 1 ? 'cut' : { body: { type: 'ack', id, result: {} } });
      stream.send(command(1, CONVERSATION));
      stream.send(command(2, CONVERSATION));
      await settle();
      expect(log.frames.slice(1)).toMatchObject([
        { type: 'error', id: 1, code: 'unavailable', retry: 'same_key' },
        { type: 'ack', id: 2 },
      ]);
    });

    it('that takes the answer of someone else for none', async () => {
      answerCommand = () => ({ body: { type: 'ack', id: 7, result: {} } });
      stream.send(command(1));
      await settle();
      expect(log.frames.at(-1)).toMatchObject({ type: 'error', id: 1, code: 'unavailable' });
    });

    it('that renews a refused token by itself', async () => {
      http.answer = ({ headers }) =>
        headers.authorization === 'Bearer fresh'
          ? { body: { type: 'ack', id: 1, result: {} } }
          : { status: 401, body: { code: 'unauthenticated', message: 'm' } };
      stream.send(command(1));
      await settle();
      expect(log.types.at(-1)).toBe('ack');
      expect(tokens.at(-1)).toBe('token');
    });

    it('[H7] where only what concerns the connection names it', async () => {
      stream.send(command(1, CONVERSATION));
      stream.send(command(2, undefined, 'presence.watch'));
      stream.send({ type: 'signal', name: 'typing', conversation: CONVERSATION });
      stream.send({ type: 'ping' });
      stream.send({ type: 'auth', token: 'x' });
      await settle();
      const named = http.requests.map((request) => `${routeOf(request)} ${request.headers['kith-connection']}`);
      expect(named.sort()).toEqual([
        'POST /v1/commands c-9',
        'POST /v1/commands undefined',
        'POST /v1/signals c-9',
        'POST /v1/tickets undefined',
      ]);
    });

    it('that ends the stream where the server has let go of it, and asks nobody to give up a write', async () => {
      answerCommand = () => ({ status: 404, body: { code: 'not_found', message: 'm', retry: 'new_key' } });
      stream.send(command(1, CONVERSATION));
      await settle();
      expect(log.frames.at(-1)).toMatchObject({ type: 'error', code: 'not_found' });
      expect(log.ends).toEqual([]);
      stream.send(command(2, undefined, 'presence.set'));
      await settle();
      expect(log.frames.at(-1)).toMatchObject({ type: 'error', id: 2, code: 'unavailable', retry: 'same_key' });
      expect(log.ends).toEqual([{ code: null, wasOpen: true }]);
    });

    it('[G1] that drops signals when too many are on their way', async () => {
      http.answer = () => 'nothing';
      const typing = { type: 'signal', name: 'typing', conversation: CONVERSATION } as const;
      for (let count = 0; count < 20; count += 1) stream.send(typing);
      await settle();
      expect(http.to('POST /v1/signals')).toHaveLength(8);
    });

    it('that brings what was sent to its end after the stream is retired, and nothing else', async () => {
      let answer: () => void = () => {};
      answerCommand = (id) =>
        new Promise((resolve) => {
          answer = () => resolve({ body: { type: 'ack', id, result: {} } });
        });
      stream.send(command(1, CONVERSATION));
      stream.send(command(2, CONVERSATION));
      await settle();
      stream.retire();
      await say(entry(1));
      answer();
      await settle();
      answer();
      await settle();
      expect(log.frames.slice(1).map((frame: ServerFrame) => frame)).toEqual([
        { type: 'ack', id: 1, result: {} },
        { type: 'ack', id: 2, result: {} },
      ]);
      expect(log.ends).toEqual([]);
    });

    it('that brings what was sent to its end where the server ended the stream for one that takes over', async () => {
      let answer: () => void = () => {};
      answerCommand = (id) =>
        new Promise((resolve) => {
          answer = () => resolve({ body: { type: 'ack', id, result: {} } });
        });
      stream.send(command(1, CONVERSATION));
      stream.send(command(2, CONVERSATION));
      await settle();
      body.write('event: end\ndata: {"code":4410}\n\n');
      await settle();
      expect(log.ends).toEqual([{ code: 4410, wasOpen: true }]);
      answer();
      await settle();
      answer();
      await settle();
      expect(log.frames.slice(1)).toMatchObject([
        { type: 'ack', id: 1 },
        { type: 'ack', id: 2 },
      ]);
    });

    it('that is given up when the stream is closed', async () => {
      answerCommand = () => 'nothing';
      stream.send(command(1));
      await settle();
      stream.close();
      await settle();
      expect(http.to(COMMANDS)[0]?.signal.aborted).toBe(true);
      expect(log.types).toEqual(['welcome']);
    });
  });
});
