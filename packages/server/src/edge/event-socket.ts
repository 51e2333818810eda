// One answer of server-sent events as what carries a connection: it only ever writes. The client's way up is requests of
// their own, so nothing is heard here; the connection lives as long as the answer can be written.
import type { ClientSocket, Framing, SocketListener } from './client-socket.js';
import type { WritableSocket } from './outbox.js';
import { COMMENT, endEvent, eventFraming } from './text-framing.js';

/** An answer as it is written piece by piece: what is used of the platform's own. */
export interface EventResponse extends WritableSocket {
  writeHead(status: number, headers: { readonly [name: string]: string }): unknown;
  end(text: string): unknown;
  /** Ends it as it stands. */
  destroy(): unknown;
  on(event: 'error' | 'close', listener: () => void): unknown;
}

/** Proxies are told to pass each event on as it comes; none may keep it, or change its bytes. */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

export class EventSocket implements ClientSocket {
  readonly transport = 'events';
  readonly framing: Framing;
  readonly isPresent = true;
  readonly isPaused = false;
  readonly #response: EventResponse;
  #listener: SocketListener | null = null;
  #endCode: number | null = null;

  /** @param resumeKey is part of the ids of events */
  constructor(response: EventResponse, resumeKey: string) {
    this.#response = response;
    this.framing = eventFraming(resumeKey);
  }

  /** What the last word was; null where there was none. */
  get endCode(): number | null {
    return this.#endCode;
  }

  /** Begins the answer, with a comment, so that a client sees that nothing holds it back. */
  begin(headers: { readonly [name: string]: string }): void {
    this.#response.writeHead(200, { ...headers, ...HEADERS });
    this.#response.write(COMMENT);
  }

  listen(listener: SocketListener): void {
    this.#listener = listener;
    this.#response.on('error', onError);
    this.#response.on('close', () => listener.closed());
  }

  pause(): void {}

  resume(): void {}

  close(code: number): void {
    if (this.#endCode !== null) return;
    this.#endCode = code;
    this.#listener?.closing();
    this.#response.end(endEvent(code));
  }

  terminate(): void {
    this.#response.destroy();
  }
}

/** `close` follows. */
function onError(): void {}
