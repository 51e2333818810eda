// Where an address leads to nothing that can be shown: no page of ours, a conversation that there is not for this person, or
// one that this device doesn't hold while there is no connection.
import { useConnection } from '@kith/react';
import type { ConversationView } from '@kith/sdk';
import { type ReactElement, useEffect, useState } from 'react';
import { type TextKey, useText } from '../text/text.js';
import { closeConversation, type Route } from './route.js';

export type Missing = 'page' | 'conversation' | 'connection';

const WORDS: { readonly [missing in Missing]: readonly [title: TextKey, about: TextKey] } = {
  page: ['missing.page', 'missing.pageAbout'],
  conversation: ['missing.conversation', 'missing.conversationAbout'],
  connection: ['missing.connection', 'missing.connectionAbout'],
};
/** By then a conversation that is there has come, with the connection that it came by. */
const WAIT_MS = 1_500;

/** What is missing of what the address names; null while it may still come. */
export function useMissing({ conversation, isUnknown }: Route, open: ConversationView | null): Missing | null {
  const isConnected = useConnection().kind === 'open';
  const [waited, setWaited] = useState<string | null>(null);
  const wanted = open === null ? conversation : null;
  const state = `${isConnected} ${wanted}`;
  useEffect(() => {
    if (wanted === null) return;
    const timer = setTimeout(() => setWaited(state), WAIT_MS);
    return () => clearTimeout(timer);
  }, [wanted, state]);
  if (isUnknown) return 'page';
  if (wanted === null || waited !== state) return null;
  return isConnected ? 'conversation' : 'connection';
}

export function NotHere({ missing }: { readonly missing: Missing }): ReactElement {
  const say = useText();
  const [title, about] = WORDS[missing];
  return (
    <section className="conversation nothing" aria-label={say('conversation.region')}>
      <div className="empty" role="status">
        <span className="mark" aria-hidden="true" />
        <h2>{say(title)}</h2>
        <p>{say(about)}</p>
        <button type="button" className="button" onClick={closeConversation}>
          {say('conversation.back')}
        </button>
      </div>
    </section>
  );
}
