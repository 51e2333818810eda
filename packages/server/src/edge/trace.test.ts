// Traces: whose they are, and that spans wait in a bounded queue for a collector that may be away.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { OtlpSpans, type Span } from './otlp.js';
import { traceOf } from './trace.js';

const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

test('a trace is that of its traceparent, in every version but ff', () => {
  expect(traceOf({ requestId: 'r', traceparent: `00-${ID}-${PARENT}-01` })).toEqual({ id: ID, parent: PARENT });
  expect(traceOf({ requestId: 'r', traceparent: `cc-${ID}-${PARENT}-00-more` })).toEqual({ id: ID, parent: PARENT });
});

test.each([
  undefined,
  '',
  `ff-${ID}-${PARENT}-01`,
  `00-${'0'.repeat(32)}-${PARENT}-01`,
  `00-${ID}-${'0'.repeat(16)}-01`,
  `00-${ID.toUpperCase()}-${PARENT}-01`,
  `00-${ID}-${PARENT}`,
  `00-${ID}-${PARENT}-01-${'x'.repeat(300)}`,
])('a request without a good traceparent (%j) has one of its own, the same each time', (traceparent) => {
  const [trace, again, other] = ['r', 'r', 's'].map((requestId) => traceOf({ requestId, traceparent }));
  expect(trace).toEqual({ id: expect.stringMatching(/^[\da-f]{32}$/), parent: null });
  expect(again).toEqual(trace);
  expect(other?.id).not.toBe(trace?.id);
});

const span: Span = { trace: { id: ID, parent: PARENT }, name: 'x', code: 'ok', startedAt: 1_000.5, endedAt: 1_001.25 };

function spansTo(endpoint: string, headers: string | null = null) {
  const counts = { sent: 0, dropped: 0 };
  const count = (name: string, by: number): void => {
    counts[name === 'kith_spans_sent_total' ? 'sent' : 'dropped'] += by;
  };
  return { spans: new OtlpSpans({ endpoint, headers, node: 'n1', count }), counts };
}

test('spans go to the collector as the specification has them, in batches, with the headers that it wants', async () => {
  const got: { readonly url: string | undefined; readonly headers: object; readonly body: string }[] = [];
  const collector = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      got.push({ url: request.url, headers: request.headers, body });
      response.end('{}');
    });
  });
  await once(collector.listen(0, '127.0.0.1'), 'listening');
  const { port } = collector.address() as AddressInfo;
  const { spans, counts } = spansTo(`http://127.0.0.1:${port}/`, 'authorization=Bearer%20t,x-a=b');
  for (let index = 0; index < 700; index += 1) spans.add(span);
  spans.add({ ...span, trace: { id: ID, parent: null }, code: 'unavailable' });
  await spans.stop();
  collector.close();
  expect([got.length, counts]).toEqual([2, { sent: 701, dropped: 0 }]);
  expect(got[0]).toMatchObject({
    url: '/v1/traces',
    headers: { authorization: 'Bearer t', 'x-a': 'b', 'content-type': 'application/json' },
  });
  const [{ resource, scopeSpans }] = JSON.parse(got[0]?.body ?? '').resourceSpans;
  expect(resource.attributes).toEqual([
    { key: 'service.name', value: { stringValue: 'kith' } },
    { key: 'service.instance.id', value: { stringValue: 'n1' } },
  ]);
  expect(scopeSpans[0].spans[0]).toEqual({
    ...{ traceId: ID, parentSpanId: PARENT, spanId: expect.stringMatching(/^[\da-f]{16}$/), name: 'x', kind: 2 },
    ...{ startTimeUnixNano: '1000500000', endTimeUnixNano: '1001250000', status: { code: 1 } },
    attributes: [{ key: 'kith.code', value: { stringValue: 'ok' } }],
  });
  const last = JSON.parse(got[1]?.body ?? '').resourceSpans[0].scopeSpans[0].spans.at(-1);
  expect([last.status, 'parentSpanId' in last]).toEqual([{ code: 2 }, false]);
});

test('where the collector is away, or the queue is full, spans are dropped and counted, and nobody waits', async () => {
  const { spans, counts } = spansTo('http://127.0.0.1:1');
  for (let index = 0; index < 5_000; index += 1) spans.add(span);
  expect(counts).toEqual({ sent: 0, dropped: 5_000 - 4_096 });
  await spans.stop();
  expect(counts).toEqual({ sent: 0, dropped: 5_000 - 4_096 + 512 });
  spans.add(span);
  expect(counts.dropped).toBe(5_000 - 4_096 + 513);
});
