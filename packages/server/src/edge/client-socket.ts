// What a connection needs of whatever carries it: a WebSocket, a response of server-sent events, or polls. The bytes of
// frames go past this, from the outbox straight to what is written to, in the framing of the transport.
import type { Outgoing } from '../core/live/sink.js';

/** What a socket tells its connection. */
export interface SocketListener {
  message(data: Buffer, isBinary: boolean): void;
  ping(payload: Buffer): void;
  /** A sign of life. */
  pong(): void;
  /** The last word goes out now: nothing may be written after it. */
  closing(): void;
  closed(): void;
}

export type TransportName = 'websocket' | 'events' | 'poll';

/** How frames become bytes. A frame's bytes are built once, however many connections they go to. */
export type Framing = {
  readonly bytesOf: (frame: Outgoing) => Uint8Array;
  /** What is written every heartbeat; null where nothing is. */
  readonly heartbeat: Uint8Array | null;
};

export interface ClientSocket {
  readonly transport: TransportName;
  readonly framing: Framing;
  /** True while the client is known to be there without a word from it. */
  readonly isPresent: boolean;
  readonly isPaused: boolean;
  /** Attaches the listener; to be called once. */
  listen(listener: SocketListener): void;
  pause(): void;
  resume(): void;
  /** Says the last word, with a code of the contract or of the registry of IANA. */
  close(code: number): void;
  /** Ends at once, without a word. */
  terminate(): void;
}
