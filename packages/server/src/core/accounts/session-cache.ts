// Which sessions were live a moment ago, so that a request costs no query. A revocation that this node hears of is
// final: no answer that was on its way puts the session back. Bounded: the oldest knowledge goes first, and what is not
// known is asked for.
import type { SessionId } from '@kith/protocol';
import type { Clock } from '../clock.js';

type Known =
  | { readonly isLive: true; readonly generation: number; readonly until: number }
  | { readonly isLive: false };

const DEAD: Known = { isLive: false };

export class SessionCache {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #trustedMs: number;
  readonly #sessions = new Map<SessionId, Known>();

  /** @param options.trustedMs how long an answer is believed where no revocation is heard of */
  constructor(options: { clock: Clock; most: number; trustedMs: number }) {
    this.#clock = options.clock;
    this.#most = options.most;
    this.#trustedMs = options.trustedMs;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** `unknown` also where the session is live, but no use of this generation has been noted yet. */
  look(session: SessionId, generation: number): 'live' | 'revoked' | 'unknown' {
    const known = this.#sessions.get(session);
    if (known === undefined) return 'unknown';
    if (!known.isLive) return 'revoked';
    return known.until > this.#clock.monotonic() && known.generation >= generation ? 'live' : 'unknown';
  }

  markLive(session: SessionId, generation: number): void {
    const known = this.#sessions.get(session);
    if (known?.isLive === false) return;
    const until = this.#clock.monotonic() + this.#trustedMs;
    this.#put(session, { isLive: true, generation: Math.max(generation, known?.generation ?? 0), until });
  }

  markRevoked(session: SessionId): void {
    this.#put(session, DEAD);
  }

  #put(session: SessionId, known: Known): void {
    this.#sessions.delete(session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size >= this.#most && oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.set(session, known);
  }
}
