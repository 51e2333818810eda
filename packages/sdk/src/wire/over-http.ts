// All that carries the stream over HTTP, as one module that is loaded when it is needed: whoever has a WebSocket never has it.
import { eventsTransport } from './events-transport.js';
import { fallbackTo } from './fallback-stream.js';
import { pollTransport } from './poll-transport.js';
import { Tickets, type TicketsParts } from './tickets.js';
import type { Fallback } from './transport-choice.js';

export type OverHttp = { readonly fallback: Fallback; readonly tickets: Tickets };

/** @param ticket the server's answer where one was asked for. @throws Refusal where that is none */
export function overHttp(parts: TicketsParts, ticket: unknown): OverHttp {
  const tickets = new Tickets(parts, ticket);
  const http = { ...parts, tickets };
  return { fallback: fallbackTo([eventsTransport(http), pollTransport(http)]), tickets };
}
