// A WebSocket that knows its connection, so that all sockets share one set of listeners and none has closures of its own.
// What the library would close with codes of the RFC for bad frames goes out with the codes of the contract.

import { CLOSE_CODES } from '@kith/protocol';
import { type RawData, WebSocket } from 'ws';
import type { ClientSocket, SocketListener } from './client-socket.js';
import { WEB_SOCKET_FRAMING } from './wire.js';

/** The library's codes for what it could not read, by the codes of the contract. */
const CONTRACT_CODES: { readonly [code: number]: number } = {
  1002: CLOSE_CODES.bad_frame,
  1003: CLOSE_CODES.bad_frame,
  1007: CLOSE_CODES.bad_frame,
  1008: CLOSE_CODES.frame_too_large,
  1009: CLOSE_CODES.frame_too_large,
};

export class KithSocket extends WebSocket implements ClientSocket {
  listener: SocketListener | null = null;

  get transport() {
    return 'websocket' as const;
  }

  get framing() {
    return WEB_SOCKET_FRAMING;
  }

  /** Whoever is there answers pings. */
  get isPresent() {
    return false;
  }

  listen(listener: SocketListener): void {
    this.listener = listener;
    this.on('message', onMessage);
    this.on('ping', onPing);
    this.on('pong', onPong);
    this.on('error', onError);
    this.on('close', onClose);
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.listener?.closing();
    super.close(code === undefined ? undefined : (CONTRACT_CODES[code] ?? code), reason);
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  // `binaryType` is left at `nodebuffer`: the library hands over one Buffer.
  listenerOf(this)?.message(data as Buffer, isBinary);
}

function onPing(this: WebSocket, payload: Buffer): void {
  listenerOf(this)?.ping(payload);
}

function onPong(this: WebSocket): void {
  listenerOf(this)?.pong();
}

/** The library has closed already, or does so next: `close` follows. */
function onError(): void {}

function onClose(this: WebSocket): void {
  listenerOf(this)?.closed();
}

function listenerOf(socket: WebSocket): SocketListener | null {
  return socket instanceof KithSocket ? socket.listener : null;
}
