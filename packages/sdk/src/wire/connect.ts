// Puts a connection together: a WebSocket over the platform's ports, and what carries the stream where that is shut on the way,
// which is loaded only there, and again with the next attempt where it could not be had.
import type { Platform } from '../ports.js';
import { Connection, type Greeting } from './connection.js';
import { type AccessToken, type Requests, TICKET } from './http.js';
import type { LinkEvents } from './link.js';
import type { OverHttp } from './over-http.js';
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
  let loaded: OverHttp | null = null;
  return new Connection({
    ...parts,
    socket: webSocketTransport(parts),
    reach: async (signal, isAnew) => {
      if (loaded) {
        await loaded.tickets.prepare(signal, isAnew);
      } else {
        // Before it is loaded: some browsers remember for good that a module could not be had (whatwg/html#6768).
        const answer = await parts.requests.askAs(parts.accessToken, { ...TICKET, signal });
        const { overHttp } = await import('./over-http.js');
        loaded = overHttp(parts, answer);
      }
      return loaded.fallback;
    },
  });
}
