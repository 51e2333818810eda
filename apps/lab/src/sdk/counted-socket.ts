// A WebSocket of Node whose bytes are counted: all that goes over its TCP connection both ways, the handshake and the headers
// of frames included, and beside that the text of the entries alone.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Platform } from '@kith/sdk';
import { WebSocket } from 'ws';

export type WireBytes = { readonly received: number; readonly sent: number; readonly entries: number };

/** Counts all sockets that are opened through it. */
export class CountedSockets {
  readonly #sockets: Socket[] = [];
  #entryBytes = 0;
  #entries = 0;

  readonly open: Platform['openSocket'] = (url, subprotocol) => {
    const socket = new WebSocket(url, subprotocol);
    socket.on('upgrade', (answer: IncomingMessage) => this.#sockets.push(answer.socket));
    socket.on('message', (data: Buffer) => this.#count(data));
    return socket as unknown as ReturnType<Platform['openSocket']>;
  };

  get entries(): number {
    return this.#entries;
  }

  get bytes(): WireBytes {
    const sum = (of: (socket: Socket) => number) => this.#sockets.reduce((total, socket) => total + of(socket), 0);
    return { received: sum((one) => one.bytesRead), sent: sum((one) => one.bytesWritten), entries: this.#entryBytes };
  }

  #count(data: Buffer): void {
    if (!isEntry(data)) return;
    this.#entries += 1;
    this.#entryBytes += data.length;
  }
}

/** By how its text begins; the server writes a frame's type first. */
function isEntry(data: Buffer): boolean {
  return data.toString('latin1', 0, 15) === '{"type":"entry"';
}
