// What people are called here: by the name that this person has given a contact, else by the one that they gave themselves.
import type { Contact } from '@kith/protocol';
import { usePerson } from '@kith/react';
import type { Person } from '@kith/sdk';
import { useCallback, useSyncExternalStore } from 'react';
import { say } from '../../text/text.js';

const BETWEEN = '\u0000';

/** Without a hook: what is known now. */
export function nameOf(person: Person, user: string | undefined): string {
  if (user === undefined) return say('person.somebody');
  const contact = person.settings.getSnapshot().get(`contact:${user}`) as Contact | undefined;
  return contact?.name || person.user(user).getSnapshot()?.name || say('person.somebody');
}

/** Names of several, kept right as long as somebody looks. @param users any array of the same ids */
export function useNames(users: readonly string[]): ReadonlyMap<string, string> {
  const person = usePerson();
  const ids = users.join(' ');
  const subscribe = useCallback(
    (listener: () => void) => {
      if (person === null) return () => {};
      const own = person.settings.subscribe(listener);
      const ends = ids.split(' ').flatMap((id) => (id === '' ? [] : person.user(id).subscribe(listener)));
      return () => {
        own();
        for (const end of ends) end();
      };
    },
    [person, ids],
  );
  const read = () => (person === null ? '' : users.map((user) => nameOf(person, user)).join(BETWEEN));
  const names = useSyncExternalStore(subscribe, read).split(BETWEEN);
  return new Map(users.map((user, index) => [user, names[index] ?? '']));
}

/** @param user of whom nothing is known without one */
export function useName(user: string | null | undefined): string {
  return useNames(user ? [user] : []).get(user ?? '') ?? say('person.somebody');
}
