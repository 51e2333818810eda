// What a check of the doctor has found: whether it is well, what it is, and what to do about it.
import type { Config } from '@kith/server/config/schema';

export type Health = 'ok' | 'warn' | 'fail';

export type Finding = {
  /** Which thing was looked at, in a word or two. */
  readonly what: string;
  readonly health: Health;
  /** What was found. */
  readonly found: string;
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null;
};

export type Check = (config: Config) => Promise<readonly Finding[]>;

export function ok(what: string, found: string): Finding {
  return { what, health: 'ok', found, advice: null };
}

export function warn(what: string, found: string, advice: string): Finding {
  return { what, health: 'warn', found, advice };
}

export function fail(what: string, found: string, advice: string): Finding {
  return { what, health: 'fail', found, advice };
}

/** A sentence of an error for people. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
