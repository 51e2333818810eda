// The line between a device and the server, as slow and as broken as the test says: TCP on loopback, so that it shapes
// whatever goes through it. Developer tools don't: Chromium's slow down a WebSocket's bytes but not its round trips. One line
// for each device: what its connections carry shares the line.
//
// Bounded: of each direction of a connection one chunk waits for its turn, and no more is read meanwhile; under way is at most
// what the line carries in its delay. Whoever opens one closes it, and nothing is left then.
import { once, setMaxListeners } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Network } from './networks.js';

/** What is passed on at once: the bytes of a usual packet. */
const PIECE_BYTES = 1_460;
/** Timers keep no shorter time. */
const SHORTEST_MS = 1;

export class NetworkLine {
  readonly #target: URL;
  readonly #network: Network;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #up = new Lane();
  readonly #down = new Lane();
  #isCut = false;

  private constructor(target: string, network: Network) {
    this.#target = new URL(target);
    this.#network = network;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @param target the server's address, over http */
  static async to(target: string, network: Network): Promise<NetworkLine> {
    const line = new NetworkLine(target, network);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  /** The server's address at this end of the line. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections to this end and to the server that are open. */
  get count(): number {
    return this.#sockets.size;
  }

  /** Ends what there is, with all that is under way, and lets nothing through until it is mended. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    const sockets = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    this.cut();
    this.#server.close();
    await Promise.all([once(this.#server, 'close'), ...sockets]);
  }

  #accept(near: Socket): void {
    this.#hold(near);
    if (this.#isCut) near.destroy();
    else void this.#join(near);
  }

  /** A connection is made in a round trip, and then each side hears the other. */
  async #join(near: Socket): Promise<void> {
    await pass(this.#network.roundTripMs, goneOf(near));
    if (near.destroyed) return;
    const far = connect(Number(this.#target.port), this.#target.hostname);
    this.#hold(far);
    await Promise.all([this.#carry(near, far, this.#up), this.#carry(far, near, this.#down)]);
  }

  /** Passes on what one side says, then its end. */
  async #carry(from: Socket, to: Socket, lane: Lane): Promise<void> {
    const gone = goneOf(to);
    const delayMs = this.#network.roundTripMs / 2;
    // What is on its way is lost where the other end goes meanwhile.
    const arrive = async (act: () => void) => {
      await pass(delayMs, gone);
      if (!to.destroyed) act();
    };
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
          const piece = chunk.subarray(start, start + PIECE_BYTES);
          await pass(lane.turnMs(piece.length, this.#network.bitsPerSecond), gone);
          if (to.writableNeedDrain) await once(to, 'drain', { signal: gone });
          void arrive(() => to.write(piece));
        }
      }
      await arrive(() => to.end());
    } catch {
      // One side broke, or the line was cut: then the other ends too.
      to.destroy();
    }
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }
}

/** Waits, unless that is too short to be waited for, or over at once. */
async function pass(ms: number, gone: AbortSignal): Promise<void> {
  if (ms < SHORTEST_MS) return;
  // Who is told that the end is gone looks for themselves.
  await pause(ms, undefined, { signal: gone }).catch(() => {});
}

/** Aborted when the socket is closed. */
function goneOf(socket: Socket): AbortSignal {
  const gone = new AbortController();
  // Whatever is under way listens.
  setMaxListeners(0, gone.signal);
  socket.once('close', () => gone.abort());
  return gone.signal;
}

/** One direction of a line: what it carries goes one after the other. */
class Lane {
  #freeAtMs = 0;

  /** Takes the next place. @returns how long it is until that has been said */
  turnMs(sizeBytes: number, bitsPerSecond: number): number {
    const nowMs = performance.now();
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + (sizeBytes * 8_000) / bitsPerSecond;
    return this.#freeAtMs - nowMs;
  }
}
