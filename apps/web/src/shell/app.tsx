// Someone who is signed in gets their conversations, anyone else the form; until it is known who it is, neither.
import { useChat, usePerson, useSession } from '@kith/react';
import { type ReactElement, useState } from 'react';
import { invitationOf } from '../features/account/invitation.js';
import { SignIn } from '../features/account/sign-in.js';
import { HidingProvider } from '../features/timeline/hiding.js';
import { ChatPage } from './chat-page.js';
import { FaultBoundary } from './fault-boundary.js';

export function App(): ReactElement | null {
  const chat = useChat();
  const session = useSession();
  const person = usePerson();
  const [invitation, setInvitation] = useState(() => invitationOf(location));
  if (person !== null && session.kind === 'signed_in') {
    return (
      <FaultBoundary key={person.id}>
        <HidingProvider person={person}>
          <ChatPage person={person} invitation={invitation} onInvited={() => setInvitation(null)} />
        </HidingProvider>
      </FaultBoundary>
    );
  }
  if (session.kind !== 'signed_out') return null;
  return <SignIn chat={chat} isEnded={session.isEnded} invitation={invitation} />;
}
