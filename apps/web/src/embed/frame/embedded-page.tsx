// The conversations of somebody in a frame: the list or one of them, never both, and what opens over it. There are no settings
// and no signing out: who somebody is here is the site's affair.
import { useConversation } from '@kith/react';
import type { Person } from '@kith/sdk';
import { SquarePen } from 'lucide-react';
import { lazy, type ReactElement, type ReactNode, Suspense, useEffect, useMemo, useRef } from 'react';
import { ConversationList } from '../../features/conversations/conversation-list.js';
import { OpenConversation } from '../../features/conversations/open-conversation.js';
import { Announcer } from '../../shell/announcer.js';
import { StateLines } from '../../shell/connection-line.js';
import { NotHere, useMissing } from '../../shell/not-here.js';
import { showDialog, showPanel, useShown } from '../../shell/panel.js';
import { useRoute } from '../../shell/route.js';
import { type Attended, useAttention } from '../../shell/use-attention.js';
import { useNarrow } from '../../shell/use-narrow.js';
import { useWorkspaceAccent } from '../../shell/workspace-look.js';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { IconButton } from '../../ui/icon-button.js';
import type { HostLink } from './host-link.js';
import { usePlace } from './use-place.js';

const Dialogs = lazy(async () => ({ default: (await import('../../shell/dialogs.js')).Dialogs }));
const SidePanel = lazy(async () => ({ default: (await import('../../shell/side-panel.js')).SidePanel }));

export type EmbeddedPageProps = {
  readonly person: Person;
  readonly link: HostLink;
  /** The way out of the panel, where it is in one. */
  readonly close: ReactNode;
};

export function EmbeddedPage({ person, link, close }: EmbeddedPageProps): ReactElement {
  const say = useText();
  const route = useRoute();
  const open = useConversation(route.conversation);
  const missing = useMissing(route, open);
  const { panel, dialog } = useShown();
  const attention = useAttentionWhereShown(person, link);
  const lost = usePlace(person, link);
  const isNarrow = useNarrow();
  const page = useFocus(link);
  useWorkspaceAccent(person);
  const hasPanel = panel !== null && (open !== null || panel.kind === 'search' || panel.kind === 'threads');
  return (
    <main
      className={`chat embedded${open || missing ? ' is-open' : ''}${close === null ? '' : ' closable'}`}
      ref={page}
      tabIndex={-1}
    >
      {open ? (
        <>
          {isNarrow ? null : <StateLines />}
          <OpenConversation key={open.id} person={person} conversation={open} seq={route.seq} attention={attention} />
        </>
      ) : missing ? (
        <NotHere missing={missing} />
      ) : (
        <nav className="sidebar" aria-label={say('list.name')}>
          <header>
            <h1>{say('list.name')}</h1>
            <IconButton label={say('new.title')} icon={SquarePen} onClick={() => showDialog('new')} />
          </header>
          <StateLines />
          <ConversationList open={null} />
        </nav>
      )}
      {hasPanel ? (
        <Suspense fallback={<aside className="panel" />}>
          <SidePanel person={person} panel={panel} conversation={open} onClose={() => showPanel(null)} />
        </Suspense>
      ) : (
        close
      )}
      {dialog === null ? null : (
        <Suspense fallback={null}>
          <Dialogs person={person} dialog={dialog} />
        </Suspense>
      )}
      {lost.problem === null ? null : (
        <Dialog title={say('new.title')} onClose={lost.forget}>
          <p>{lost.problem}</p>
        </Dialog>
      )}
      <Announcer person={person} open={route.conversation} />
    </main>
  );
}

/** Nobody reads what is behind a closed panel. */
function useAttentionWhereShown(person: Person, link: HostLink): Attended {
  const { isHere, subscribe } = useAttention(person);
  return useMemo(
    () => ({ subscribe, isHere: () => link.useWanted.getState().isShown && isHere() }),
    [isHere, subscribe, link],
  );
}

/** Whoever opens the panel is in it: where they write, if there is no keyboard that would come up over it. */
function useFocus(link: HostLink) {
  const page = useRef<HTMLElement>(null);
  const { isShown } = link.useWanted();
  useEffect(() => {
    if (!isShown || !link.settings.isPanel) return;
    const enter = () => {
      if (!document.hasFocus()) return;
      window.removeEventListener('focus', enter);
      const at = document.activeElement;
      if (at !== page.current && page.current?.contains(at)) return;
      const field = matchMedia('(hover: hover)').matches ? page.current?.querySelector('textarea') : null;
      (field ?? page.current)?.focus();
    };
    // The focus comes by another way than the word that it is shown, sooner or later.
    window.addEventListener('focus', enter);
    enter();
    return () => window.removeEventListener('focus', enter);
  }, [isShown, link]);
  return page;
}
