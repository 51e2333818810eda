// Whom a person talks with: profiles, members and how far they have got, who types, and who is there.
import type { Presence, User } from '@kith/protocol';
import type { People } from '@kith/sdk';
import { peopleOf } from '@kith/sdk/members/members';
import { typingOf } from '@kith/sdk/typing/typing';
import { useMemo } from 'react';
import { usePerson } from './chat-context.js';
import { useObservable } from './use-observable.js';
import { WatchedPresence } from './watched-presence.js';

const NOBODY: People = { me: '', peer: null, members: null, marks: new Map() };
const NO_TYPISTS: readonly string[] = [];
const NO_PRESENCE: ReadonlyMap<string, Presence> = new Map();

/** Somebody's profile, read where it is not known; null until then, and where no id is given. */
export function useUser(id: string | null): User | null {
  const person = usePerson();
  const observable = useMemo(() => (person && id !== null ? person.user(id) : null), [person, id]);
  return useObservable(observable, null);
}

/** Who is in a conversation, and how far each has got, as `ticksOf` wants it. `me` is empty while nobody is signed in. */
export function usePeople(id: string | null): People {
  const person = usePerson();
  const observable = useMemo(() => (person && id !== null ? peopleOf(person, id) : null), [person, id]);
  return useObservable(observable, NOBODY);
}

/** The ids of the others who type in a conversation now. */
export function useTyping(id: string | null): readonly string[] {
  const person = usePerson();
  const observable = useMemo(() => (person && id !== null ? typingOf(person, id) : null), [person, id]);
  return useObservable(observable, NO_TYPISTS);
}

/**
 * Whether people are there, by id; watched as long as the component is mounted.
 * @param users the most wanted first, since the server watches `limits.watch` for each connection; any array of the same ids
 */
export function usePresence(users: readonly string[]): ReadonlyMap<string, Presence> {
  const person = usePerson();
  const ids = users.join(' ');
  const observable = useMemo(
    () => person && new WatchedPresence(person, ids.split(' ').filter(Boolean)),
    [person, ids],
  );
  return useObservable(observable, NO_PRESENCE);
}
