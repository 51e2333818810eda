// The chat in a frame of another site's page: greeted by that page, in by its tokens, and told when it is seen. What there is to
// read is counted from the start; the conversations themselves are loaded when somebody looks for the first time.
import { ChatProvider, usePerson } from '@kith/react';
import { Chat } from '@kith/sdk';
import { IndexedDbStores } from '@kith/sdk/storage/indexeddb';
import { X } from 'lucide-react';
import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useChoosing } from '../../features/timeline/choosing.js';
import { HidingProvider } from '../../features/timeline/hiding.js';
import { apply } from '../../shell/appearance.js';
import { FaultBoundary } from '../../shell/fault-boundary.js';
import { useShown } from '../../shell/panel.js';
import { useUnread } from '../../shell/use-unread.js';
import { preferredLanguage, useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import { frameSession } from './frame-session.js';
import { type HostLink, linkToHost, originsIn } from './host-link.js';
import { Unable } from './unable.js';
import { useEntry } from './use-entry.js';
import '../../look/embedded.css';

const EmbeddedPage = lazy(async () => ({ default: (await import('./embedded-page.js')).EmbeddedPage }));

export async function startEmbedded(element: HTMLElement): Promise<void> {
  if (window.parent === window) {
    await apply({ theme: 'system', density: 'comfortable', language: null });
    createRoot(element).render(<Unable why="alone" onAgain={() => location.assign('/')} />);
    return;
  }
  const link = await linkToHost(window, originsIn(document));
  const { language, theme } = link.settings;
  const languages = [...(language === null ? [] : [language]), ...navigator.languages];
  await apply({ theme, density: 'comfortable', language: preferredLanguage(languages) });
  const url = location.origin;
  const { revoke, ...platform } = frameSession(url, (address, init) => globalThis.fetch(address, init));
  const chat = new Chat({ url, platform, stores: new IndexedDbStores(), client: `embed/${PAGE_VERSION}` });
  window.addEventListener('pagehide', revoke);
  window.addEventListener('pageshow', ({ persisted }) => {
    // It comes back without its session.
    if (persisted) location.reload();
  });
  link.onClose = () => chat.signOut();
  createRoot(element).render(
    <ChatProvider chat={chat}>
      <Embedded link={link} />
    </ChatProvider>,
  );
}

function Embedded({ link }: { readonly link: HostLink }): ReactElement {
  const say = useText();
  const person = usePerson();
  const { problem, again } = useEntry(link);
  const { isShown } = link.useWanted();
  const [wasShown, setWasShown] = useState(isShown);
  const unread = useUnread();
  const [words, title] = [say('embed.words', { count: unread }), say('embed.title')];
  useEffect(() => link.tell({ type: 'state', unread, words, title }), [link, unread, words, title]);
  useEffect(() => {
    if (isShown) setWasShown(true);
  }, [isShown]);
  useLeaving(link);
  const close = link.settings.isPanel ? <Close link={link} /> : null;
  if (problem !== null) {
    return (
      <Unable why={problem} onAgain={again}>
        {close}
      </Unable>
    );
  }
  const waiting = <main className="embedded waiting">{close}</main>;
  if (person === null || !wasShown) return waiting;
  return (
    <FaultBoundary key={person.id}>
      <HidingProvider person={person}>
        <Suspense fallback={waiting}>
          <EmbeddedPage person={person} link={link} close={close} />
        </Suspense>
      </HidingProvider>
    </FaultBoundary>
  );
}

function Close({ link }: { readonly link: HostLink }): ReactElement {
  const say = useText();
  const leave = () => link.tell({ type: 'leave' });
  return <IconButton className="embedded-close" label={say('embed.close')} icon={X} onClick={leave} />;
}

/** Escape leaves the panel, unless it was for something in it. */
function useLeaving(link: HostLink): void {
  useEffect(() => {
    if (!link.settings.isPanel) return;
    let isForOther = false;
    const before = () => {
      const isBeside = useShown.getState().panel !== null || useChoosing.getState().conversation !== null;
      isForOther = isBeside || document.querySelector('dialog[open]') !== null;
    };
    const after = ({ key, defaultPrevented }: KeyboardEvent) => {
      if (key === 'Escape' && !isForOther && !defaultPrevented) link.tell({ type: 'leave' });
    };
    window.addEventListener('keydown', before, true);
    window.addEventListener('keydown', after);
    return () => {
      window.removeEventListener('keydown', before, true);
      window.removeEventListener('keydown', after);
    };
  }, [link]);
}
