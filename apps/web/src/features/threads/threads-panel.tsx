// The threads that a person follows, the one that was answered last first.
import { useConversation, useObservable } from '@kith/react';
import type { Person } from '@kith/sdk';
import { Threads, type ThreadsView } from '@kith/sdk/threads/threads';
import { type ReactElement, useEffect, useState } from 'react';
import { showPanel } from '../../shell/panel.js';
import { openConversation } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { useTitleOf } from '../conversations/titles.js';
import { ShownMessage } from '../timeline/shown-message.js';

const UNKNOWN: ThreadsView = { items: [], unread: 0, hasMore: false, isLoading: true, error: null };

export function ThreadsPanel({ person }: { readonly person: Person }): ReactElement {
  const say = useText();
  const [threads, setThreads] = useState<Threads | null>(null);
  useEffect(() => {
    const opened = new Threads(person);
    setThreads(opened);
    return () => opened.close();
  }, [person]);
  const { items, hasMore, isLoading } = useObservable(threads?.view, UNKNOWN);
  return (
    <div className="panel-body">
      <ul aria-label={say('threads.title')}>
        {items.map((one) => (
          <li key={`${one.conversation} ${one.thread}`} className="shown-row">
            <ShownMessage
              item={one.message}
              place={<PlaceOf id={one.conversation} />}
              onOpen={() => {
                const { conversation, epoch, thread: seq } = one;
                openConversation(conversation);
                showPanel({ kind: 'thread', message: { conversation, epoch, seq } });
              }}
            />
            {one.unread > 0 ? (
              <span className="badge">
                <span aria-hidden="true">{one.unread}</span>
                <span className="unseen">{say('row.unread', { count: one.unread })}</span>
              </span>
            ) : null}
          </li>
        ))}
      </ul>
      {hasMore ? (
        <button type="button" className="button" onClick={() => void threads?.loadMore()}>
          {say('action.more')}
        </button>
      ) : null}
      {!isLoading && items.length === 0 ? <p className="hint empty">{say('threads.none')}</p> : null}
    </div>
  );
}

export function PlaceOf({ id }: { readonly id: string }): ReactElement | null {
  const conversation = useConversation(id);
  return conversation && <PlaceTitle conversation={conversation} />;
}

function PlaceTitle({ conversation }: { readonly conversation: Parameters<typeof useTitleOf>[0] }): ReactElement {
  return <bdi className="hint">{useTitleOf(conversation)}</bdi>;
}
