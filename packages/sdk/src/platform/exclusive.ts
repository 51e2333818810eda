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
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
      clearTimeout(timer);
      return work();
    };
    try {
      return await locks.request(name, { signal: aborter.signal }, begin);
    } catch (error) {
      if (hasBegun || !aborter.signal.aborted) throw error;
      return await begin();
    }
  };
}

export function queuedExclusive(): Exclusive {
  const tails = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const turn = (tails.get(name) ?? Promise.resolve()).then(work, work);
    tails.set(name, turn);
    try {
      return await turn;
    } finally {
      if (tails.get(name) === turn) tails.delete(name);
    }
  };
}
