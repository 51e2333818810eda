import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { CountedSockets } from './counted-socket.js';

const ENTRY = '{"type":"entry","seq":1}';

it('counts what goes over the connection both ways, and the text of entries by itself', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  server.on('connection', (other) => {
    other.on('message', () => {
      for (const text of [ENTRY, '{"type":"synced"}', ENTRY]) other.send(text);
      other.close();
    });
  });
  const counted = new CountedSockets();
  const socket = counted.open(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, 'kith.v1');
  await new Promise<void>((resolve) => {
    socket.onclose = () => resolve();
    socket.onopen = () => socket.send('x'.repeat(100));
  });
  server.close();
  const { received, sent, entries } = counted.bytes;
  expect([counted.entries, entries]).toEqual([2, 2 * ENTRY.length]);
  // Two texts with a header of two bytes each at least, and one of a hundred with its header and mask.
  expect(received).toBeGreaterThan(entries + 4);
  expect(sent).toBeGreaterThan(106);
});
