// The side with the list: who is signed in, what can be begun, and how the connection is.
import { useSession } from '@kith/react';
import type { Person } from '@kith/sdk';
import { Hash, MessagesSquare, Search, Settings, SquarePen, TextSearch } from 'lucide-react';
import type { ReactElement } from 'react';
import { StateLines } from '../../shell/connection-line.js';
import { showDialog, togglePanel } from '../../shell/panel.js';
import { useNarrow } from '../../shell/use-narrow.js';
import { useText } from '../../text/text.js';
import { Avatar } from '../../ui/avatar.js';
import { IconButton } from '../../ui/icon-button.js';
import { useName } from '../people/names.js';
import { ConversationList } from './conversation-list.js';

export function Sidebar({ person, open }: { readonly person: Person; readonly open: string | null }): ReactElement {
  const say = useText();
  const session = useSession();
  const isNarrow = useNarrow();
  const known = useName(person.id);
  const name = session.kind === 'signed_in' ? session.user.name : known;
  return (
    <nav className="sidebar" aria-label={say('list.name')}>
      <header>
        <Avatar id={person.id} name={name} size={36} />
        <h1>
          <bdi>{name}</bdi>
        </h1>
        <IconButton label={say('settings.title')} icon={Settings} onClick={() => showDialog('settings')} />
      </header>
      {isNarrow && open !== null ? null : <StateLines />}
      <div className="sidebar-actions">
        <button
          type="button"
          className="button quiet find"
          aria-label={say('switcher.title')}
          aria-keyshortcuts="Control+K"
          onClick={() => showDialog('switcher')}
        >
          <Search size={16} aria-hidden="true" />
          <span>{say('switcher.title')}</span>
          <span className="keycap">{KEY} K</span>
        </button>
        <IconButton label={say('new.title')} icon={SquarePen} onClick={() => showDialog('new')} />
      </div>
      <ConversationList open={open} />
      <ul className="places">
        <Place icon={MessagesSquare} name={say('threads.title')} onOpen={() => togglePanel({ kind: 'threads' })} />
        <Place icon={Hash} name={say('channels.title')} onOpen={() => showDialog('channels')} />
        <Place
          icon={TextSearch}
          name={say('search.title')}
          onOpen={() => togglePanel({ kind: 'search', conversation: null })}
        />
      </ul>
    </nav>
  );
}

const KEY = /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘' : 'Ctrl';

type PlaceProps = { readonly icon: typeof Hash; readonly name: string; readonly onOpen: () => void };

function Place({ icon: Icon, name, onOpen }: PlaceProps): ReactElement {
  return (
    <li>
      <button type="button" onClick={onOpen}>
        <Icon size={20} aria-hidden="true" />
        <span>{name}</span>
      </button>
    </li>
  );
}
