// How a stream ended, and what to do then: the close codes of rule L4, and exponential backoff with full jitter.
import { CLOSE_CODES } from '@kith/protocol';
import { growingMs } from '../backoff.js';
import { Refusal } from '../refusal.js';
import type { StreamEnd } from './transport.js';

const TOO_MANY_MS = 10_000;
/** A server that asks for more is not believed. */
const MOST_ASKED_MS = 600_000;
/** Backoff starts over only after a stream that lasted this long (L4). */
export const STEADY_MS = 30_000;

export type Ending = {
  /** The close code, or null where the stream just went. */
  readonly code: number | null;
  /** The wait that the server asked for. */
  readonly askedMs: number | null;
  /** Streams that ended in a row before this one. */
  readonly attempt: number;
  /** A token was renewed since the last stream that lasted: the one that was refused is a fresh one already. */
  readonly hasRenewed: boolean;
  /** At least 0, below 1. */
  readonly fraction: number;
};

export type Next =
  | { readonly kind: 'retry'; readonly afterMs: number; readonly isAsked: boolean }
  /** Once more at once, with a fresh token. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'stop'; readonly why: 'forbidden' | 'outdated' };

/** How a stream ended that was refused or cut. */
export function endOf(error: unknown): Omit<StreamEnd, 'wasOpen'> {
  if (!(error instanceof Refusal)) return { code: null };
  if (error.code === 'unauthenticated') return { code: CLOSE_CODES.unauthenticated };
  if (error.code === 'forbidden') return { code: CLOSE_CODES.scope_missing };
  return { code: null, retryAfterMs: error.retryAfterMs };
}

export function afterEnd({ code, askedMs, attempt, hasRenewed, fraction }: Ending): Next {
  const least = code === CLOSE_CODES.too_many_connections ? TOO_MANY_MS : 0;
  switch (code) {
    case CLOSE_CODES.unauthenticated:
    case CLOSE_CODES.session_revoked:
      // Whoever gives the tokens knows whether the session has ended: only a refused refresh says so (E5). A server that
      // gives tokens and takes none is at fault, and is tried again as any other.
      if (!hasRenewed) return { kind: 'renew' };
      break;
    case CLOSE_CODES.scope_missing:
      return { kind: 'stop', why: 'forbidden' };
    default:
      // Replaced by a stream of our own that we had given up already: the next one takes another name (`instance`).
      if (isFinal(code) && code !== CLOSE_CODES.replaced) return { kind: 'stop', why: 'outdated' };
  }
  if (askedMs !== null || least > 0) {
    return { kind: 'retry', afterMs: Math.max(least, Math.min(MOST_ASKED_MS, askedMs ?? 0)), isAsked: true };
  }
  return { kind: 'retry', afterMs: fraction * growingMs(attempt), isAsked: false };
}

function isFinal(code: number | null): boolean {
  return code !== null && code >= 4400 && code <= 4499;
}
