// Streams over HTTP where nothing but the edge stands: limits, slow readers, drains, those who vanish, and what is logged.
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { ChatError } from '@kith/protocol';
import { EventReader } from '@kith/testkit/conformance/event-reader';
import { ask } from '@kith/testkit/conformance/http-client';
import { afterEach, expect, test } from 'vitest';
import { newId, startTestEdge, type TestEdge, tokenOf } from './fixtures/edge-parts.js';
import { WsClient } from './fixtures/ws-client.js';

type Frame = { readonly type: string; readonly [field: string]: unknown };

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(...parts: Parameters<typeof startTestEdge>): Promise<TestEdge> {
  const edge = await startTestEdge(...parts);
  cleanUps.push(() => edge.edge.close());
  return edge;
}

function baseOf({ edge }: TestEdge): string {
  return `http://127.0.0.1:${edge.address.port}`;
}

async function ticketOf(edge: TestEdge, token = tokenOf()): Promise<string> {
  const { body, text } = await ask<{ ticket: string }>(baseOf(edge), 'POST /v1/tickets', { token, body: {} });
  if (body.ticket === undefined) throw new Error(text);
  return body.ticket;
}

async function read(edge: TestEdge, ticket?: string): Promise<EventReader> {
  const reader = new EventReader(`${edge.api}/events?ticket=${ticket ?? (await ticketOf(edge))}`);
  cleanUps.push(() => reader.close());
  await reader.until(() => reader.frames[0]);
  return reader;
}

async function openPolls(edge: TestEdge, token = tokenOf()) {
  const route = `GET /v1/events?wait=25&ticket=${await ticketOf(edge, token)}`;
  const { body } = await ask<readonly Frame[]>(baseOf(edge), route);
  const connection = String(body[0]?.connection);
  return (wait = 25, signal?: AbortSignal) => {
    const more = signal ? { token, signal } : { token };
    return ask<readonly Frame[]>(baseOf(edge), `GET /v1/events?wait=${wait}&connection=${connection}`, more);
  };
}

/** An answer that is read only as far as the test says. */
async function rawRead(edge: TestEdge): Promise<{ readonly request: ClientRequest; readonly answer: IncomingMessage }> {
  const ticket = await ticketOf(edge);
  return new Promise((resolve) => {
    const request = get(`${edge.api}/events?ticket=${ticket}`, { agent: false }, (answer) =>
      resolve({ request, answer }),
    );
    request.on('error', () => {});
    cleanUps.push(() => request.destroy());
  });
}

async function numberOf(edge: TestEdge, name: string): Promise<number> {
  const text = await (await fetch(`${baseOf(edge)}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
}

test('[F11] streams over HTTP count among the connections of an address, and what goes makes room', async () => {
  const edge = await start({ connectionsPerAddress: 2 });
  const reader = await read(edge);
  await openPolls(edge);
  const refused = await ask(baseOf(edge), `GET /v1/events?ticket=${await ticketOf(edge)}`);
  expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(10);
  const socket = new WsClient(edge.ws);
  expect(await socket.closed).toBe(4004);
  reader.close();
  await expect.poll(() => edge.edge.connections()).toBe(1);
  await read(edge);
});

test('[F11] no stream opens where the server is full or drains, and its ticket is not used up by that', async () => {
  const edge = await start({ maxHandshakes: 1 });
  const ticket = await ticketOf(edge);
  const waiting = await new WsClient(edge.ws).opened();
  const refused = await ask(baseOf(edge), `GET /v1/events?ticket=${ticket}`);
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
  waiting.end();
  await expect.poll(() => numberOf(edge, 'kith_handshakes')).toBe(0);
  await read(edge, ticket);
});

test('[F6] [F8] a stream that cannot be opened ends with a code to come again by', async () => {
  const edge = await start();
  edge.chat.open = () => Promise.reject(new ChatError('unavailable', 'the store is away'));
  const reader = new EventReader(`${edge.api}/events?ticket=${await ticketOf(edge)}`);
  cleanUps.push(() => reader.close());
  expect(await reader.end()).toBe(1013);
  const { text } = await ask(baseOf(edge), `GET /v1/events?wait=25&ticket=${await ticketOf(edge)}`);
  expect(text).toBe('[{"type":"end","code":1013}]');
  await expect.poll(() => numberOf(edge, 'kith_handshakes')).toBe(0);
});

test('[L3] a slow reader of events gets a gap instead of what it missed, then goes on', async () => {
  const edge = await start({ outboxBytes: 262_144 });
  const { answer } = await rawRead(edge);
  answer.pause();
  await expect.poll(() => edge.edge.connections()).toBe(1);
  const conversation = newId();
  let sent = 0;
  while ((await numberOf(edge, 'kith_gaps_total')) === 0) {
    for (let count = 0; count < 20; count += 1, sent += 1)
      edge.chat.publish(conversation, { text: 'x'.repeat(15_000) });
  }
  const frames: Frame[] = [];
  let rest = '';
  answer.setEncoding('utf8').on('data', (text: string) => {
    const blocks = (rest + text).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, data] = /^data: (.*)$/m.exec(block) ?? [];
      if (data !== undefined) frames.push(JSON.parse(data) as Frame);
    }
  });
  answer.resume();
  await expect.poll(() => frames.some(({ type }) => type === 'gap'), { timeout: 20_000 }).toBe(true);
  edge.chat.publish(conversation, { text: 'afterwards' });
  await expect.poll(() => frames.at(-1)?.seq, { timeout: 20_000 }).toBe(sent + 1);
  let next = 1;
  for (const frame of frames) {
    if (frame.type === 'gap') {
      expect(frame.after).toBe(next - 1);
      next = Number(frame.head) + 1;
    } else if (frame.type === 'entry') {
      expect(frame.seq).toBe(next);
      next += 1;
    }
  }
});

test('[L3] what comes between two polls is bounded: a gap stands for the rest', async () => {
  const edge = await start({ outboxBytes: 262_144 });
  const poll = await openPolls(edge);
  const conversation = newId();
  for (let count = 0; count < 100; count += 1) edge.chat.publish(conversation, { text: 'x'.repeat(15_000) });
  const frames: Frame[] = [];
  while (!frames.some(({ type }) => type === 'gap')) frames.push(...(await poll()).body);
  edge.chat.publish(conversation, { text: 'afterwards' });
  while (frames.at(-1)?.seq !== 101) frames.push(...(await poll()).body);
  let next = 1;
  for (const frame of frames) {
    expect(frame.type === 'gap' ? frame.after : Number(frame.seq) - 1).toBe(next - 1);
    next = Number(frame.type === 'gap' ? frame.head : frame.seq) + 1;
  }
  expect(next).toBe(102);
});

test('[L3] [F6] a reader that takes nothing at all ends as too slow, and leaves nothing behind', async () => {
  const edge = await start({ outboxBytes: 262_144 });
  const { answer } = await rawRead(edge);
  answer.pause();
  await expect.poll(() => edge.edge.connections()).toBe(1);
  // Answers of commands may not be dropped, so only the end is left.
  const [sink] = edge.chat.sinks.values();
  const text = JSON.stringify({ type: 'ack', id: 1, result: { filler: 'x'.repeat(60_000) } });
  for (let count = 0; count < 400; count += 1) sink?.send({ text, wire: null });
  await expect.poll(() => numberOf(edge, 'kith_slow_closes_total')).toBe(1);
  await expect.poll(() => edge.edge.connections(), { timeout: 10_000 }).toBe(0);
  expect(edge.chat.sinks.size).toBe(0);
});

test('who vanishes from events or from a poll that waits leaves nothing behind', async () => {
  const edge = await start();
  const { request } = await rawRead(edge);
  const token = tokenOf();
  const poll = await openPolls(edge, token);
  await expect.poll(() => edge.edge.connections()).toBe(2);
  request.destroy();
  await expect.poll(() => edge.edge.connections()).toBe(1);

  const cut = new AbortController();
  const asked = new Promise<void>((resolve) => {
    const authenticate = edge.accounts.authenticate.bind(edge.accounts);
    edge.accounts.authenticate = (accessToken) => {
      resolve();
      return authenticate(accessToken);
    };
  });
  const waiting = expect(poll(25, cut.signal)).rejects.toThrow();
  await asked;
  // Answered after what came before it: by now the poll waits.
  await numberOf(edge, 'kith_connections');
  cut.abort();
  await waiting;
  await expect.poll(() => edge.edge.connections()).toBe(0);
  expect(edge.chat.sinks.size).toBe(0);
});

test('who vanishes before the stream has opened gets none', async () => {
  const edge = await start();
  const ticket = await ticketOf(edge);
  let goOn = () => {};
  const gone = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    edge.accounts.isSessionLive = async () => {
      resolve();
      await gone;
      return true;
    };
  });
  const request = get(`${edge.api}/events?ticket=${ticket}`, { agent: false });
  request.on('error', () => {});
  await asked;
  const closed = new Promise((resolve) => request.once('close', resolve));
  request.destroy();
  await closed;
  // The server has heard of it by the time that it answers this.
  await numberOf(edge, 'kith_connections');
  goOn();
  await numberOf(edge, 'kith_connections');
  expect([edge.edge.connections(), await numberOf(edge, 'kith_handshakes'), edge.chat.sinks.size]).toEqual([0, 0, 0]);
  expect(edge.chat.hellos).toEqual([]);
});

test('[L5] a drain says bye to streams over HTTP, ends them with 4000, and opens no more', async () => {
  const edge = await start({ drainSpreadMs: 500 });
  const token = tokenOf();
  const [reader, poll] = [await read(edge), await openPolls(edge, token)];
  const [waiting, late, ticket] = [poll(), await openPolls(edge, token), await ticketOf(edge)];
  const drained = edge.edge.drain();
  expect(await reader.end()).toBe(4000);
  expect(reader.frames.at(-1)).toMatchObject({ type: 'bye', code: 'draining', reconnect: true });
  // It goes on until the one that polls now and then has heard of it.
  const refused = await ask(baseOf(edge), `GET /v1/events?ticket=${ticket}`);
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable']);
  for (const answer of [await waiting, await late()]) {
    expect(answer.body).toMatchObject([{ type: 'bye' }, { type: 'end', code: 4000 }]);
  }
  await drained;
  expect(edge.edge.connections()).toBe(0);
});

test('numbers tell streams apart by what carries them, and no line of the log has a ticket', async () => {
  const edge = await start();
  const [one, two, three] = [await ticketOf(edge), await ticketOf(edge), await ticketOf(edge)];
  const reader = await read(edge, one);
  await ask(baseOf(edge), `GET /v1/events?wait=25&ticket=${two}`);
  await ask(baseOf(edge), `GET /v1/events?ticket=${one}`);
  await new WsClient(edge.ws).hello(tokenOf());
  await read(edge);
  for (let count = 0; count < 2; count += 1) await openPolls(edge);
  const names = ['kith_connections', 'kith_connections_websocket', 'kith_connections_events', 'kith_connections_poll'];
  expect(await Promise.all([...names, 'kith_tickets'].map((name) => numberOf(edge, name)))).toEqual([6, 1, 2, 3, 3]);
  reader.close();
  await expect.poll(() => edge.edge.connections()).toBe(5);
  await expect.poll(() => edge.lines.filter((line) => line.includes('/v1/events')).length).toBe(4);
  for (const ticket of [one, two, three]) expect(edge.lines.join()).not.toContain(ticket.split('.')[1]);
});

test('a page of an allowed origin may read events, and asks with Last-Event-ID', async () => {
  const edge = await start({ allowedOrigins: ['https://app.example'] });
  const headers = { origin: 'https://app.example' };
  const { headers: told } = await ask(baseOf(edge), `GET /v1/events?wait=25&ticket=${await ticketOf(edge)}`, {
    headers,
  });
  expect(told.get('access-control-allow-origin')).toBe('https://app.example');
  const asking = { ...headers, 'access-control-request-method': 'GET' };
  const preflight = await ask(baseOf(edge), 'OPTIONS /v1/events', { headers: asking });
  expect(preflight.headers.get('access-control-allow-headers')).toContain('Last-Event-ID');
});
