// Puts a connection together: the transports over the platform's ports, and the choice among them.
import type { Platform } from '../ports.js';
import { Connection, type Greeting } from './connection.js';
import { eventsTransport } from './events-transport.js';
import type { AccessToken, Requests } from './http.js';
import type { LinkEvents } from './link.js';
import { pollTransport } from './poll-transport.js';
import { Tickets } from './tickets.js';
import { webSocketTransport } from './websocket-transport.js';

export type ConnectOptions = {
  readonly platform: Platform;
  /** Where the server is, such as `https://chat.example`. */
  readonly url: string;
  readonly requests: Requests;
  readonly accessToken: AccessToken;
  readonly greeting: () => Greeting;
  readonly events: LinkEvents;
};

/** A connection that has not been started. */
export function makeConnection({ platform, ...options }: ConnectOptions): Connection {
  const parts = { ...platform, ...options };
  const tickets = new Tickets(parts);
  const http = { ...parts, tickets };
  return new Connection({
    ...parts,
    transports: [webSocketTransport(parts), eventsTransport(http), pollTransport(http)],
    reach: (signal) => tickets.prepare(signal),
  });
}
