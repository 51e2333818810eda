// The door for streams over HTTP: who may open one, as a WebSocket may be opened, and which poll is of which connection.
// What is refused is a problem with its code, and leaves nothing behind; what is opened is a connection like any other.
// Rules F of docs/protocol/v1.md.
import { ChatError } from '@kith/protocol';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/clock.js';
import type { Principal } from '../core/principal.js';
import { authenticateBearer } from './bearer.js';
import type { ClientAddresses } from './client-address.js';
import { Connection } from './connection.js';
import type { ConnectionShared } from './connection-shared.js';
import type { EdgeConfig } from './edge-config.js';
import { type EventResponse, EventSocket } from './event-socket.js';
import type { Origins } from './origins.js';
import { PollSocket } from './poll-socket.js';
import { API } from './routes.js';
import { parseStreamRequest, type Query, type StreamRequest } from './stream-request.js';
import type { Tally } from './tally.js';
import type { Grant, Tickets } from './tickets.js';
import { FULL_RETRY_MS, TOO_MANY_AFTER_MS } from './upgrade.js';

/** What is used of a request. */
export type EventsRequest = {
  readonly query: unknown;
  readonly headers: {
    readonly authorization?: string | undefined;
    readonly origin?: string | undefined;
    readonly host?: string | undefined;
    readonly 'x-forwarded-for'?: string | string[] | undefined;
    readonly 'last-event-id'?: string | string[] | undefined;
  };
  readonly socket: { readonly remoteAddress?: string | undefined };
};

/** What is used of the HTTP library's way to answer one. */
export interface EventsReply {
  readonly raw: EventResponse & {
    /** Whether all of the answer was written. */
    readonly writableFinished: boolean;
    once(event: 'close', listener: () => void): unknown;
  };
  /** The answer is written past the library. */
  hijack(): unknown;
  getHeaders(): { readonly [name: string]: unknown };
  header(name: string, value: string): unknown;
  send(body: Buffer): unknown;
}

export type HttpStreamParts = {
  readonly config: Pick<EdgeConfig, 'maxHandshakes' | 'connectionsPerAddress'>;
  readonly addresses: Pick<ClientAddresses, 'keyOf'>;
  readonly origins: Origins;
  readonly clock: Clock;
  readonly shared: ConnectionShared;
  readonly tickets: Tickets;
  readonly isDraining: () => boolean;
  /** Connections that have not been greeted yet. */
  readonly handshakes: () => number;
  /** Connections by address, over whatever transport. */
  readonly byAddress: Tally;
};

type Opening = Exclude<StreamRequest, { kind: 'poll' }>;
type Polled = { readonly connection: Connection; readonly socket: PollSocket };
type Holder = { readonly connection: Connection; readonly socket: EventSocket };

export class HttpStreams {
  readonly #parts: HttpStreamParts;
  /** Connections that are polled, by the id of `welcome`. */
  readonly #polled = new Map<string, Polled>();
  /** Who holds the stream of events that a ticket has opened, by the ticket's digest. */
  readonly #holders = new Map<string, Holder>();

  constructor(parts: HttpStreamParts) {
    this.#parts = parts;
  }

  addRoute(app: FastifyInstance): void {
    app.route({
      method: 'GET',
      url: `${API}/events`,
      exposeHeadRoute: false,
      handler: (request, reply) => this.answer(request, reply),
    });
  }

  /** A connection of this node has ended. */
  gone({ stream }: Connection): void {
    if (stream !== null) this.#polled.delete(stream.id);
  }

  /** Answers `GET /v1/events`. @throws ChatError */
  async answer(request: EventsRequest, reply: EventsReply): Promise<unknown> {
    const asked = parseStreamRequest(request.query as Query, lastEventIdOf(request));
    if (asked.kind === 'poll') {
      const polled = this.#polledOf(asked.connection, await authenticateBearer(this.#parts.shared.accounts, request));
      return this.#poll(polled, reply, asked.waitMs);
    }
    this.#requireRoom(request);
    const grant = await this.#grantOf(asked);
    // Whoever has gone meanwhile needs no stream.
    if (reply.raw.destroyed) return reply.hijack();
    const address = this.#admit(request);
    if (asked.kind === 'open_poll') return this.#openPoll(reply, { asked, grant, address });
    this.#openEvents(reply, { asked, grant, address });
    return reply.hijack();
  }

  /** @throws forbidden, unavailable */
  #requireRoom({ headers }: EventsRequest): void {
    const { origins, isDraining, handshakes, config } = this.#parts;
    if (headers.origin !== undefined && !origins.isAllowed(headers.origin, headers.host)) {
      throw new ChatError('forbidden', 'pages of this origin may not use the server: see ALLOWED_ORIGINS');
    }
    if (isDraining() || handshakes() >= config.maxHandshakes) {
      throw new ChatError('unavailable', 'no new connections at the moment', { retryAfterMs: FULL_RETRY_MS });
    }
  }

  /** @throws unauthenticated, forbidden, unavailable */
  async #grantOf({ kind, ticket, resumeKey }: Opening): Promise<Grant> {
    const { tickets, shared } = this.#parts;
    const earlier = kind === 'events' && resumeKey !== null ? this.#resume(ticket, resumeKey) : null;
    const grant = earlier ?? tickets.use(ticket);
    const refusal = shared.dispatch.streamRefusal(grant.principal);
    if (refusal !== null) throw refusal;
    if (await shared.accounts.isSessionLive(grant.principal)) return grant;
    throw new ChatError('unauthenticated', 'the session of this ticket has ended');
  }

  /** Null also where the stream was ended for good, though its end may still be on its way to a client that reads nothing. */
  #resume(ticket: string, resumeKey: string): Grant | null {
    const grant = this.#parts.tickets.resume(ticket, resumeKey);
    return grant && isFinal(this.#holders.get(grant.digest)?.socket.endCode ?? null) ? null : grant;
  }

  /** @returns the address, with one connection more. @throws rate_limited */
  #admit({ socket, headers }: EventsRequest): string {
    const { addresses, byAddress, config } = this.#parts;
    const address = addresses.keyOf(socket.remoteAddress, headers['x-forwarded-for']);
    if (byAddress.of(address) >= config.connectionsPerAddress) {
      throw new ChatError('rate_limited', 'too many connections of this address', { retryAfterMs: TOO_MANY_AFTER_MS });
    }
    byAddress.add(address);
    return address;
  }

  #openEvents(
    reply: EventsReply,
    { asked, grant, address }: { readonly asked: Opening; readonly grant: Grant; readonly address: string },
  ): void {
    const { tickets, shared } = this.#parts;
    const response = reply.raw;
    const socket = new EventSocket(response, grant.resumeKey);
    const connection = new Connection({ socket, writable: response, address, shared });
    this.#holders.get(grant.digest)?.connection.refuse('replaced');
    this.#holders.set(grant.digest, { connection, socket });
    tickets.opened(grant);
    response.once('close', () => {
      if (this.#holders.get(grant.digest)?.socket !== socket) return;
      this.#holders.delete(grant.digest);
      tickets.ended(grant, !isFinal(socket.endCode));
    });
    socket.begin(reply.getHeaders() as { readonly [name: string]: string });
    connection.greet(grant.principal, asked.hello);
  }

  async #openPoll(
    reply: EventsReply,
    { asked, grant, address }: { readonly asked: Opening; readonly grant: Grant; readonly address: string },
  ): Promise<unknown> {
    const { clock, shared } = this.#parts;
    const socket = new PollSocket(clock);
    const connection = new Connection({ socket, writable: socket, address, shared });
    connection.greet(grant.principal, asked.hello);
    return await this.#poll({ connection, socket }, reply, null);
  }

  #polledOf(id: string, { user, session }: Principal): Polled {
    const polled = this.#polled.get(id);
    const holder = polled?.connection.principal;
    if (polled === undefined || holder?.user !== user || holder.session !== session) {
      throw new ChatError('not_found', 'there is no such connection that is polled: open one with a ticket');
    }
    if (polled.socket.isPresent) throw new ChatError('conflict', 'a poll of this connection waits already');
    return polled;
  }

  async #poll({ connection, socket }: Polled, reply: EventsReply, waitMs: number | null): Promise<unknown> {
    const response = reply.raw;
    response.once('close', () => socket.left(response.writableFinished));
    const list = await socket.poll(waitMs, () => void response.destroy());
    // From now on its client knows the connection's id.
    const { stream } = connection;
    if (stream !== null && connection.state !== 'closed') this.#polled.set(stream.id, { connection, socket });
    reply.header('content-type', 'application/json; charset=utf-8');
    reply.header('x-accel-buffering', 'no');
    return reply.send(list);
  }
}

/** Ended by a code with which a client does not come again by itself. */
function isFinal(code: number | null): boolean {
  return code !== null && code >= 4_400 && code < 4_500;
}

function lastEventIdOf({ headers }: EventsRequest): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}
