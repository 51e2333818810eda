// One-use tickets for streams over HTTP, which cannot say hello (docs/protocol/v1.md, HTTP). Getting one also finds out
// whether the server is there at all, so one that was not used at once is kept for the stream that follows.
import type { Clock } from '../ports.js';
import { unavailable } from '../refusal.js';
import { type AccessToken, type Requests, TICKET } from './http.js';

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

  /** @param answer what came when it was first found out whether the server is there. @throws Refusal where that is no ticket */
  constructor(parts: TicketsParts, answer?: unknown) {
    this.#parts = parts;
    if (answer !== undefined) this.#keep(ticketIn(answer));
  }

  /** Resolves where the server answers over HTTP. @param isAnew it is asked in any case. @throws Refusal */
  async prepare(signal: AbortSignal, isAnew = false): Promise<void> {
    if (isAnew || this.#fresh === null) this.#keep(await this.#ask(signal));
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
    return ticketIn(await requests.askAs(accessToken, { ...TICKET, signal }));
  }

  #keep(ticket: string): void {
    this.#kept = { ticket, atMs: this.#parts.clock.monotonic() };
  }
}

function ticketIn(answer: unknown): string {
  const ticket = (answer as { readonly ticket?: unknown } | null)?.ticket;
  if (typeof ticket !== 'string') throw unavailable();
  return ticket;
}
