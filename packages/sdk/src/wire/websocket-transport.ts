// The stream over a WebSocket: one JSON text a frame, both ways (rules W1 to W4). `hello` goes out when the socket opens.
import { type Hello, SUBPROTOCOL } from '@kith/protocol';
import type { Clock, OpenSocket, SocketLike } from '../ports.js';
import { NonsenseError, parseServerFrame } from './server-frame.js';
import type { OutgoingFrame, StreamEnd, StreamEvents, Transport, TransportStream } from './transport.js';

export type WebSocketParts = {
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  /** Where the server is, as for HTTP. */
  readonly url: string;
};

export function webSocketTransport({ openSocket, clock, url }: WebSocketParts): Transport {
  return {
    name: 'websocket',
    open(hello, events) {
      const stream = new SocketStream(hello, events);
      try {
        stream.hold(openSocket(`${url.replace(/^http/, 'ws')}/v1/ws`, SUBPROTOCOL));
      } catch {
        // There is none on this platform, or its rules forbid this one.
        clock.after(0, () => stream.end({ code: null, wasOpen: false }));
      }
      return stream;
    },
  };
}

class SocketStream implements TransportStream {
  readonly #hello: Hello;
  #events: StreamEvents | null;
  #socket: SocketLike | null = null;
  #isOpen = false;

  constructor(hello: Hello, events: StreamEvents) {
    this.#hello = hello;
    this.#events = events;
  }

  hold(socket: SocketLike): void {
    this.#socket = socket;
    socket.onopen = () => {
      this.#isOpen = true;
      socket.send(JSON.stringify(this.#hello));
      this.#events?.onHeard();
    };
    socket.onmessage = ({ data }) => this.#take(data);
    socket.onclose = ({ code }) => this.end({ code: code >= 4000 ? code : null, wasOpen: this.#isOpen });
    // Told by `onclose` too; some libraries throw where nobody listens.
    socket.onerror = () => {};
  }

  send(frame: OutgoingFrame): void {
    if (this.#events && this.#isOpen) this.#socket?.send(JSON.stringify(frame));
  }

  close(code?: number): void {
    this.#events = null;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close(code);
  }

  retire(): void {
    this.close();
  }

  end(end: StreamEnd): void {
    const events = this.#events;
    this.close();
    events?.onEnd(end);
  }

  #take(data: unknown): void {
    const events = this.#events;
    if (!events) return;
    try {
      if (typeof data !== 'string') throw new NonsenseError();
      const frame = parseServerFrame(data);
      if (frame) events.onFrame(frame);
      else events.onHeard();
    } catch (error) {
      if (!(error instanceof NonsenseError)) throw error;
      this.end({ code: null, wasOpen: true, isNonsense: true });
    }
  }
}
