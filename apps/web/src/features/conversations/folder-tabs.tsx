// Which conversations the list shows: all, the unread ones, those of a folder that the person has made, those put away.
import type { ConversationView, SettingValues } from '@kith/sdk';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { isAway } from './own-marks.js';
import { useFolders } from './use-folders.js';

export type Shelf = { readonly kind: 'all' | 'unread' | 'away' } | { readonly kind: 'folder'; readonly id: string };

export type FolderTabsProps = {
  readonly shelf: Shelf;
  readonly settings: SettingValues;
  readonly conversations: readonly ConversationView[];
  readonly onChoose: (shelf: Shelf) => void;
};

export function FolderTabs({ shelf, settings, conversations, onChoose }: FolderTabsProps): ReactElement | null {
  const say = useText();
  const folders = useFolders();
  const hasAway = conversations.some((one) => isAway(settings, one));
  const hasUnread = conversations.some(({ unread }) => unread > 0);
  if (folders.length === 0 && !hasAway && !hasUnread && shelf.kind === 'all') return null;
  const tab = (name: string, to: Shelf) => {
    const isChosen = JSON.stringify(to) === JSON.stringify(shelf);
    return (
      <li key={JSON.stringify(to)}>
        <button type="button" className="tab" aria-pressed={isChosen} onClick={() => onChoose(to)}>
          {name}
        </button>
      </li>
    );
  };
  return (
    <ul className="tabs" aria-label={say('folder.tabs')}>
      {tab(say('folder.all'), { kind: 'all' })}
      {hasUnread || shelf.kind === 'unread' ? tab(say('folder.unread'), { kind: 'unread' }) : null}
      {folders.map(({ id, name, emoji }) => tab(emoji ? `${emoji} ${name}` : name, { kind: 'folder', id }))}
      {hasAway || shelf.kind === 'away' ? tab(say('folder.away'), { kind: 'away' }) : null}
    </ul>
  );
}
