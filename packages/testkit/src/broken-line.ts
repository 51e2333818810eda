// A line between devices and a server that does its worst: TCP on loopback that ends connections after any number of bytes,
// also within a frame, gives a device nothing for a while, and leads to wherever the server is now.
//
// Bounded: of each direction as much waits as its sockets hold; what a stalled device is not given waits in the kernel, so that
// the server meets a reader that does not read. Whoever opens one closes it, and nothing is left then.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { SeededRandom } from './seeded-random.js';

/** Small, so that a reader that stops is soon felt at the other end. */
const BUFFER_BYTES = 4_096;

type Pair = { readonly near: Socket; readonly far: Socket; leftBytes: number; isStalled: boolean };

export class BrokenLine {
  readonly #random: SeededRandom;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  #target: URL | null = null;
  /** Most bytes that a new connection carries; null for any number. */
  #mostBytes: number | null = null;
  /** Connections that were ended here. */
  cuts = 0;

  private constructor(random: SeededRandom) {
    this.#random = random;
    this.#server = createServer({ highWaterMark: BUFFER_BYTES }, (socket) => this.#accept(socket));
  }

  static async open(random: SeededRandom): Promise<BrokenLine> {
    const line = new BrokenLine(random);
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    return line;
  }

  /** Where the server is for those who come over this line. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Null while there is no server: whoever comes is turned away. */
  leadTo(url: string | null): void {
    this.#target = url === null ? null : new URL(url);
  }

  /** Every connection there is, and each new one, ends after so many bytes at most, drawn for each, in whichever direction. */
  cutWithin(mostBytes: number): void {
    this.#mostBytes = mostBytes;
    for (const pair of this.#pairs) pair.leftBytes = this.#random.below(mostBytes);
  }

  /** Ends a share of the connections now. */
  cutNow(share: number): void {
    for (const pair of this.#pairs) if (this.#random.chance(share)) this.#cut(pair);
  }

  /** A share of the connections carries nothing to the devices any more. */
  stall(share: number): void {
    for (const pair of this.#pairs) {
      if (!this.#random.chance(share)) continue;
      pair.isStalled = true;
      pair.far.pause();
    }
  }

  /** Carries everything from here on. */
  heal(): void {
    this.#mostBytes = null;
    for (const pair of this.#pairs) {
      pair.leftBytes = Number.POSITIVE_INFINITY;
      pair.isStalled = false;
      pair.far.resume();
    }
  }

  async close(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }

  #accept(near: Socket): void {
    const target = this.#target;
    near.on('error', () => near.destroy());
    if (target === null) {
      near.destroy();
      return;
    }
    const far = connect({ port: Number(target.port || 80), host: target.hostname });
    const leftBytes = this.#mostBytes === null ? Number.POSITIVE_INFINITY : this.#random.below(this.#mostBytes);
    const pair = { near, far, leftBytes, isStalled: false };
    this.#pairs.add(pair);
    for (const socket of [near, far]) {
      socket.setNoDelay();
      socket.on('error', () => this.#end(pair));
      socket.on('close', () => this.#end(pair));
    }
    near.on('data', (chunk) => this.#carry(pair, chunk, { from: near, to: far }));
    far.on('data', (chunk) => this.#carry(pair, chunk, { from: far, to: near }));
  }

  #carry(pair: Pair, chunk: Buffer, { from, to }: { readonly from: Socket; readonly to: Socket }): void {
    const carried = chunk.subarray(0, pair.leftBytes);
    pair.leftBytes -= carried.length;
    const isTaken = to.write(carried);
    if (pair.leftBytes <= 0) {
      // What was said before the cut arrives: a frame may end in the middle.
      to.end();
      this.#cut(pair);
      return;
    }
    if (isTaken) return;
    from.pause();
    to.once('drain', () => {
      if (from !== pair.far || !pair.isStalled) from.resume();
    });
  }

  #cut(pair: Pair): void {
    this.cuts += 1;
    this.#end(pair);
  }

  #end(pair: Pair): void {
    if (!this.#pairs.delete(pair)) return;
    // Flushes what was written; then each side sees the end.
    for (const socket of [pair.near, pair.far]) {
      socket.destroySoon();
      socket.resume();
    }
  }
}
