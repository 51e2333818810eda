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
  /** Nothing of the server was heard: it may be away, or this way to it may be shut. */
  readonly wasOpen: boolean;
};

export type StreamEvents = {
  readonly onFrame: (frame: ServerFrame) => void;
  /** Once, after which nothing is told any more. Not called where the opener closed the stream. */
  readonly onEnd: (end: StreamEnd) => void;
};

export interface TransportStream {
  send(frame: OutgoingFrame): void;
  /** Ends it without a word to its events. */
  close(): void;
}

export interface Transport {
  readonly name: 'websocket' | 'events' | 'poll';
  open(hello: Hello, events: StreamEvents): TransportStream;
}
