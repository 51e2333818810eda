import { expect, test } from 'vitest';
import { ServerTelemetry } from './telemetry.js';

function makeTelemetry() {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { telemetry: new ServerTelemetry({ level: 'info', node: 'n1', destination }), lines };
}

test('lines are JSON with a level, a time and the node; debug is off', () => {
  const { telemetry, lines } = makeTelemetry();
  telemetry.debug('not this');
  telemetry.info('started', { port: 8080 });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'info', node: 'n1', msg: 'started', port: 8080 });
});

test('tokens, passwords and texts never reach the log, should anyone pass them', () => {
  const { telemetry, lines } = makeTelemetry();
  telemetry.warn('careless', { token: 'hunter2', password: 'hunter2', text: 'hunter2', authorization: 'hunter2' });
  expect(lines.join()).not.toContain('hunter2');
});

test('an error is logged with its causes and its code, and without other properties', () => {
  const { telemetry, lines } = makeTelemetry();
  const cause = Object.assign(new Error('the store'), { code: '57P01', detail: 'hunter2' });
  telemetry.error('request failed', new Error('outer', { cause }), { request: 'r1' });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    request: 'r1',
    error: { message: 'outer', cause: { message: 'the store', code: '57P01' } },
  });
  expect(lines.join()).not.toContain('hunter2');
});

test('counters, gauges, durations and watched numbers are in the metrics', async () => {
  const { telemetry } = makeTelemetry();
  telemetry.count('kith_things_total');
  telemetry.count('kith_things_total', 2);
  telemetry.gauge('kith_level', 4);
  telemetry.observe('kith_wait_seconds', 0.002);
  telemetry.requestDone({ name: 'message.send', requestId: 'r' }, 'ok', 0.001);
  telemetry.watch(() => ({ kith_watched_total: 7 }));
  const { text, contentType } = await telemetry.metrics();
  expect(contentType).toContain('text/plain');
  for (const line of [
    'kith_things_total 3',
    'kith_level 4',
    'kith_wait_seconds_bucket{le="0.002"} 1',
    'kith_requests_total{name="message.send",code="ok"} 1',
    'kith_watched_total 7',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});
