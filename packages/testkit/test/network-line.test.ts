// The line by itself: it takes the time that it says, keeps every byte in its place, and leaves nothing behind.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { NetworkLine } from '@kith/testkit/network-line';
import type { Network } from '@kith/testkit/networks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const FAST: Network = {
  name: 'fast',
  roundTripMs: 0,
  bitsPerSecond: Number.POSITIVE_INFINITY,
  goesAway: false,
};
/** Timers may be a millisecond early. */
const EARLY_MS = 2;

/** Also where it broke. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe('a line to a server that says everything back', () => {
  let server: Server;
  let target: string;
  const heldByServer = new Set<Socket>();
  const opened: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    server = createServer((socket) => {
      heldByServer.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => heldByServer.delete(socket));
      socket.pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    for (const line of opened.splice(0)) await line.close();
    for (const socket of heldByServer) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  async function lineOf(network: Partial<Network>): Promise<NetworkLine> {
    const line = await NetworkLine.to(target, { ...FAST, ...network });
    opened.push(line);
    return line;
  }

  function dial(line: NetworkLine): Socket {
    const socket = connect(Number(new URL(line.url).port), '127.0.0.1');
    socket.on('error', () => socket.destroy());
    return socket;
  }

  /** Says it, and hears it whole. @returns what came, and how long that took */
  async function echoed(socket: Socket, said: Buffer): Promise<{ readonly heard: Buffer; readonly tookMs: number }> {
    const startedMs = performance.now();
    socket.write(said);
    const parts: Buffer[] = [];
    for (let sizeBytes = 0; sizeBytes < said.length; ) {
      const [part] = (await once(socket, 'data')) as [Buffer];
      parts.push(part);
      sizeBytes += part.length;
    }
    return { heard: Buffer.concat(parts), tookMs: performance.now() - startedMs };
  }

  it('takes a round trip to connect, and one for each answer', async () => {
    const socket = dial(await lineOf({ roundTripMs: 200 }));
    const first = await echoed(socket, Buffer.from('one'));
    expect(first.tookMs).toBeGreaterThan(400 - EARLY_MS);
    const second = await echoed(socket, Buffer.from('two'));
    expect(second.tookMs).toBeGreaterThan(200 - EARLY_MS);
  });

  it('carries no more than its rate, each way, over all connections together', async () => {
    const line = await lineOf({ bitsPerSecond: 800_000 });
    const said = Buffer.alloc(20_000, 'x');
    const times = await Promise.all([dial(line), dial(line)].map((socket) => echoed(socket, said)));
    // 40,000 bytes at 100 a millisecond; the way back goes on at the same time.
    for (const { tookMs } of times) expect(tookMs).toBeGreaterThan(200);
    expect(Math.max(...times.map(({ tookMs }) => tookMs))).toBeGreaterThan(400 - EARLY_MS);
  });

  it('keeps every byte in its place, slow or not, and waits for who does not read', async () => {
    const said = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251));
    for (const network of [{}, { roundTripMs: 20, bitsPerSecond: 20_000_000 }]) {
      const { heard } = await echoed(dial(await lineOf(network)), said);
      expect(heard.equals(said)).toBe(true);
    }
  });

  it('ends all that there is when it is cut, lets nobody through, and goes on when it is mended', async () => {
    const line = await lineOf({ roundTripMs: 50 });
    const socket = dial(line);
    await echoed(socket, Buffer.from('before'));
    socket.write('under way');
    const ended = closed(socket);
    line.cut();
    await ended;
    const refused = dial(line);
    await closed(refused);
    expect(refused.bytesRead).toBe(0);
    line.mend();
    expect((await echoed(dial(line), Buffer.from('after'))).heard.toString()).toBe('after');
  });

  it('ends the one side where the other ends, and is left with nothing when it is closed', async () => {
    const line = await lineOf({ roundTripMs: 20 });
    const [one, other] = [dial(line), dial(line)];
    await Promise.all([one, other].map((socket) => echoed(socket, Buffer.from('here'))));
    expect([line.count, heldByServer.size]).toEqual([4, 2]);
    const [first, second] = heldByServer;
    one.end();
    if (first) await closed(first);
    expect(heldByServer.size).toBe(1);
    opened.splice(0);
    const gone = Promise.all([other, second].map((socket) => socket && closed(socket)));
    await line.close();
    await gone;
    expect([line.count, heldByServer.size]).toEqual([0, 0]);
  });
});
