// One piece of work at a time under a name: among all tabs by the platform's locks; on plain http, where there are none,
// within this tab, and the server gives tabs that collide the same answer (rule H9).
import type { Exclusive } from '../ports.js';

/** The part of the Web Locks API that is used. */
export type Locks = {
  request<T>(name: string, options: { readonly signal: AbortSignal }, work: () => Promise<T>): Promise<T>;
};

/** A tab that holds a lock for longer was frozen or has crashed in a way that the browser did not see. */
const WAIT_MS = 30_000;

export function lockedExclusive(locks: Locks): Exclusive {
  return async (name, work) => {
    const aborter = new AbortController();
    const timer = setTimeout(() => aborter.abort(), WAIT_MS);
    const begin = () => {
      clearTimeout(timer);
      return work();
    };
    try {
      return await locks.request(name, { signal: aborter.signal }, begin);
    } catch (error) {
      // What has begun is not aborted any more: this is its own failure.
      if (!aborter.signal.aborted) throw error;
      return await work();
    }
  };
}

export function queuedExclusive(): Exclusive {
  /** As many as there are names. */
  const tails = new Map<string, Promise<unknown>>();
  return (name, work) => {
    const turn = (tails.get(name) ?? Promise.resolve()).then(work, work);
    tails.set(name, turn);
    return turn;
  };
}
