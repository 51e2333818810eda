// What the person has set on any of their devices, by name.
import type { SettingValues } from '@kith/sdk';
import { usePerson } from './chat-context.js';
import { useObservable } from './use-observable.js';

const NOTHING: SettingValues = new Map();

/** The same map until one of them changes; empty while nobody is signed in, and until they are known. */
export function useSettings(): SettingValues {
  const person = usePerson();
  return useObservable(person?.settings, NOTHING);
}
