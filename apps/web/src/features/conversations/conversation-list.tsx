// The list of conversations: those that the person has pinned on top, then the newest; what they put away is behind a switch,
// and a folder shows its own.
import type { Folder } from '@kith/protocol';
import { useConnection, useConversations, useSettings } from '@kith/react';
import type { ConversationView, SettingValues } from '@kith/sdk';
import { type KeyboardEvent, type ReactElement, useMemo, useRef, useState } from 'react';
import { Virtualizer } from 'virtua';
import { showDialog } from '../../shell/panel.js';
import { useText } from '../../text/text.js';
import { ConversationRow } from './conversation-row.js';
import { FolderTabs, type Shelf } from './folder-tabs.js';
import { draftOf, isAway, isPinned } from './own-marks.js';

/** Fewer are put into the page as they are. */
const VIRTUAL_FROM = 60;

export function ConversationList({ open }: { readonly open: string | null }): ReactElement {
  const say = useText();
  const settings = useSettings();
  const all = useConversations();
  const [shelf, setShelf] = useState<Shelf>({ kind: 'all' });
  const shown = useMemo(() => ordered(onShelf(all, shelf, settings), settings), [all, shelf, settings]);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = shown.map((conversation) => (
    <ConversationRow
      key={conversation.id}
      conversation={conversation}
      isOpen={conversation.id === open}
      isPinned={isPinned(settings, conversation.id)}
      draft={draftOf(settings, conversation.id)?.text ?? null}
    />
  ));
  return (
    <>
      <FolderTabs shelf={shelf} settings={settings} conversations={all} onChoose={setShelf} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the buttons in it take the keys, arrows go between them */}
      <div className="conversations" ref={scroller} onKeyDown={moveFocus}>
        {shown.length < VIRTUAL_FROM ? (
          <ul aria-label={say('list.name')}>{rows}</ul>
        ) : (
          <Virtualizer as={'ul' as 'div'} item="div" scrollRef={scroller}>
            {rows}
          </Virtualizer>
        )}
        {all.length === 0 ? (
          <NoConversations />
        ) : shown.length === 0 ? (
          <p className="hint empty">{say('list.emptyShelf')}</p>
        ) : null}
      </div>
    </>
  );
}

/** Nobody is told that they have none before the server has said so. */
function NoConversations(): ReactElement | null {
  const say = useText();
  const { kind } = useConnection();
  if (kind === 'connecting') return null;
  if (kind !== 'open') return <p className="hint empty">{say('list.unread')}</p>;
  return (
    <div className="empty">
      <h2>{say('list.empty')}</h2>
      <p>{say('list.emptyAbout')}</p>
      <button type="button" className="button primary" onClick={() => showDialog('new')}>
        {say('list.begin')}
      </button>
    </div>
  );
}

function onShelf(all: readonly ConversationView[], shelf: Shelf, settings: SettingValues): readonly ConversationView[] {
  switch (shelf.kind) {
    case 'all':
      return all.filter((one) => !isAway(settings, one));
    case 'unread':
      return all.filter(({ unread }) => unread > 0);
    case 'away':
      return all.filter((one) => isAway(settings, one));
    case 'folder': {
      const { conversations = [], users = [] } = (settings.get(`folder:${shelf.id}`) ?? {}) as Partial<Folder>;
      const ids = new Set<string>(conversations);
      const peers = new Set<string>(users);
      return all.filter(({ id, peer }) => ids.has(id) || (peer !== null && peers.has(peer)));
    }
  }
}

function ordered(conversations: readonly ConversationView[], settings: SettingValues): readonly ConversationView[] {
  const pinned = conversations.filter(({ id }) => isPinned(settings, id));
  return pinned.length === 0
    ? conversations
    : [...pinned, ...conversations.filter(({ id }) => !isPinned(settings, id))];
}

/** Arrows go from row to row, Home and End to the first and the last. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('.row')];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const wanted = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (wanted === undefined || at === -1) return;
  event.preventDefault();
  rows[wanted]?.focus();
}
