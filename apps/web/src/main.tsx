// The page's start: the chat of this browser, its look and language, and the app on it. Signing in or out in one tab is
// followed by the others.
import { ChatProvider } from '@kith/react';
import { Chat } from '@kith/sdk';
import { cookieSession } from '@kith/sdk/platform/cookie-session';
import { IndexedDbStores } from '@kith/sdk/storage/indexeddb';
import { createRoot } from 'react-dom/client';
import { recordStates } from './features/feedback/recent-states.js';
import { register } from './pwa/registration.js';
import { App, loadChatPage } from './shell/app.js';
import { apply } from './shell/appearance.js';
import { showKeptAccent } from './shell/kept-accent.js';
import { isEmbedded } from './shell/route.js';
import './look/tokens.css';
import './look/base.css';
import './look/controls.css';
import './look/people.css';
import './look/conversation.css';
import './look/panels.css';
import './look/chat.css';
import './look/lines.css';
import './look/messages.css';
import './look/choosing.css';
import './look/polls.css';
import './look/touch.css';

const place = document.getElementById('app');
// A browser that is too old has been told so already, in the place of the app.
if (place !== null && isEmbedded()) void embed(place);
else if (place !== null) await start(place);

async function start(element: HTMLElement): Promise<void> {
  const url = location.origin;
  const { platform, endLeft } = cookieSession(url);
  const chat = new Chat({ url, platform, stores: new IndexedDbStores(), client: `web/${PAGE_VERSION}` });
  // Another tab has changed who is signed in here.
  window.addEventListener('storage', () => void chat.start());
  recordStates(chat);
  const started = chat.start();
  void endLeft();
  showKeptAccent(null);
  void started.then((person) => preload(person !== null));
  await apply();
  void register();
  createRoot(element).render(
    <ChatProvider chat={chat}>
      <App />
    </ChatProvider>,
  );
}

/** In a frame of another site's. What is loaded for it waits until this file has run to its end. */
async function embed(element: HTMLElement): Promise<void> {
  const { startEmbedded } = await import('./embed/frame/embedded.js');
  await startEmbedded(element);
}

/** At once for who is signed in, else when somebody begins to; one that fails is tried again when it is wanted. */
function preload(isSignedIn: boolean): void {
  const load = () => void loadChatPage().catch(() => {});
  if (isSignedIn) load();
  else document.addEventListener('focusin', load, { once: true });
}
