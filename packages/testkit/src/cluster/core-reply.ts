// The node's end of one HTTP answer, in the shape of the platform's own: it is written whole or piece by piece, told when it
// is over, and takes no more than a reader who reads. What a node that was killed writes goes nowhere.
import type { EventsReply } from '@kith/server/edge/http-streams';

/** A piece of an answer, as it travels. */
export type Piece =
  | { readonly type: 'whole'; readonly status: number; readonly text: string }
  | { readonly type: 'head'; readonly status: number }
  | { readonly type: 'chunk'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  /** The connection went before the answer had ended. */
  | { readonly type: 'break' };

export type CoreReplyParts = {
  /** Takes a piece on its way to the client. */
  readonly carry: (piece: Piece) => void;
  /** Runs something in the node a moment later. */
  readonly soon: (task: () => void) => void;
};

/** What a reader who reads nothing leaves unread: as much as a socket takes at all. In bytes. */
const UNREAD_BYTES = 65_536;
const OK = 200;

export class CoreReply implements EventsReply {
  /** Told of every text of a stream that is given out: server-sent events, or the list that answers a poll. */
  said: (text: string, how: 'events' | 'list') => void = () => {};
  readonly #parts: CoreReplyParts;
  readonly #listeners = { close: new Set<() => void>(), drain: new Set<() => void>(), error: new Set<() => void>() };
  #isStalled = false;
  #isEnded = false;
  #isOver = false;

  constructor(parts: CoreReplyParts) {
    this.#parts = parts;
  }

  get raw(): this {
    return this;
  }

  get destroyed(): boolean {
    return this.#isOver;
  }

  get writableFinished(): boolean {
    return this.#isEnded && !this.#isStalled;
  }

  get writableLength(): number {
    return this.#isStalled ? UNREAD_BYTES : 0;
  }

  on(event: 'close' | 'error' | 'drain', listener: () => void): void {
    this.#listeners[event].add(listener);
  }

  /** Each of these happens once, or is asked for anew. */
  once(event: 'close' | 'drain', listener: () => void): void {
    this.on(event, listener);
  }

  hijack(): void {}

  getHeaders(): { readonly [name: string]: unknown } {
    return {};
  }

  header(): void {}

  send(list: Buffer): void {
    const text = list.toString();
    if (!this.#isOver) this.said(text, 'list');
    this.whole(OK, text);
  }

  /** The whole answer at once. */
  whole(status: number, text: string): void {
    this.#write({ type: 'whole', status, text });
    this.#end();
  }

  writeHead(status: number): void {
    this.#write({ type: 'head', status });
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver || this.#isEnded) return;
    this.said(Buffer.from(bytes).toString(), 'events');
    this.#write({ type: 'chunk', bytes });
  }

  end(text: string): void {
    this.#write({ type: 'chunk', bytes: Buffer.from(text) });
    this.#write({ type: 'end' });
    this.#end();
  }

  destroy(): void {
    this.#write({ type: 'break' });
    this.gone();
  }

  /** The client takes nothing any more, or again. */
  stall(isStalled: boolean): void {
    if (this.#isStalled === isStalled) return;
    this.#isStalled = isStalled;
    if (isStalled) return;
    const drained = [...this.#listeners.drain];
    this.#listeners.drain.clear();
    for (const listener of drained) listener();
    if (this.#isEnded) this.gone();
  }

  /** The connection is over, for whatever reason. */
  gone(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const listener of this.#listeners.close) listener();
  }

  #write(piece: Piece): void {
    if (!this.#isOver && !this.#isEnded) this.#parts.carry(piece);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#parts.soon(() => {
      if (!this.#isStalled) this.gone();
    });
  }
}
