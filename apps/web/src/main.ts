// The page's start: someone who is signed in gets their conversations, anyone else the form. Signing in or out in one tab
// is followed by the others.
import { Chat } from '@kith/sdk';
import { IndexedDbStores } from '@kith/sdk/storage/indexeddb';
import { ChatPage } from './ui/chat-page.js';
import { Invitation } from './ui/invitation.js';
import { signInPage } from './ui/sign-in.js';

start(new Chat({ url: location.origin, stores: new IndexedDbStores(), client: 'web/0.1' }));

function start(chat: Chat): void {
  let page: ChatPage | null = null;
  const invitation = Invitation.ofLocation(chat);
  const show = () => {
    const person = chat.person.getSnapshot();
    const session = chat.session.getSnapshot();
    if (person !== null && person === page?.person) return;
    page?.close();
    page = null;
    for (const dialog of document.querySelectorAll('dialog')) dialog.remove();
    if (person !== null && session.kind === 'signed_in') {
      page = new ChatPage(chat, { person, name: session.user.name });
      document.body.replaceChildren(page.element);
      const { open } = page;
      void invitation?.accept(person, open);
    } else if (session.kind === 'signed_out') {
      document.title = 'Kith';
      document.body.replaceChildren(signInPage(chat, session.isEnded, invitation));
    }
  };
  chat.person.subscribe(show);
  chat.session.subscribe(show);
  // Another tab has changed who is signed in here.
  window.addEventListener('storage', () => void chat.start());
  void chat.start();
}
