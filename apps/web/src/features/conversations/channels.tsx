// The public channels of the workspace, to be found and joined.
import { type Channel, isAllowed } from '@kith/protocol';
import type { Person } from '@kith/sdk';
import { type ReactElement, useEffect, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { showDialog } from '../../shell/panel.js';
import { openConversation } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { askLater } from '../../ui/ask-later.js';
import { Avatar } from '../../ui/avatar.js';
import { Dialog } from '../../ui/dialog.js';
import { SearchBox } from '../../ui/search-box.js';
import { useAttempt, wordsOfRefusal } from '../../ui/use-attempt.js';

const WAIT_MS = 200;

type Page = { readonly items: readonly Channel[]; readonly next: string | null };

export function Channels({ person, onClose }: { readonly person: Person; readonly onClose: () => void }): ReactElement {
  const say = useText();
  const [query, setQuery] = useState('');
  const [page, setPage] = useState<Page | null>(null);
  const { problem, isBusy, attempt } = useAttempt();
  const [unread, setUnread] = useState<string | null>(null);
  const wanted = query.trim();
  useEffect(() => {
    return askLater({
      waitMs: WAIT_MS,
      ask: () => person.command('channels.list', wanted === '' ? {} : { query: wanted }),
      onAnswer: ({ items, next }) => setPage({ items, next }),
      onRefusal: (refusal) => setUnread(wordsOfRefusal(refusal)),
    });
  }, [person, wanted]);

  function more(): void {
    if (!page?.next) return;
    const { next, items } = page;
    attempt(async () => {
      const further = await person.command('channels.list', {
        cursor: next,
        ...(wanted === '' ? {} : { query: wanted }),
      });
      setPage({ items: [...items, ...further.items], next: further.next });
    });
  }

  function open(channel: Channel): void {
    attempt(async () => {
      if (channel.role === 'none') await person.command('channel.join', { conversation: channel.id, key: makeKey() });
      onClose();
      openConversation(channel.id);
    });
  }

  return (
    <Dialog title={say('channels.title')} isWide problem={problem ?? unread} onClose={onClose}>
      <SearchBox value={query} label={say('channels.find')} onChange={setQuery} />
      <ul className="people" aria-label={say('channels.title')}>
        {page?.items.map((channel) => (
          <li key={channel.id}>
            <Avatar id={channel.id} name={channel.name ?? ''} isPlace avatar={channel.avatar} />
            <span className="who">
              <span className="title">
                <bdi>{channel.name}</bdi>
              </span>
              <span className="about" dir="auto">
                {[
                  say('conversation.members', { count: channel.members }),
                  channel.readers === undefined ? null : say('channels.readers', { count: channel.readers }),
                  channel.topic,
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
            <button type="button" className="button" disabled={isBusy} onClick={() => open(channel)}>
              {say(isAllowed('conversation.read', 'channel', channel.role) ? 'channels.open' : 'channels.join')}
            </button>
          </li>
        ))}
      </ul>
      {page?.next ? (
        <button type="button" className="button" disabled={isBusy} onClick={more}>
          {say('action.more')}
        </button>
      ) : null}
      {page !== null && page.items.length === 0 ? (
        <div className="empty">
          <p>{say('channels.none')}</p>
          <button type="button" className="button" onClick={() => showDialog('new')}>
            {say('new.title')}
          </button>
        </div>
      ) : null}
    </Dialog>
  );
}
