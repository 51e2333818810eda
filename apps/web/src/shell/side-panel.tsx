// What stands beside the conversation: its details, its pins, a thread, a search, or the threads that one follows.
import type { ConversationView, Person } from '@kith/sdk';
import { X } from 'lucide-react';
import { type ReactElement, useEffect, useRef } from 'react';
import { PinsPanel } from '../features/conversations/pins-panel.js';
import { Details } from '../features/members/details.js';
import { SearchPanel } from '../features/search/search-panel.js';
import { ThreadPanel } from '../features/threads/thread-panel.js';
import { ThreadsPanel } from '../features/threads/threads-panel.js';
import { type TextKey, useText } from '../text/text.js';
import { IconButton } from '../ui/icon-button.js';
import type { Panel } from './panel.js';

export type SidePanelProps = {
  readonly person: Person;
  readonly panel: Panel;
  /** The one that is open. */
  readonly conversation: ConversationView | null;
  readonly onClose: () => void;
};

const TITLES: { readonly [kind in Panel['kind']]: TextKey } = {
  details: 'details.title',
  pins: 'pins.title',
  thread: 'thread.title',
  search: 'search.title',
  threads: 'threads.title',
};

export function SidePanel({ person, panel, conversation, onClose }: SidePanelProps): ReactElement {
  const say = useText();
  const element = useRef<HTMLElement>(null);
  const cameFrom = useRef(document.activeElement);
  // Who came with the keyboard goes back to where they came from.
  useEffect(() => {
    element.current?.focus();
    const { current } = cameFrom;
    return () => {
      if (current instanceof HTMLElement && current.isConnected) current.focus();
    };
  }, []);
  return (
    <aside
      ref={element}
      className="panel"
      aria-label={say(TITLES[panel.kind])}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose();
      }}
    >
      <header>
        <h2>{say(TITLES[panel.kind])}</h2>
        <IconButton label={say('action.closePanel')} icon={X} onClick={onClose} />
      </header>
      <PanelBody person={person} panel={panel} conversation={conversation} />
    </aside>
  );
}

function PanelBody({ person, panel, conversation }: Omit<SidePanelProps, 'onClose'>): ReactElement | null {
  switch (panel.kind) {
    case 'details':
      return conversation && <Details key={conversation.id} person={person} conversation={conversation} />;
    case 'pins':
      return conversation && <PinsPanel key={conversation.id} person={person} conversation={conversation} />;
    case 'search': {
      const { conversation: where, query = '' } = panel;
      return <SearchPanel key={`${where} ${query}`} person={person} conversation={where} query={query} />;
    }
    case 'threads':
      return <ThreadsPanel person={person} />;
    case 'thread':
      return (
        <ThreadPanel key={`${panel.message.conversation} ${panel.message.seq}`} person={person} place={panel.message} />
      );
  }
}
