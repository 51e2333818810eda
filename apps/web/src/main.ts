// The page's start: someone who is signed in gets their conversations, anyone else the form. Signing in or out in one tab
// loads the others anew.

import { ChatPage } from './ui/chat-page.js';
import { signInPage } from './ui/sign-in.js';
import { Session } from './wire/session.js';

start(new Session(localStorage));

function start(session: Session): void {
  const user = session.current?.user ?? null;
  const show = (page: HTMLElement) => document.body.replaceChildren(page);
  if (user === null) show(signInPage(session, () => location.reload()));
  else {
    const onSignedOut = () => {
      session.forget();
      location.reload();
    };
    show(new ChatPage(session, user, onSignedOut).element);
  }
  window.addEventListener('storage', () => {
    if (session.current?.user.id !== user?.id) location.reload();
  });
}
