// Which transport carries the stream, and what a run has learnt about it: a WebSocket first; where that never opens but the
// server answers over HTTP, server-sent events; where those are held back on the way, waiting polls. What worked is begun
// with the next time.
import type { Hello } from '@kith/protocol';
import type { Clock } from '../ports.js';
import { ChosenStream } from './chosen-stream.js';
import type { CarriedStream, StreamEvents, Transport } from './transport.js';

/** A WebSocket that has not opened by then is in doubt; one that opens before the server has answered otherwise is kept. */
const SOCKET_MS = 2_000;
/** The same where one has worked: a server that has restarted and is busy is no proxy. */
const SOCKET_THAT_WORKED_MS = 6_000;
/** Where a socket has worked, it is in doubt only after so many that failed: a server that restarts is no proxy. */
const MOST_FAILED = 3;
/** Where none has worked yet: sockets that opened and brought no welcome. */
const MOST_MUTE = 2;
/** With the pauses between them about half a minute: a server that restarts is back by then. */
const MOST_UNREACHED = 6;

export type ChoiceParts = {
  readonly clock: Clock;
  readonly socket: Transport;
  /**
   * Resolves where the server answers over HTTP, with what carries the stream there. Rejects otherwise, or where it cannot be
   * loaded. With `isAnew` it is asked though it has answered a moment ago.
   */
  readonly reach: (signal: AbortSignal, isAnew?: boolean) => Promise<Fallback>;
  /** A `hello` with what is known by now, for a stream that takes over. @throws Refusal */
  readonly hello: () => Promise<Hello>;
};

/** What one stream is made of. */
export type StreamParts = {
  readonly parts: ChoiceParts;
  readonly choice: TransportChoice;
  readonly events: StreamEvents;
  readonly hello: Hello;
};

/** Carries a stream on where a socket does not come through. */
export type Fallback = (given: StreamParts) => CarriedStream;

export class TransportChoice {
  readonly #parts: ChoiceParts;
  #from = 0;
  #hasSocketWorked = false;
  /** Sockets in a row that brought no welcome though the server may be there. */
  #failed = 0;
  #unreached = 0;
  /** How long to wait before a socket is tried again behind the stream that is open, where one was already. */
  upgradeMs: number | null = null;

  constructor(parts: ChoiceParts) {
    this.#parts = parts;
  }

  /** The index of the transport to begin with. */
  get from(): number {
    return this.#from;
  }

  /** Whether a socket that does not open may be shut on the way. */
  get isSocketDoubted(): boolean {
    return !this.#hasSocketWorked || this.#failed + 1 >= MOST_FAILED;
  }

  /** In which a socket is to open. */
  get patienceMs(): number {
    return this.isSocketDoubted ? SOCKET_MS : SOCKET_THAT_WORKED_MS;
  }

  /** A second `welcome` on the same stream says that a better transport has taken over. */
  open(hello: Hello, events: StreamEvents): CarriedStream {
    return new ChosenStream({ parts: this.#parts, choice: this, events, hello });
  }

  worked(index: number): void {
    if (index === 0) this.forget();
    this.#from = index;
    this.#hasSocketWorked ||= index === 0;
  }

  /** A socket brought no welcome. @param wasHeard it opened */
  socketFailed(wasHeard: boolean): void {
    this.#failed += 1;
    if (wasHeard && this.#failed >= (this.#hasSocketWorked ? MOST_FAILED : MOST_MUTE)) this.#from = 1;
  }

  /** Nothing answered over HTTP: after a few times, where HTTP may be what does not get through, a socket is tried again. */
  unreached(): void {
    this.#unreached += 1;
    if (this.#unreached >= MOST_UNREACHED) this.forget();
  }

  beginWith(index: number): void {
    this.#from = index;
  }

  /** The network may be another one: what was learnt of the old one says nothing. */
  forget(): void {
    this.#from = 0;
    this.#hasSocketWorked = false;
    this.#failed = 0;
    this.#unreached = 0;
    this.upgradeMs = null;
  }
}
