// What a person writes in a conversation: the text that is not sent yet, and what was sent and is not in the log yet. Nothing
// of it needs a connection, so nothing of it is ever disabled.
import type { MessageParts, OutboxItem, Person } from '@kith/sdk';
import { typed } from '@kith/sdk/typing/typing';
import { useMemo } from 'react';
import { useDrafts, usePerson } from './chat-context.js';
import type { Drafts } from './drafts.js';
import { useObservable } from './use-observable.js';

type Actions = {
  /** For each change of the field: others see that somebody types. */
  readonly setText: (text: string) => void;
  /**
   * Sends the text, and empties the field at once. Where it can't be taken the text is back in the field.
   * @param parts beside the text, such as `replyTo`
   * @returns null where there is nothing but blanks
   * @throws Refusal `rate_limited` where 1,000 wait already
   */
  readonly send: (parts?: MessageParts) => Promise<OutboxItem | null>;
  /** Sends one that failed again, behind all others. */
  readonly retry: (key: string) => Promise<OutboxItem | null>;
  /** Takes one back that is not in the log yet. */
  readonly discard: (key: string) => Promise<OutboxItem | null>;
  /** Changes one that is not in the log yet. @returns null where it is: edit it there */
  readonly edit: (key: string, text: string) => Promise<OutboxItem | null>;
};

/** The functions stay the same while conversation and person do. */
export type Composer = Actions & {
  /** What is in the field; kept for each conversation as long as the page lives. */
  readonly text: string;
  /** In the order of writing; shown below the timeline until their entries are in it. */
  readonly unsent: readonly OutboxItem[];
};

const NOTHING: readonly OutboxItem[] = [];
const nothing = async (): Promise<null> => null;
const NOBODYS: Actions = { setText: () => {}, send: nothing, retry: nothing, discard: nothing, edit: nothing };

/** A composer's text and its actions; they do nothing while nobody is signed in, and where no id is given. */
export function useComposer(id: string | null): Composer {
  const person = usePerson();
  const drafts = useDrafts();
  const parts = useMemo(
    () =>
      person && id !== null
        ? { draft: drafts.of(person, id), unsent: person.unsent(id), actions: actionsOf(person, id, drafts) }
        : null,
    [person, id, drafts],
  );
  const text = useObservable(parts?.draft, '');
  const unsent = useObservable(parts?.unsent, NOTHING);
  return useMemo(() => ({ text, unsent, ...(parts?.actions ?? NOBODYS) }), [text, unsent, parts]);
}

function actionsOf(person: Person, id: string, drafts: Drafts): Actions {
  const draft = drafts.of(person, id);
  return {
    setText: (text) => {
      drafts.set(person, id, text);
      if (text !== '') typed(person, id);
    },
    send: async (parts = {}) => {
      const text = draft.getSnapshot();
      if (text.trim() === '') return null;
      drafts.set(person, id, '');
      try {
        return await person.send(id, text, parts);
      } catch (error) {
        // What was begun meanwhile stays, behind it.
        drafts.set(person, id, text + draft.getSnapshot());
        throw error;
      }
    },
    retry: (key) => person.retry(key),
    discard: (key) => person.discard(key),
    edit: (key, text) => person.edit(key, text),
  };
}
