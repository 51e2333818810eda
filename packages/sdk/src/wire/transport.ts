// One way to hold a stream to the server: a socket, server-sent events, or waiting polls. A transport makes no decisions:
// it opens, carries frames both ways, and says once how it ended. `connection.ts` decides what follows.
import type { Command, Hello, ServerFrame } from '@kith/protocol';
import type { OutgoingSignal } from './link.js';

export type OutgoingFrame =
  | { readonly type: 'command'; readonly id: number; readonly name: Command['name']; readonly params: unknown }
  | ({ readonly type: 'signal' } & OutgoingSignal)
  | { readonly type: 'auth'; readonly token: string }
  | { readonly type: 'ping' };

/** How a stream ended. `code` is a close code of the contract, or null where it just went. */
export type StreamEnd = {
  readonly code: number | null;
  /** False where nothing of the server was heard: it may be away, or this way to it may be shut. */
  readonly wasOpen: boolean;
  /** It was let go of because what came is no frame of the contract. */
  readonly isNonsense?: boolean;
  /** The least wait that the server asked for where it refused the stream. */
  readonly retryAfterMs?: number | undefined;
};

/** None of these is called before `open` has returned. */
export type StreamEvents = {
  readonly onFrame: (frame: ServerFrame) => void;
  /** A sign of life that is no frame: the socket opened, a comment or an empty answer came. */
  readonly onHeard: () => void;
  /** Once, after which nothing is told any more. Not called where the opener closed the stream. */
  readonly onEnd: (end: StreamEnd) => void;
};

/** What carries frames, as its owner uses it. */
export interface Stream {
  /** Where the transport has no way to carry an `auth` or a `ping`, it is not sent. */
  send(frame: OutgoingFrame): void;
  /** Ends it without a word to its events. @param code told to the server where there is a way to */
  close(code?: number): void;
}

export interface TransportStream extends Stream {
  /** Hears no more; commands that were sent are answered still. */
  retire(): void;
}

export interface Transport {
  readonly name: 'websocket' | 'events' | 'poll';
  open(hello: Hello, events: StreamEvents): TransportStream;
}

/** A stream over one transport after another. */
export interface CarriedStream extends Stream {
  /** The one that carries it now. */
  readonly transport: Transport['name'];
  /** How long it may say nothing without being asked, where the server's heartbeat is so long. */
  quietMs(heartbeatMs: number): number;
  /** Ends it because nothing came for too long: events that are held back once they are open are not begun with again. */
  abandon(code: number): void;
  /** The network may be another one: what goes over HTTP asks whether the server is still there, and tries for a socket now. */
  recheck(): void;
}
