// One stream to the server over whatever transport comes through, as `transport-choice.ts` has learnt. It is a WebSocket as long
// as that is not in doubt. What carries it otherwise is loaded only then, once the server has answered over HTTP.
import type { Cancel } from '../ports.js';
import { endOf } from './reconnect.js';
import type { CarriedStream, OutgoingFrame, StreamEnd, Transport, TransportStream } from './transport.js';
import type { StreamParts } from './transport-choice.js';

export class ChosenStream implements CarriedStream {
  readonly #given: StreamParts;
  /** Aborted when it is let go of, with what was asked for it. */
  readonly #over = new AbortController();
  #socket: TransportStream | null = null;
  #fallback: CarriedStream | null = null;
  #isHeard = false;
  #isOpen = false;
  /** How the socket ended, where that alone does not say whether the server is there. */
  #end: StreamEnd | null = null;
  #doubt: 'none' | 'asking' | 'unreachable' = 'none';
  #trust: Cancel = () => {};

  constructor(given: StreamParts) {
    this.#given = given;
    if (given.choice.from === 0) this.#openSocket();
    else this.#reach();
  }

  get transport(): Transport['name'] {
    return this.#fallback?.transport ?? 'websocket';
  }

  send(frame: OutgoingFrame): void {
    (this.#fallback ?? this.#socket)?.send(frame);
  }

  close(code?: number): void {
    if (this.#isDone) return;
    if (this.#socket && !this.#isOpen) this.#given.choice.socketFailed(this.#isHeard);
    this.#letGo(code);
  }

  quietMs(heartbeatMs: number): number {
    return this.#fallback?.quietMs(heartbeatMs) ?? 0;
  }

  abandon(code: number): void {
    this.#fallback?.abandon(code);
    this.close(code);
  }

  recheck(): void {
    this.#fallback?.recheck();
  }

  get #isDone(): boolean {
    return this.#over.signal.aborted;
  }

  #openSocket(): void {
    const { parts, choice, events, hello } = this.#given;
    this.#trust = parts.clock.after(choice.patienceMs, () => this.#reach());
    this.#socket = parts.socket.open(hello, {
      onFrame: (frame) => {
        if (this.#isDone) return;
        this.#heard();
        if (frame.type === 'welcome') {
          this.#isOpen = true;
          choice.worked(0);
        }
        events.onFrame(frame);
      },
      onHeard: () => {
        this.#heard();
        events.onHeard();
      },
      onEnd: (end) => this.#ended(end),
    });
  }

  #heard(): void {
    this.#isHeard = true;
    this.#trust();
  }

  /** Asks whether the server is there at all; if it is, the socket is shut on the way, or was found so before. */
  #reach(): void {
    if (this.#doubt !== 'none') return;
    this.#doubt = 'asking';
    const { parts, choice } = this.#given;
    parts.reach(this.#over.signal).then(
      (fallback) => {
        if (this.#isHeard || this.#isDone) return;
        if (this.#socket) choice.socketFailed(false);
        this.#trust();
        this.#socket?.close();
        this.#socket = null;
        this.#fallback = fallback(this.#given);
      },
      (error: unknown) => {
        this.#doubt = 'unreachable';
        if (this.#end) this.#finish({ ...this.#end, ...endOf(error) });
        if (this.#socket) return;
        choice.unreached();
        this.#finish({ wasOpen: false, ...endOf(error) });
      },
    );
  }

  #ended(end: StreamEnd): void {
    const { choice } = this.#given;
    const isAway = this.#doubt === 'unreachable';
    if (this.#isOpen || end.code !== null || end.isNonsense) {
      // The server itself has spoken.
      this.#finish(end);
    } else if (end.wasOpen || isAway || !choice.isSocketDoubted) {
      if (!isAway) choice.socketFailed(end.wasOpen);
      this.#finish(end);
    } else {
      this.#end = end;
      this.#reach();
    }
  }

  #finish(end: StreamEnd): void {
    if (this.#isDone) return;
    this.#letGo();
    this.#given.events.onEnd(end);
  }

  #letGo(code?: number): void {
    this.#over.abort();
    this.#trust();
    this.#socket?.close(code);
    this.#fallback?.close(code);
  }
}
