// What each version of this SDK changes in what earlier ones kept, record by record: the same steps for IndexedDB and for
// files. A store says of which version it is. An older one is brought up as it is opened; one of a later SDK is left alone.

/** @param value as the version before kept it; its entries are records of the part `entries`. @returns null removes it */
export type Step = (part: StoredPart, value: unknown) => unknown;

export type StoredPart = 'meta' | 'conversations' | 'users' | 'outbox' | 'entries';

/** From version 1 to 2, from 2 to 3, …: never changed once released, only added to. */
export const STEPS: readonly Step[] = [];

/** The version that is reached with these steps. */
export function versionOf(steps: readonly Step[]): number {
  return steps.length + 1;
}

/** The record as the present version keeps it. */
export function upgraded(steps: readonly Step[], part: StoredPart, value: unknown): unknown {
  return steps.reduce((upgrading, step) => (upgrading === null ? null : step(part, upgrading)), value);
}
