// The stream as server-sent events, read from the body of one request as it comes, with commands by requests of their own.
import type { Hello } from '@kith/protocol';
import { HttpStream, type HttpStreamParts, openingQuery } from './http-stream.js';
import { NonsenseError, parseJson } from './server-frame.js';
import { EventParser, type ServerSentEvent } from './sse.js';
import type { Transport } from './transport.js';

export function eventsTransport(parts: HttpStreamParts): Transport {
  return { name: 'events', open: (hello, events) => new EventStream(parts, events).open(hello) };
}

class EventStream extends HttpStream {
  protected async read(hello: Hello): Promise<void> {
    const { requests, tickets } = this.parts;
    const { signal } = this.hearing;
    const query = openingQuery(hello, await tickets.take(signal));
    const parser = new EventParser();
    // Platforms without one have no streams either, and say so as the first chunk is asked for.
    let decoder: TextDecoder | null = null;
    for await (const chunk of requests.stream(`/events?${query}`, signal)) {
      this.heard();
      decoder ??= new TextDecoder();
      for (const event of parser.push(decoder.decode(chunk, { stream: true }))) this.#event(event);
      if (this.isDone) return;
    }
  }

  #event({ name, data }: ServerSentEvent): void {
    if (name === 'end') this.end({ code: codeOf(parseJson(data)) });
    else if (name === '' || name === 'message') this.take(parseJson(data));
  }
}

/** The close code that a last word gives. @throws NonsenseError */
export function codeOf(value: unknown): number {
  const code = (value as { readonly code?: unknown } | null)?.code;
  if (typeof code !== 'number') throw new NonsenseError();
  return code;
}
