// One WebSocket of a device: frames out, frames in, and commands with their answers. It notes where the server does not
// answer in time, answers what it must not, or sends what is no frame.
import { parseServerFrame, type Retry, type ServerFrame, SUBPROTOCOL } from '@kith/protocol';
import { WebSocket } from 'ws';
import type { FrameWatch } from '../cluster/frame-watch.js';
import type { Target } from './device.js';
import type { Ledger } from './ledger.js';

/** The server's answer to a command is an error. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: string;
  readonly retry: Retry;
  readonly retryAfterMs: number | undefined;

  constructor(fields: { readonly code: string; readonly retry: Retry; readonly retryAfterMs?: number }) {
    super(`refused with ${fields.code}`);
    this.code = fields.code;
    this.retry = fields.retry;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

type Asked = {
  readonly name: string;
  readonly atMs: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
};

const HANDSHAKE_MS = 5_000;
/** Every command is answered by then, whatever the database does. */
const ANSWER_MS = 15_000;
const WATCH_MS = 1_000;

/** Where is noted what came to pass; `watch` hears every text of the connection, at this end of it. */
export type Notes = { readonly ledger: Ledger; readonly watch?: FrameWatch | null };

export class Wire {
  readonly target: Target;
  /** Settles with the code of the close frame, or 1006 where there was none. */
  readonly closed: Promise<number>;
  readonly #ws: WebSocket;
  readonly #ledger: Ledger;
  readonly #watch: FrameWatch | null;
  readonly #asked = new Map<number, Asked>();
  #ids = 0;

  constructor(target: Target, { ledger, watch = null }: Notes, onFrame: (frame: ServerFrame) => void) {
    this.target = target;
    this.#ledger = ledger;
    this.#watch = watch;
    const url = `${target.url.replace(/^http/, 'ws')}/v1/ws`;
    const ws = new WebSocket(url, SUBPROTOCOL, { perMessageDeflate: false, handshakeTimeout: HANDSHAKE_MS });
    this.#ws = ws;
    const looking = setInterval(() => this.#look(), WATCH_MS);
    ws.on('message', (data: Buffer) => {
      const text = data.toString('utf8');
      this.#watch?.said(text);
      const frame = parseServerFrame(text);
      if (!this.#answered(frame)) onFrame(frame);
    });
    // What it was is said by the close event that follows.
    ws.on('error', () => {});
    this.closed = new Promise((resolve) => {
      ws.once('close', (code) => {
        clearInterval(looking);
        for (const asked of this.#asked.values()) asked.reject(new Error('the connection ended'));
        this.#asked.clear();
        resolve(code);
      });
    });
  }

  greet(hello: { readonly [field: string]: unknown }): void {
    this.#ws.once('open', () => this.send(hello));
  }

  send(frame: { readonly [field: string]: unknown }): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return;
    const text = JSON.stringify(frame);
    this.#watch?.heard(text);
    this.#ws.send(text);
  }

  /** @throws Refusal, or an Error where the connection ended before the answer */
  ask<T>(name: string, params: { readonly [field: string]: unknown }): Promise<T> {
    if (this.#ws.readyState !== WebSocket.OPEN) return Promise.reject(new Error('not connected'));
    this.#ids += 1;
    const id = this.#ids;
    return new Promise<T>((resolve, reject) => {
      this.#asked.set(id, { name, atMs: performance.now(), resolve: (result) => resolve(result as T), reject });
      this.send({ type: 'command', id, name, params });
    });
  }

  cut(): void {
    this.#ws.terminate();
  }

  #answered(frame: ServerFrame): boolean {
    if (frame.type !== 'ack' && frame.type !== 'error') return false;
    const asked = frame.id === undefined ? undefined : this.#asked.get(frame.id);
    if (frame.id === undefined || asked === undefined) {
      this.#ledger.breach(`an answer to nothing that was asked: ${frame.type} ${frame.id ?? 'without an id'}`);
      return true;
    }
    this.#asked.delete(frame.id);
    if (frame.type === 'ack') asked.resolve(frame.result);
    else asked.reject(new Refusal(frame));
    return true;
  }

  #look(): void {
    const [oldest] = this.#asked.values();
    if (oldest === undefined || performance.now() - oldest.atMs < ANSWER_MS) return;
    this.#ledger.breach(`${oldest.name} was not answered within ${ANSWER_MS} ms`);
    this.cut();
  }
}
