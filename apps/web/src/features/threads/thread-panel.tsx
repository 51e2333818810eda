// A thread beside the conversation: the message that it begins with, what answers it, and a field of its own.
import { isAllowed } from '@kith/protocol';
import { useComposer, useConversation, useObservable } from '@kith/react';
import type { MessagePlace, Person } from '@kith/sdk';
import { Thread, type ThreadView } from '@kith/sdk/threads/thread';
import { Bell, BellOff, SendHorizontal } from 'lucide-react';
import { type ReactElement, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { LengthLeft, lengthLeft } from '../composer/length-left.js';
import { Message } from '../timeline/message.js';
import { UnsentMessage } from '../timeline/unsent-message.js';

export type ThreadPanelProps = { readonly person: Person; readonly place: MessagePlace };

const UNKNOWN: ThreadView = {
  message: null,
  items: [],
  hasBefore: false,
  standing: { follows: false, read: 0, unread: 0, mentions: 0 },
  isLoading: true,
  error: null,
};

export function ThreadPanel({ person, place }: ThreadPanelProps): ReactElement {
  const say = useText();
  const thread = useOpenThread(person, place);
  const view = useObservable(thread?.view, UNKNOWN);
  const conversation = useConversation(place.conversation);
  const { unsent } = useComposer(place.conversation);
  const { problem, attempt } = useAttempt();
  const end = useRef<HTMLDivElement>(null);
  const { message, items, hasBefore, standing } = view;
  const inThread = new Set(items.map(({ key }) => key));
  const waiting = unsent.filter(
    ({ command, key, params }) => command === 'message.send' && params.thread === place.seq && !inThread.has(key),
  );
  const last = items.at(-1)?.seq;
  const count = items.length + waiting.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whatever is added below is shown
  useLayoutEffect(() => {
    end.current?.scrollIntoView({ block: 'end' });
  }, [count]);
  useEffect(() => {
    if (last !== undefined && document.hasFocus()) thread?.looked(last);
  }, [thread, last]);
  if (conversation === null) return <div className="panel-body" />;
  const { kind, role } = conversation;
  const shown = { change: null, quote: undefined, kind, role, onReply: null, onEdit: null, onGoTo: null } as const;
  return (
    <>
      <div className="panel-body thread">
        <p className="thread-head">
          <button
            type="button"
            className="button quiet"
            aria-pressed={standing.follows}
            onClick={() => attempt(async () => await thread?.follow(!standing.follows))}
          >
            {standing.follows ? <BellOff size={16} aria-hidden="true" /> : <Bell size={16} aria-hidden="true" />}
            {say(standing.follows ? 'thread.unfollow' : 'thread.follow')}
          </button>
        </p>
        {message ? <Message item={message} isFirst isLast {...shown} /> : null}
        {hasBefore ? (
          <button type="button" className="link centred" onClick={() => void thread?.loadBefore()}>
            {say('timeline.earlier')}
          </button>
        ) : null}
        {items.map((item, index) => (
          <Message
            key={item.seq}
            item={item}
            isFirst={items[index - 1]?.author !== item.author}
            isLast={items[index + 1]?.author !== item.author}
            {...shown}
          />
        ))}
        {waiting.map((item) => (
          <UnsentMessage key={item.key} item={item} isFirst={false} quote={undefined} />
        ))}
        {view.error !== null && message === null ? <p className="hint empty">{say('timeline.unread')}</p> : null}
        <div ref={end} />
      </div>
      {isAllowed('message.send', kind, role) ? <AnswerField person={person} place={place} /> : null}
      <Problem text={problem} />
    </>
  );
}

function useOpenThread(person: Person, { conversation, epoch, seq }: MessagePlace): Thread | null {
  const [thread, setThread] = useState<Thread | null>(null);
  useEffect(() => {
    const opened = new Thread(person, { conversation, epoch, seq });
    setThread(opened);
    return () => opened.close();
  }, [person, conversation, epoch, seq]);
  return thread;
}

function AnswerField({ person, place }: ThreadPanelProps): ReactElement {
  const say = useText();
  const [text, setText] = useState('');
  const { problem, attempt } = useAttempt();
  function send(): void {
    const wanted = text.replaceAll('\0', '').toWellFormed();
    if (wanted.trim() === '' || lengthLeft(wanted) < 0) return;
    setText('');
    attempt(() => person.send(place.conversation, wanted, { thread: place.seq }));
  }
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Problem text={problem} />
      <LengthLeft text={text} />
      <div className="composer-line">
        <textarea
          className="input"
          rows={1}
          aria-invalid={lengthLeft(text) < 0}
          value={text}
          dir="auto"
          placeholder={say('thread.placeholder')}
          aria-label={say('thread.placeholder')}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <IconButton type="submit" className="send" label={say('thread.send')} icon={SendHorizontal} />
      </div>
    </form>
  );
}
