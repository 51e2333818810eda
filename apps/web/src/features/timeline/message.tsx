// One message: who wrote it (once in a run), what it answers, its text, what others think of it, when, and how far it got.
// It is rendered anew when something of it changes, and not when its neighbours do.
import type { ConversationKind, EntryBody, Role } from '@kith/protocol';
import { usePerson } from '@kith/react';
import type { OutboxItem, ShownItem } from '@kith/sdk';
import { MessageSquareReply, Pin } from 'lucide-react';
import { lazy, memo, type ReactElement, Suspense, useState } from 'react';
import { showPanel } from '../../shell/panel.js';
import { isolated, useText } from '../../text/text.js';
import { timeOf } from '../../text/times.js';
import { Avatar } from '../../ui/avatar.js';
import { Moment } from '../../ui/moment.js';
import { useName } from '../people/names.js';
import { toggleChosen, useIsChosen } from './choosing.js';
import { MarkedText } from './marked-text.js';
import { MessageActions } from './message-actions.js';
import { Quote } from './quote.js';
import { Reactions } from './reactions.js';
import { LogTicks, WayTicks } from './ticks.js';
import { Remedies } from './unsent-message.js';

const PollCard = lazy(async () => ({ default: (await import('../polls/poll-card.js')).PollCard }));
const History = lazy(async () => ({ default: (await import('./history.js')).History }));

export type MessageProps = {
  readonly item: ShownItem;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly change: OutboxItem | null;
  /** What it answers: null where this person can't see that, undefined where it isn't known yet, or it answers nothing. */
  readonly quote: ShownItem | null | undefined;
  readonly kind: ConversationKind;
  readonly role: Role;
  readonly onReply: ((item: ShownItem) => void) | null;
  readonly onEdit: ((item: ShownItem) => void) | null;
  readonly onGoTo: ((seq: number, from: number | null) => void) | null;
};

export const Message = memo(function Message(props: MessageProps): ReactElement {
  const { item, isFirst, isLast, change, quote, kind, role, onGoTo } = props;
  const say = useText();
  const person = usePerson();
  const isOwn = item.author === person?.id;
  const isChosen = useIsChosen(item);
  const [isUnfolded, setUnfolded] = useState(false);
  const { forward, poll } = item.body as Partial<EntryBody<'message.sent'>>;
  const isNamed = isFirst && !isOwn && kind !== 'direct' && kind !== 'self';
  if (item.folded && !isUnfolded)
    return (
      <article className="message theirs folded" data-seq={item.seq} tabIndex={-1}>
        <p className="hint">
          {say('message.folded')}{' '}
          <button type="button" className="link" onClick={() => setUnfolded(true)}>
            {say('message.unfold')}
          </button>
        </p>
      </article>
    );
  return (
    <article className={classesOf(props, person?.id, isChosen !== null)} data-seq={item.seq} tabIndex={-1}>
      {isOwn || kind === 'direct' || kind === 'self' ? null : <AuthorPicture user={item.author} isShown={isLast} />}
      <div className="bubble">
        {isNamed ? <AuthorName user={item.author} /> : null}
        {forward ? <Forwarded user={forward.author} /> : null}
        {quote === undefined ? null : <Quote quoted={quote} onOpen={onGoTo && ((seq) => onGoTo(seq, item.seq))} />}
        <Text item={item} change={change} />
        {poll && !item.erased ? (
          <Suspense fallback={<div className="poll" style={{ minHeight: poll.options.length * 44 + 28 }} />}>
            <PollCard item={item} kind={kind} role={role} />
          </Suspense>
        ) : null}
        <Foot item={item} change={change} kind={kind} isOwn={isOwn} />
        {change?.failure ? <Remedies item={change} drop={say('message.leaveIt')} /> : null}
      </div>
      {isChosen === null ? <MessageActions {...props} isOwn={isOwn} /> : <Chooser item={item} isChosen={isChosen} />}
      <div className="below">
        {item.reactions && item.reactions.length > 0 && !item.erased ? <Reactions item={item} kind={kind} /> : null}
        {item.thread ? <Answers item={item} /> : null}
      </div>
    </article>
  );
});

function classesOf({ item, isFirst, isLast }: MessageProps, me: string | undefined, isChoosing: boolean): string {
  return [
    'message',
    item.author === me ? 'own' : 'theirs',
    isFirst ? 'first' : '',
    isLast ? 'last' : '',
    isChoosing ? 'choosing' : '',
    item.erased ? 'deleted' : '',
    item.author !== me && isMentioned(item, me) ? 'mentions-me' : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** It lies over the whole message: a press anywhere on it chooses. */
function Chooser({ item, isChosen }: { readonly item: ShownItem; readonly isChosen: boolean }): ReactElement {
  const say = useText();
  return (
    <label className="chooser">
      <input type="checkbox" aria-label={say('copy.choose')} checked={isChosen} onChange={() => toggleChosen(item)} />
    </label>
  );
}

type FootProps = Pick<MessageProps, 'item' | 'change' | 'kind'> & { readonly isOwn: boolean };

function Foot({ item, change, kind, isOwn }: FootProps): ReactElement {
  const say = useText();
  const [isHistoryOpen, setHistoryOpen] = useState(false);
  return (
    <span className="foot">
      {item.pinned ? <Pin size={12} aria-label={say('message.pinned')} /> : null}
      {item.edited && !item.erased ? (
        <button type="button" className="link edited" onClick={() => setHistoryOpen(true)}>
          {say('message.edited')}
        </button>
      ) : null}
      <Moment at={item.at} words={timeOf} />
      {isOwn && change ? (
        <WayTicks status={change.status} />
      ) : isOwn ? (
        <LogTicks seq={item.seq} conversation={item.conversation} kind={kind} />
      ) : null}
      {isHistoryOpen ? (
        <Suspense fallback={null}>
          <History item={item} onClose={() => setHistoryOpen(false)} />
        </Suspense>
      ) : null}
    </span>
  );
}

function Text({ item, change }: Pick<MessageProps, 'item' | 'change'>): ReactElement {
  const say = useText();
  const text = change?.params.text ?? item.body.text;
  if (item.erased || typeof text !== 'string')
    return (
      <p className="text gone" dir="auto">
        {say('message.deleted')}
      </p>
    );
  return <MarkedText text={text} mentions={item.body.mentions} />;
}

function AuthorPicture({
  user,
  isShown,
}: {
  readonly user: string | undefined;
  readonly isShown: boolean;
}): ReactElement {
  const name = useName(user);
  return <span className="picture">{isShown ? <Avatar id={user ?? ''} name={name} size={32} /> : null}</span>;
}

function AuthorName({ user }: { readonly user: string | undefined }): ReactElement {
  return (
    <span className="author">
      <bdi>{useName(user)}</bdi>
    </span>
  );
}

function Forwarded({ user }: { readonly user: string }): ReactElement {
  const say = useText();
  const name = useName(user);
  return <span className="author forwarded">{say('message.forwarded', { name: isolated(name) })}</span>;
}

function Answers({ item }: { readonly item: ShownItem }): ReactElement {
  const say = useText();
  const { conversation, epoch, seq, thread } = item;
  return (
    <button
      type="button"
      className="answers"
      onClick={() => showPanel({ kind: 'thread', message: { conversation, epoch, seq } })}
    >
      <MessageSquareReply size={14} aria-hidden="true" />
      {say('thread.answers', { count: thread?.count ?? 0 })}
    </button>
  );
}

function isMentioned({ body }: ShownItem, me: string | undefined): boolean {
  const { mentions } = body;
  return mentions?.all === true || (me !== undefined && mentions?.users?.includes(me) === true);
}
