// How it stands with the way to the server and with the store of this device.
import type { LinkState, StorageStatus } from '@kith/sdk';
import { usePerson } from './chat-context.js';
import { useObservable } from './use-observable.js';

const CLOSED: LinkState = { kind: 'stopped', why: 'closed' };
const MEMORY: StorageStatus = { kind: 'memory', reason: null };

/** The way to the server; `stopped` and `closed` while nobody is signed in. Nothing needs to be disabled without one. */
export function useConnection(): LinkState {
  const person = usePerson();
  return useObservable(person?.connection, CLOSED);
}

/** Whether what is held outlives the run; `memory` while nobody is signed in. */
export function useStorage(): StorageStatus {
  const person = usePerson();
  return useObservable(person?.storage, MEMORY);
}
