// Which transport carries the stream, and what a run has learnt about it: a WebSocket first; where that never opens but the
// server answers over HTTP, server-sent events; where those are held back on the way, waiting polls. What worked is begun
// with the next time.
import type { Hello } from '@kith/protocol';
import type { Clock } from '../ports.js';
import { ChosenStream } from './chosen-stream.js';
import type { StreamEvents, Transport } from './transport.js';

/** Where a socket has worked, it is in doubt only after so many that failed: a server that restarts is no proxy. */
const MOST_FAILED = 3;
/** Where none has worked yet: sockets that opened and brought no welcome. */
const MOST_MUTE = 2;
/** With the pauses between them about half a minute: a server that restarts is back by then. */
const MOST_UNREACHED = 6;
const UPGRADE_FIRST_MS = 30_000;
const UPGRADE_LONGEST_MS = 600_000;

export type ChoiceParts = {
  readonly clock: Clock;
  /** The socket first, the last resort last. */
  readonly transports: readonly [Transport, ...Transport[]];
  /** Resolves where the server answers over HTTP. @throws Refusal */
  readonly reach: (signal: AbortSignal) => Promise<void>;
  /** A `hello` with what is known by now, for a stream that takes over. @throws Refusal */
  readonly hello: () => Promise<Hello>;
};

export class TransportChoice {
  readonly #parts: ChoiceParts;
  #from = 0;
  #hasSocketWorked = false;
  /** Sockets in a row that brought no welcome though the server may be there. */
  #failed = 0;
  #unreached = 0;
  #upgradeMs = UPGRADE_FIRST_MS;

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

  /** A second `welcome` on the same stream says that a better transport has taken over. */
  open(hello: Hello, events: StreamEvents): ChosenStream {
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

  /** What begins with the transport at `index` is in vain from now on. */
  avoid(index: number): void {
    this.#from = (index + 1) % this.#parts.transports.length;
  }

  /** How long to wait before a socket is tried again behind the stream that is open. */
  nextUpgradeMs(): number {
    const waitMs = this.#upgradeMs;
    this.#upgradeMs = Math.min(UPGRADE_LONGEST_MS, waitMs * 2);
    return waitMs;
  }

  /** The network may be another one: what was learnt of the old one says nothing. */
  forget(): void {
    this.#from = 0;
    this.#hasSocketWorked = false;
    this.#failed = 0;
    this.#unreached = 0;
    this.#upgradeMs = UPGRADE_FIRST_MS;
  }
}
