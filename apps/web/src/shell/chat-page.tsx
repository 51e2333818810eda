// The page of someone who is signed in: the list, the open conversation, and what stands beside it. Of these a narrow screen
// shows one, a middling one two.
import { useConversation } from '@kith/react';
import { type Person, Refusal } from '@kith/sdk';
import { acceptInvite } from '@kith/sdk/invites/invites';
import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';
import { forgetInvitation } from '../features/account/invitation.js';
import { wordsOfInvite } from '../features/account/invited.js';
import { OpenConversation } from '../features/conversations/open-conversation.js';
import { Sidebar } from '../features/conversations/sidebar.js';
import { useText } from '../text/text.js';
import { Dialog } from '../ui/dialog.js';
import { Announcer } from './announcer.js';
import { connected } from './connected.js';
import { NotHere, useMissing } from './not-here.js';
import { noticesOf } from './notices.js';
import { showPanel, useShown } from './panel.js';
import { openConversation, useRoute } from './route.js';
import { useAttention } from './use-attention.js';
import { useShortcuts } from './use-shortcuts.js';
import { useUnread } from './use-unread.js';
import { useWorkspaceAccent } from './workspace-look.js';

const Dialogs = lazy(async () => ({ default: (await import('./dialogs.js')).Dialogs }));
const SidePanel = lazy(async () => ({ default: (await import('./side-panel.js')).SidePanel }));

export type ChatPageProps = {
  readonly person: Person;
  readonly invitation: string | null;
  readonly onInvited: () => void;
};

export function ChatPage({ person, invitation, onInvited }: ChatPageProps): ReactElement {
  const say = useText();
  const route = useRoute();
  const open = useConversation(route.conversation);
  const missing = useMissing(route, open);
  const { panel, dialog } = useShown();
  const attention = useAttention(person);
  const refused = useInvitation(person, invitation, onInvited);
  useTitle();
  useEffect(() => noticesOf(person), [person]);
  useShortcuts();
  useWorkspaceAccent(person);
  const hasPanel = panel !== null && (open !== null || panel.kind === 'search' || panel.kind === 'threads');
  return (
    <main className={`chat${open || missing ? ' is-open' : ''}${hasPanel ? ' has-panel' : ''}`}>
      <Sidebar person={person} open={open?.id ?? null} />
      {open ? (
        <OpenConversation key={open.id} person={person} conversation={open} seq={route.seq} attention={attention} />
      ) : missing ? (
        <NotHere missing={missing} />
      ) : (
        <section className="conversation nothing" aria-label={say('conversation.region')}>
          <div className="empty">
            <span className="mark" aria-hidden="true" />
            <h2>{say('empty.title')}</h2>
            <p>{say('empty.about')}</p>
          </div>
        </section>
      )}
      {hasPanel ? (
        <Suspense fallback={<aside className="panel" />}>
          <SidePanel person={person} panel={panel} conversation={open} onClose={() => showPanel(null)} />
        </Suspense>
      ) : null}
      {dialog === null ? null : (
        <Suspense fallback={null}>
          <Dialogs person={person} dialog={dialog} />
        </Suspense>
      )}
      {refused.words === null ? null : (
        <Dialog title={say('invite.title')} onClose={refused.forget}>
          <p>{refused.words}</p>
        </Dialog>
      )}
      <Announcer person={person} open={route.conversation} />
    </main>
  );
}

/** Joins by the invitation, once, and shows where it led. @returns why it was refused */
function useInvitation(person: Person, invitation: string | null, onInvited: () => void) {
  const [words, setWords] = useState<string | null>(null);
  useEffect(() => {
    if (invitation === null) return;
    forgetInvitation();
    onInvited();
    void connected(person)
      .then(() => acceptInvite(person, invitation))
      .then(
        (id) => openConversation(id),
        (error: unknown) => {
          if (!(error instanceof Refusal)) throw error;
          setWords(wordsOfInvite(error));
        },
      );
  }, [person, invitation, onInvited]);
  return { words, forget: () => setWords(null) };
}

/** How much is unread stands in the title of the tab. */
function useTitle(): void {
  const unread = useUnread();
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Kith` : 'Kith';
    return () => {
      document.title = 'Kith';
    };
  }, [unread]);
}
