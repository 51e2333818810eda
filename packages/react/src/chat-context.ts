// Which chat the components below belong to, and who is signed in to it. The chat is the app's: whoever makes one starts it
// and closes it, so that neither a second effect nor a second mount ever ends it.
import type { Chat, Person, SessionState } from '@kith/sdk';
import { createContext, createElement, type ReactElement, type ReactNode, useContext, useMemo, useState } from 'react';
import { Drafts } from './drafts.js';
import { useObservable } from './use-observable.js';

/** What a provider is given. */
export type ChatProviderProps = {
  /** Made once for each run of an app, outside of any component, and started by it: `void chat.start()`. */
  readonly chat: Chat;
  readonly children?: ReactNode;
};

type Held = { readonly chat: Chat; readonly drafts: Drafts };

const LOADING: SessionState = { kind: 'loading' };
const ChatContext = createContext<Held | null>(null);

/** Gives a chat to the hooks in the components below it. It neither starts nor closes it. */
export function ChatProvider({ chat, children }: ChatProviderProps): ReactElement {
  const [drafts] = useState(() => new Drafts());
  const held = useMemo(() => ({ chat, drafts }), [chat, drafts]);
  return createElement(ChatContext.Provider, { value: held }, children);
}

/** The chat of the nearest `ChatProvider`: for `signIn`, `signOut`, `request`. @throws Error where there is none above */
export function useChat(): Chat {
  return useHeld().chat;
}

/** Whether somebody is signed in; `loading` until that is known, and on a server. */
export function useSession(): SessionState {
  return useObservable(useChat().session, LOADING);
}

/**
 * Whoever is signed in, once what is held of theirs can be shown; null before, after, and on a server. All other hooks follow
 * it: of another person they show nothing that was the former one's, from the same render on.
 */
export function usePerson(): Person | null {
  return useObservable<Person | null>(useChat().person, null);
}

/** What was typed and not sent, of everybody who was signed in below this provider. */
export function useDrafts(): Drafts {
  return useHeld().drafts;
}

function useHeld(): Held {
  const held = useContext(ChatContext);
  if (held === null) throw new Error('there is no ChatProvider above this component');
  return held;
}
