// A real process with a collector beside it: what people do arrives there as spans, over the socket and over HTTP, without a
// word of theirs; a problem and the log name the same trace.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { World } from '@kith/testkit/conformance/world';
import { until } from '@kith/testkit/faults/until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

type Span = {
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
};

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const TEXT = 'the treasure of Whitby';

const bodies: string[] = [];
let collector: Server;
let server: RealServer;

beforeAll(async () => {
  collector = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.end('{}');
    });
  });
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const { port } = collector.address() as AddressInfo;
  server = await startRealServer({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, LOG_LEVEL: 'debug' });
});

afterAll(async () => {
  await server.stop();
  collector.close();
});

const spans = (): readonly Span[] =>
  bodies.flatMap((body) => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans as Span[]);

it('tells the collector of each request as a span of its trace, and the problem and the log name the same', async () => {
  const world = new World(() => server.url);
  const ann = await world.signUp();
  const { id } = await world.group(ann, []);
  const client = await world.connect(ann);
  await client.say(id, TEXT);
  const refused = await world.ask<{ trace?: string }>(ann, 'GET /v1/users/00000000-0000-7000-8000-000000000000', {
    headers: { traceparent: `00-${ID}-${PARENT}-01` },
  });
  expect([refused.status, refused.body.trace]).toEqual([404, ID]);
  const nowhere = await world.ask<{ trace?: string }>(null, 'GET /v1/nowhere');
  expect(nowhere.body.trace).toMatch(/^[\da-f]{32}$/);
  expect(nowhere.body.trace).not.toBe(ID);

  await until('the spans have come', () => spans().some(({ traceId }) => traceId === ID), { withinMs: 10_000 });
  expect(spans().find(({ traceId }) => traceId === ID)).toMatchObject({ name: 'user.read', parentSpanId: PARENT });
  const names = spans().map(({ name }) => name);
  for (const name of ['account.create', 'conversation.create', 'message.send']) expect(names).toContain(name);
  for (const { startTimeUnixNano, endTimeUnixNano } of spans()) {
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
    expect(Math.abs(Number(BigInt(endTimeUnixNano) / 1_000_000n) - Date.now())).toBeLessThan(60_000);
  }
  const lines = server.printed().split('\n');
  expect(lines.filter((line) => line.includes(`"trace":"${ID}"`) && line.includes('"msg":"request"'))).toHaveLength(1);
  expect(bodies.join()).not.toContain(TEXT);
  for (const secret of [ann.id, id, ann.username, ann.token]) expect(bodies.join()).not.toContain(secret);
  await world.leave();
});
