// A WebSocket that knows its connection and tells it what the library tells listeners: none is kept for each of many sockets.
// What the library would close with codes of the RFC for bad frames goes out with the codes of the contract.

import { CLOSE_CODES } from '@kith/protocol';
import { WebSocket } from 'ws';
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
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const { listener } = this;
    if (listener === null) return super.emit(event, ...args);
    // `binaryType` is left at `nodebuffer`: the library hands over one Buffer.
    if (event === 'message') listener.message(args[0] as Buffer, args[1] as boolean);
    else if (event === 'ping') listener.ping(args[0] as Buffer);
    else if (event === 'pong') listener.pong();
    else if (event === 'close') listener.closed();
    // What went wrong has closed it already, or does so next.
    else if (event !== 'error') return super.emit(event, ...args);
    return true;
  }

  override close(code?: number, reason?: string | Buffer): void {
    this.listener?.closing();
    super.close(code === undefined ? undefined : (CONTRACT_CODES[code] ?? code), reason);
  }
}
