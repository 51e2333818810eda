// All that carries the stream over HTTP, as one module that is loaded when it is needed: whoever has a WebSocket never has it.
import { eventsTransport } from './events-transport.js';
import { fallbackTo } from './fallback-stream.js';
import type { HttpStreamParts } from './http-stream.js';
import { pollTransport } from './poll-transport.js';
import type { Fallback } from './transport-choice.js';

export function overHttp(parts: HttpStreamParts): Fallback {
  return fallbackTo([eventsTransport(parts), pollTransport(parts)]);
}
