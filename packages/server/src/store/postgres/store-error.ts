// What an error of PostgreSQL means to the core: the store is gone or full for now (`unavailable`, same key), or a bug.
import { ChatError } from '@kith/protocol';

/**
 * SQLSTATE classes of a server that cannot do it now: connection, transaction rolled back, out of resources, operator's
 * doing, system error; a lock that was waited for too long; a standby that takes no writes.
 */
const PASSING = /^(?:08|40|53|57|58)|^(?:55P03|25006)$/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/** `unavailable` for what may pass; anything else as it came. */
export function storeError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ChatError) return error;
  const code = 'code' in error ? error.code : undefined;
  const isOfServer = typeof code === 'string' && SQLSTATE.test(code) && 'severity' in error;
  // Without a SQLSTATE it never was the server's answer: the connection was refused, lost, or waited for too long.
  if (isOfServer && !PASSING.test(code)) return error;
  return new ChatError('unavailable', 'the database cannot be reached at the moment', { cause: error });
}

/** Whether a unique constraint of that name refused the row. */
export function isTaken(error: unknown, constraint: string): boolean {
  return error instanceof Error && 'constraint' in error && 'code' in error
    ? error.code === '23505' && error.constraint === constraint
    : false;
}
