// One-use tickets for streams over HTTP, which cannot say hello (docs/protocol/v1.md, HTTP). Getting one also finds out
// whether the server is there at all, so one that was not used at once is kept for the stream that follows.
import type { Clock } from '../ports.js';
import { unavailable } from '../refusal.js';
import type { AccessToken, Requests } from './http.js';

/** Of the 30 s of a ticket. */
const KEEP_MS = 20_000;

export type TicketsParts = {
  readonly requests: Requests;
  readonly accessToken: AccessToken;
  readonly clock: Clock;
};

export class Tickets {
  readonly #parts: TicketsParts;
  #kept: { readonly ticket: string; readonly atMs: number } | null = null;

  constructor(parts: TicketsParts) {
    this.#parts = parts;
  }

  /** Resolves where the server answers over HTTP. @throws Refusal */
  async prepare(signal: AbortSignal): Promise<void> {
    if (this.#fresh === null) this.#kept = { ticket: await this.#ask(signal), atMs: this.#parts.clock.monotonic() };
  }

  /** @throws Refusal */
  async take(signal: AbortSignal): Promise<string> {
    const fresh = this.#fresh;
    this.#kept = null;
    return fresh ?? this.#ask(signal);
  }

  get #fresh(): string | null {
    const kept = this.#kept;
    return kept !== null && this.#parts.clock.monotonic() - kept.atMs < KEEP_MS ? kept.ticket : null;
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const { requests, accessToken } = this.#parts;
    const answer = await requests.askAs(accessToken, { method: 'POST', path: '/tickets', signal });
    const ticket = (answer as { readonly ticket?: unknown } | null)?.ticket;
    if (typeof ticket !== 'string') throw unavailable();
    return ticket;
  }
}
