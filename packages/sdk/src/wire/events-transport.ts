// The stream as server-sent events, read from the body of one request as it comes, with commands by requests of their own.
import type { Hello } from '@kith/protocol';
import { unavailable } from '../refusal.js';
import { type Requests, refuse } from './http.js';
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
    for await (const chunk of streamOf(requests, `/events?${query}`, signal)) {
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

/** A body as it comes, without an end of its own. @throws Refusal, also while it is read */
export async function* streamOf(requests: Requests, path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    const { stream } = await requests.open({ method: 'GET', path, isStream: true }, signal);
    if (!stream) throw unavailable('there are no streams here');
    yield* stream;
  } catch (error) {
    refuse(error);
  }
}

/** The close code that a last word gives. @throws NonsenseError */
export function codeOf(value: unknown): number {
  const code = (value as { readonly code?: unknown } | null)?.code;
  if (typeof code !== 'number') throw new NonsenseError();
  return code;
}
