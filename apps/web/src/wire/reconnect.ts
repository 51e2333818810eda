// What to do after a connection has ended: rule 19 of the contract, and exponential backoff with full jitter.
import { CLOSE_CODES } from '@kith/protocol';

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const TOO_MANY_MS = 10_000;
/** Backoff starts over only after a connection that lasted this long. */
export const STEADY_MS = 30_000;

export type Ending = {
  /** The close code, or null where the connection just went. */
  readonly code: number | null;
  /** What a `bye` asked for. */
  readonly byeMs: number | null;
  /** Connections that failed in a row before this one. */
  readonly attempt: number;
  /** The refused token was already a fresh one. */
  readonly hasRenewed: boolean;
  /** From 0 to 1. */
  readonly random: number;
};

export type Next =
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'renew' }
  | { readonly kind: 'stop'; readonly why: 'signed_out' | 'outdated' };

export function afterClose({ code, byeMs, attempt, hasRenewed, random }: Ending): Next {
  const backoff: Next = { kind: 'retry', afterMs: random * Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt) };
  switch (code) {
    case CLOSE_CODES.draining:
      return byeMs === null ? backoff : { kind: 'retry', afterMs: byeMs };
    case CLOSE_CODES.too_many_connections:
      return { kind: 'retry', afterMs: Math.max(TOO_MANY_MS, byeMs ?? 0) };
    case CLOSE_CODES.unauthenticated:
      return hasRenewed ? { kind: 'stop', why: 'signed_out' } : { kind: 'renew' };
    case CLOSE_CODES.session_revoked:
      return { kind: 'stop', why: 'signed_out' };
    default:
      return code !== null && code >= 4400 && code <= 4499 ? { kind: 'stop', why: 'outdated' } : backoff;
  }
}
