// Someone who is signed in gets their conversations, anyone else the form; until it is known who it is, neither. What shows the
// conversations is apart, so that the form is there sooner; it is on its way before anybody has signed in.
import { useChat, usePerson, useSession } from '@kith/react';
import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';
import { invitationOf } from '../features/account/invitation.js';
import { SignIn } from '../features/account/sign-in.js';
import { HidingProvider } from '../features/timeline/hiding.js';
import { FaultBoundary } from './fault-boundary.js';
import { forgetAccent } from './kept-accent.js';

export const loadChatPage = () => import('./chat-page.js');
const ChatPage = lazy(async () => ({ default: (await loadChatPage()).ChatPage }));

export function App(): ReactElement | null {
  const chat = useChat();
  const session = useSession();
  const person = usePerson();
  const [invitation, setInvitation] = useState(() => invitationOf(location));
  useEffect(() => {
    if (session.kind === 'signed_out') forgetAccent();
  }, [session.kind]);
  if (person !== null && session.kind === 'signed_in') {
    return (
      <FaultBoundary key={person.id}>
        <HidingProvider person={person}>
          <Suspense fallback={null}>
            <ChatPage person={person} invitation={invitation} onInvited={() => setInvitation(null)} />
          </Suspense>
        </HidingProvider>
      </FaultBoundary>
    );
  }
  if (session.kind !== 'signed_out') return null;
  return <SignIn chat={chat} isEnded={session.isEnded} invitation={invitation} />;
}
