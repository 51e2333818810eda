import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SILENT } from '../core/telemetry.js';
import { EgressAddresses } from './egress-addresses.js';
import { systemClock } from './system-clock.js';
import { WebhookSender } from './webhook-sender.js';

describe('[A15] a request that goes out', () => {
  let server: Server;
  let hits = 0;
  let port = 0;
  beforeEach(async () => {
    hits = 0;
    server = createServer((request, response) => {
      hits += 1;
      if (request.url === '/silent') return;
      if (request.url === '/later') response.setHeader('retry-after', '7');
      response.writeHead(request.url === '/moved' ? 307 : 200, { location: '/elsewhere' });
      response.write('x');
      if (request.url === '/endless') setInterval(() => response.write('x'.repeat(10_000)), 1).unref();
      else response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const send = (path: string, allowed = ['127.0.0.1'], host = 'localhost') => {
    const sender = new WebhookSender({
      addresses: new EgressAddresses(allowed),
      clock: systemClock(SILENT),
      timeoutMs: 300,
    });
    const url = `http://${host}:${port}${path}`;
    return sender.send({ url, secret: new Uint8Array(32), id: 'x', body: '{}' });
  };

  test('is answered, and told when to come again; a redirect is an answer', async () => {
    expect(await send('/')).toEqual({ kind: 'answered', status: 200, retryAfterMs: null });
    expect(await send('/later')).toEqual({ kind: 'answered', status: 200, retryAfterMs: 7_000 });
    expect(await send('/moved')).toEqual({ kind: 'answered', status: 307, retryAfterMs: null });
    expect(hits).toBe(3);
  });

  test('does not reach an address that a name leads to and that is not allowed', async () => {
    for (const host of ['localhost', '127.0.0.1', '2130706433']) {
      expect(await send('/', [], host)).toEqual({ kind: 'failed', why: expect.stringContaining('EGRESS_ALLOW') });
    }
    expect(hits).toBe(0);
  });

  test('ends in time, whatever the other does', async () => {
    expect(await send('/silent')).toEqual({ kind: 'failed', why: 'no answer within 0.3 s' });
    expect(await send('/endless')).toMatchObject({ kind: 'answered', status: 200 });
    const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
    const end = performance.now() + 5_000;
    while ((await connections()) > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await connections()).toBe(0);
    server.close();
    server.closeAllConnections();
    expect(await send('/')).toEqual({ kind: 'failed', why: expect.stringMatching(/ECONN/) });
  });
});
