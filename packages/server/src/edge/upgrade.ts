// The door for WebSockets: who may open one, and how many. What is refused here costs a line of text at most: other paths,
// other origins, no subprotocol of ours, a server that drains or is full. One address has its share; above it a client
// is told to wait, and far above it nothing is said at all.
import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ChatError, LIMITS, SUBPROTOCOL } from '@kith/protocol';
import { WebSocketServer } from 'ws';
import type { ClientAddresses } from './client-address.js';
import { CLOSE_MS, Connection } from './connection.js';
import type { ConnectionShared } from './connection-shared.js';
import type { EdgeConfig } from './edge-config.js';
import { KithSocket } from './kith-socket.js';
import type { Origins } from './origins.js';
import { rawProblem } from './problem.js';
import { Tally } from './tally.js';

const PATH = '/v1/ws';
/** Subprotocols of ours, of whatever version. */
const FAMILY = /^kith\./;
/** What a client of an address with too many connections is told to wait, at least. Milliseconds. */
export const TOO_MANY_AFTER_MS = 10_000;
/** Above this multiple of the share of an address, connections are ended without a word. */
const SILENT_ABOVE = 2;
/** What a client is told to wait where the server is full for the moment. Milliseconds. */
export const FULL_RETRY_MS = 2_000;

const LIBRARY_OPTIONS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  autoPong: false,
  maxPayload: LIMITS.frame,
  // Known to the library and not to its types.
  closeTimeout: CLOSE_MS,
  handleProtocols: chooseProtocol,
  WebSocket: KithSocket,
};

export type UpgradeParts = {
  readonly config: EdgeConfig;
  readonly addresses: ClientAddresses;
  readonly origins: Origins;
  readonly shared: ConnectionShared;
  readonly securityHeaders: { readonly [name: string]: string };
  readonly isDraining: () => boolean;
  /** Connections that have not been greeted yet. */
  readonly handshakes: () => number;
  /** Connections by address, over whatever transport. */
  readonly byAddress: Tally;
};

export class Upgrades {
  readonly #parts: UpgradeParts;
  readonly #webSockets = new WebSocketServer(LIBRARY_OPTIONS);
  /** TCP connections by the peer's own address, where it is no trusted proxy. */
  readonly #byPeer = new Tally();

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
  }

  attach(server: Server): void {
    this.#webSockets.on('wsClientError', (error, socket) => {
      this.#refuse(socket, told(new ChatError('bad_request', error.message)));
    });
    server.on('connection', (socket: Socket) => this.#admitPeer(socket));
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, { socket, head }));
  }

  /** Before a byte was read: an address that has opened far too many TCP connections gets no more. */
  #admitPeer(socket: Socket): void {
    const peer = socket.remoteAddress;
    const { addresses, config } = this.#parts;
    if (peer === undefined || addresses.isTrusted(peer)) return;
    const key = addresses.keyOf(peer, undefined);
    if (this.#byPeer.of(key) >= config.connectionsPerAddress * SILENT_ABOVE) {
      socket.destroy();
      return;
    }
    this.#byPeer.add(key);
    socket.once('close', () => this.#byPeer.remove(key));
  }

  #upgrade(request: IncomingMessage, { socket, head }: { readonly socket: Duplex; readonly head: Buffer }): void {
    // The server makes no other sockets; the library types them wider.
    if (!(socket instanceof Socket)) {
      socket.destroy();
      return;
    }
    const refusal = this.#refusalOf(request);
    if (refusal !== null) {
      this.#refuse(socket, refusal);
      return;
    }
    const { addresses, byAddress, config } = this.#parts;
    const address = addresses.keyOf(socket.remoteAddress, request.headers['x-forwarded-for']);
    if (byAddress.of(address) >= config.connectionsPerAddress * SILENT_ABOVE) {
      socket.destroy();
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, { socket, address }));
  }

  #refuse(socket: Duplex, refusal: Refusal): void {
    socket.on('error', () => socket.destroy());
    socket.end(rawProblem(refusal, this.#parts.securityHeaders), () => socket.destroy());
  }

  #accept(ws: KithSocket, { socket, address }: { readonly socket: Socket; readonly address: string }): void {
    const count = this.#parts.byAddress.add(address);
    const connection = new Connection({ socket: ws, writable: socket, address, shared: this.#parts.shared });
    if (ws.protocol !== SUBPROTOCOL) connection.refuse('version_not_spoken');
    else if (count > this.#parts.config.connectionsPerAddress) {
      connection.refuse('too_many_connections', TOO_MANY_AFTER_MS);
    }
  }

  #refusalOf(request: IncomingMessage): Refusal | null {
    const { origins, isDraining, handshakes, config } = this.#parts;
    const { headers, url = '' } = request;
    const [path] = url.split('?');
    if (path !== PATH) return told(new ChatError('not_found', `WebSockets are at ${PATH}`));
    if (headers.upgrade?.toLowerCase() !== 'websocket') {
      return told(new ChatError('bad_request', 'the only upgrade is to websocket'));
    }
    if (headers.origin !== undefined && !origins.isAllowed(headers.origin, headers.host)) {
      return told(new ChatError('forbidden', 'pages of this origin may not use the server: see ALLOWED_ORIGINS'));
    }
    if (!protocolsOf(headers['sec-websocket-protocol']).some((name) => FAMILY.test(name))) {
      return told(new ChatError('bad_request', `the subprotocol ${SUBPROTOCOL} is wanted`));
    }
    if (isDraining() || handshakes() >= config.maxHandshakes) {
      return told(new ChatError('unavailable', 'no new connections at the moment', { retryAfterMs: FULL_RETRY_MS }));
    }
    return null;
  }
}

type Refusal = { readonly error: ChatError; readonly status: number };

function told(error: ChatError): Refusal {
  return { error, status: error.status };
}

function protocolsOf(header: string | undefined): readonly string[] {
  return header === undefined ? [] : header.split(',').map((name) => name.trim());
}

/** A version that is not spoken is accepted too, so that the client can be told with a close code. */
function chooseProtocol(offered: Set<string>): string | false {
  if (offered.has(SUBPROTOCOL)) return SUBPROTOCOL;
  return [...offered].find((name) => FAMILY.test(name)) ?? false;
}
