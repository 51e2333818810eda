// Waiting for a fact of another process: asked again and again, with an end. What is waited for has a name, so that a test
// that fails says what did not come.
import { setTimeout as pause } from 'node:timers/promises';
import type { SeededRandom } from '../seeded-random.js';

const INTERVAL_MS = 10;

/** A wait of full jitter: from nothing to `mostMs`. */
export async function pauseUpTo(mostMs: number, random: SeededRandom): Promise<void> {
  await pause(random.below(mostMs + 1));
}

/**
 * Asks until the answer is neither null nor false.
 * @throws Error naming `what` after `withinMs`
 */
export async function until<T>(
  what: string,
  fact: () => T | null | false | Promise<T | null | false>,
  { withinMs }: { readonly withinMs: number },
): Promise<T> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    const answer = await fact();
    if (answer !== null && answer !== false) return answer;
    if (performance.now() >= endsAt) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(INTERVAL_MS);
  }
}

/** The promise's value, or an Error naming `what` after `withinMs`. */
export async function within<T>(what: string, promise: Promise<T>, withinMs: number): Promise<T> {
  const abort = new AbortController();
  const late = pause(withinMs, null, { signal: abort.signal }).then(
    () => {
      throw new Error(`not within ${withinMs} ms: ${what}`);
    },
    // Aborted: the promise was first.
    () => new Promise<never>(() => {}),
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
  }
}
