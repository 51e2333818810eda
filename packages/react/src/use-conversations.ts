// The list of conversations, and one of them.
import type { ConversationView } from '@kith/sdk';
import { useMemo } from 'react';
import { usePerson } from './chat-context.js';
import { useObservable } from './use-observable.js';

const NONE: readonly ConversationView[] = [];

/** Newest first. The items stay the same objects while nothing of them changes, so that rows can be memoised. */
export function useConversations(): readonly ConversationView[] {
  const person = usePerson();
  return useObservable(person?.conversations, NONE);
}

/** One conversation; null while it is not known, and where no id is given. */
export function useConversation(id: string | null): ConversationView | null {
  const person = usePerson();
  const observable = useMemo(() => (person && id !== null ? person.conversation(id) : null), [person, id]);
  return useObservable(observable, null);
}
