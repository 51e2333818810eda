// All connections of this node: how many there are in which state, and which one holds a stream of a given id.
// Bounded by the server's own bound of connections.
import type { Stream } from '../core/chat.js';
import type { Principal } from '../core/principal.js';
import type { TransportName } from './client-socket.js';
import type { Connection, ConnectionState } from './connection.js';

export class Connections {
  readonly #all = new Set<Connection>();
  readonly #byStream = new Map<string, Connection>();
  readonly #ended: (connection: Connection) => void;
  #waiting: (() => void)[] = [];
  #handshakes = 0;

  /** @param ended told of each connection that has ended */
  constructor(ended: (connection: Connection) => void) {
    this.#ended = ended;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Those with a stream. */
  get open(): number {
    return this.#byStream.size;
  }

  /** Those with a stream, by what carries it. */
  get openByTransport(): { readonly [name in TransportName]: number } {
    const counts = { websocket: 0, events: 0, poll: 0 };
    for (const { transport } of this.#byStream.values()) counts[transport] += 1;
    return counts;
  }

  /** Those that have not been greeted yet. */
  get handshakes(): number {
    return this.#handshakes;
  }

  all(): readonly Connection[] {
    return [...this.#all];
  }

  /** The open stream of that id, where the person and the session are the same. */
  streamOf(id: string, { user, session }: Principal): Stream | null {
    const connection = this.#byStream.get(id);
    const holder = connection?.principal;
    return holder?.user === user && holder.session === session ? (connection?.stream ?? null) : null;
  }

  opened(connection: Connection): void {
    this.#all.add(connection);
    this.#handshakes += 1;
  }

  moved(connection: Connection, from: ConnectionState): void {
    const { state, stream } = connection;
    if (isHandshake(from) && !isHandshake(state)) this.#handshakes -= 1;
    if (stream !== null && state === 'open') this.#byStream.set(stream.id, connection);
    if (stream !== null && state !== 'open') this.#byStream.delete(stream.id);
    if (state === 'closed') this.#gone(connection);
  }

  /** Resolves when there is none left. */
  gone(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #gone(connection: Connection): void {
    this.#all.delete(connection);
    this.#ended(connection);
    if (this.#all.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function isHandshake(state: ConnectionState): boolean {
  return state === 'waiting' || state === 'opening';
}
