// The stream by waiting requests, for proxies that hold back what is not whole: each answer is a list of frames, and the next
// request follows at once. What an answer that was lost held is sent again after the stream was opened anew.
import type { Hello } from '@kith/protocol';
import { codeOf } from './events-transport.js';
import { HttpStream, type HttpStreamParts, openingQuery } from './http-stream.js';
import { NonsenseError } from './server-frame.js';
import type { Transport } from './transport.js';

/** How long the server waits for something to say. */
export const POLL_WAIT_MS = 25_000;
const SLACK_MS = 10_000;
/** A proxy that answers in the server's place at once and with nothing is not asked in a rush. */
const LEAST_MS = 1_000;
const WAIT = `wait=${POLL_WAIT_MS / 1_000}`;

export function pollTransport(parts: HttpStreamParts): Transport {
  return { name: 'poll', open: (hello, events) => new PollStream(parts, events).open(hello) };
}

class PollStream extends HttpStream {
  protected async read(hello: Hello): Promise<void> {
    const { requests, accessToken, tickets } = this.parts;
    const { signal } = this.hearing;
    const opening = `/events?${WAIT}&${openingQuery(hello, await tickets.take(signal))}`;
    this.#answer(await requests.ask({ method: 'GET', path: opening, signal }));
    while (!this.isDone) {
      if (this.connection === null) throw new NonsenseError();
      const path = `/events?${WAIT}&connection=${encodeURIComponent(this.connection)}`;
      const timeoutMs = POLL_WAIT_MS + SLACK_MS;
      const startedMs = this.parts.clock.monotonic();
      const isEmpty = this.#answer(await requests.askAs(accessToken, { method: 'GET', path, timeoutMs, signal }));
      const tookMs = this.parts.clock.monotonic() - startedMs;
      if (isEmpty && tookMs < LEAST_MS) await this.#pause(LEAST_MS);
    }
  }

  /** @returns whether there was nothing in it. @throws NonsenseError */
  #answer(frames: unknown): boolean {
    if (!Array.isArray(frames)) throw new NonsenseError();
    this.heard();
    for (const frame of frames as readonly { readonly type?: unknown }[]) {
      if (frame?.type === 'end') this.end({ code: codeOf(frame) });
      else this.take(frame);
    }
    return frames.length === 0;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.parts.clock.after(ms, resolve);
      this.hearing.signal.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }
}
