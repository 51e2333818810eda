// People in groups of ten, each in five of them.
import type { Person } from '../stack/kith-store.js';

export const CONVERSATIONS_EACH = 5;
export const GROUP = 10;

/** In each of the five a person is among others. @param people a multiple of ten */
export function groupsOf(people: readonly Person[]): readonly (readonly Person[])[] {
  const groups = people.length / GROUP;
  return Array.from({ length: CONVERSATIONS_EACH }, (_, layer) =>
    Array.from({ length: groups }, (_, group) =>
      Array.from({ length: GROUP }, (_, seat) => people[seat * groups + ((group + seat * layer) % groups)] as Person),
    ),
  ).flat();
}
