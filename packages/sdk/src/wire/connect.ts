// Puts a connection together: the transports over the platform's ports, and the choice among them.
import type { Platform } from '../ports.js';
import { Connection, type Greeting } from './connection.js';
import { EventsTransport } from './events-transport.js';
import type { AccessToken, Requests } from './http.js';
import type { LinkEvents } from './link.js';
import { PollTransport } from './poll-transport.js';
import { Tickets } from './tickets.js';
import { WebSocketTransport } from './websocket-transport.js';

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
export function makeConnection({ platform, url, requests, accessToken, greeting, events }: ConnectOptions): Connection {
  const { clock, random, device, openSocket } = platform;
  const tickets = new Tickets({ requests, accessToken, clock });
  const http = { requests, accessToken, tickets, clock };
  return new Connection({
    clock,
    random,
    device,
    transports: [
      new WebSocketTransport({ openSocket, clock, url }),
      new EventsTransport(http),
      new PollTransport(http),
    ],
    reach: () => tickets.prepare(),
    accessToken,
    greeting,
    events,
  });
}
