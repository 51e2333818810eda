// Tickets for streams over HTTP, which have no way to say hello with a token: each is unguessable, good for 30 s and for one
// opening, and known to the node that gave it alone, which keeps its digest. One that has opened a stream of server-sent
// events opens it again for who shows an id of that stream, which no URL and no log of a proxy holds (rules F2 and F5).
// Bounded by session and in all; what was used is let go of first.
import { createHash } from 'node:crypto';
import { ChatError } from '@kith/protocol';
import type { Clock, Random } from '../core/clock.js';
import type { Principal } from '../core/principal.js';
import { Tally } from './tally.js';

const TICKET_MS = 30_000;
/** From the end of a stream to when it cannot be opened again with the ticket that it was opened with. */
const RESUME_MS = 120_000;
/** Most unused tickets of one session. */
const MOST_OF_SESSION = 16;
/** Most tickets that wait to be used, and most that may be used again. */
const MOST = 50_000;
const FORM = /^([\w-]{8})\.[\w-]{32}$/;
const NODE_BYTES = 6;
const SECRET_BYTES = 24;
const RESUME_KEY_BYTES = 16;
/** What a client is told to wait where a ticket was given by another node. Milliseconds. */
const ELSEWHERE_RETRY_MS = 1_000;

/** What a ticket was given for. */
export type Grant = {
  readonly digest: string;
  readonly principal: Principal;
  /** Part of the ids of the stream's events. */
  readonly resumeKey: string;
};

type Timed = { readonly grant: Grant; readonly untilMs: number };

export class Tickets {
  readonly #clock: Clock;
  readonly #random: Random;
  /** Told apart from other nodes, and from an earlier run of this one. */
  readonly #node: string;
  /** Unused, by digest, the oldest first. */
  readonly #fresh = new Map<string, Timed>();
  readonly #bySession = new Tally();
  /** Those of streams that are open: at most as many as those. */
  readonly #open = new Map<string, Grant>();
  /** Those of streams that have ended, the earliest first. */
  readonly #ended = new Map<string, Timed>();

  constructor(parts: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#node = this.#text(NODE_BYTES);
  }

  /** How many there are, used or not. */
  get size(): number {
    return this.#fresh.size + this.#open.size + this.#ended.size;
  }

  /** @throws rate_limited, unavailable */
  issue(principal: Principal): string {
    this.sweep();
    if (this.#bySession.of(principal.session) >= MOST_OF_SESSION) {
      const message = `this session has ${MOST_OF_SESSION} tickets that it has not used`;
      throw new ChatError('rate_limited', message, { retryAfterMs: TICKET_MS });
    }
    if (this.#fresh.size >= MOST) throw new ChatError('unavailable', 'too many tickets', { retryAfterMs: TICKET_MS });
    const ticket = `${this.#node}.${this.#text(SECRET_BYTES)}`;
    const grant = { digest: digestOf(ticket), principal, resumeKey: this.#text(RESUME_KEY_BYTES) };
    this.#fresh.set(grant.digest, { grant, untilMs: this.#clock.monotonic() + TICKET_MS });
    this.#bySession.add(principal.session);
    return ticket;
  }

  /** Uses it up. @throws unauthenticated where it is none or was used, unavailable where another node gave it */
  use(ticket: string): Grant {
    const [, node] = FORM.exec(ticket) ?? [];
    if (node !== undefined && node !== this.#node) {
      const message = 'this ticket was given by another node, or before a restart: get one where it is used';
      throw new ChatError('unavailable', message, { retryAfterMs: ELSEWHERE_RETRY_MS });
    }
    this.sweep();
    const digest = digestOf(ticket);
    const fresh = this.#fresh.get(digest);
    if (fresh === undefined) throw new ChatError('unauthenticated', 'no such ticket, or it was used, or is too old');
    this.#drop(digest, fresh);
    return fresh.grant;
  }

  /** What the ticket has opened, where the key is of that very stream; else null. */
  resume(ticket: string, resumeKey: string): Grant | null {
    this.sweep();
    const digest = digestOf(ticket);
    const grant = this.#open.get(digest) ?? this.#ended.get(digest)?.grant;
    return grant !== undefined && digestOf(grant.resumeKey) === digestOf(resumeKey) ? grant : null;
  }

  /** A stream of events was opened with it. */
  opened(grant: Grant): void {
    this.#ended.delete(grant.digest);
    this.#open.set(grant.digest, grant);
  }

  /** The stream has ended. @param mayResume for a while it may be opened again */
  ended(grant: Grant, mayResume: boolean): void {
    if (!this.#open.delete(grant.digest) || !mayResume) return;
    const [oldest] = this.#ended.keys();
    if (this.#ended.size >= MOST && oldest !== undefined) this.#ended.delete(oldest);
    this.#ended.set(grant.digest, { grant, untilMs: this.#clock.monotonic() + RESUME_MS });
  }

  /** Lets go of what is too old. */
  sweep(): void {
    const nowMs = this.#clock.monotonic();
    for (const [digest, fresh] of this.#fresh) {
      if (fresh.untilMs > nowMs) break;
      this.#drop(digest, fresh);
    }
    for (const [digest, { untilMs }] of this.#ended) {
      if (untilMs > nowMs) break;
      this.#ended.delete(digest);
    }
  }

  #drop(digest: string, { grant }: Timed): void {
    this.#fresh.delete(digest);
    this.#bySession.remove(grant.principal.session);
  }

  #text(sizeBytes: number): string {
    return Buffer.from(this.#random.bytes(sizeBytes)).toString('base64url');
  }
}

/** Looked up and compared instead of the secret, so that the time it takes tells nothing of it. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
