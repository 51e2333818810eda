// Waiting for a fact: an adapter may take a moment until it shows, and how long is the machine's affair.
import { vi } from 'vitest';

const TIMEOUT_MS = 5_000;
const INTERVAL_MS = 5;

/** Tries until `fact` throws no more; after 5 s, what it throws. */
export function soon<T>(fact: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(fact, { timeout: TIMEOUT_MS, interval: INTERVAL_MS });
}
