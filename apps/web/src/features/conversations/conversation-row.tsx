// A conversation in the list: who or what, what was last, when, what is unread, who types.
import { usePerson, usePresence, useTyping } from '@kith/react';
import type { ConversationView } from '@kith/sdk';
import { AtSign, BellOff, Hash, Pin } from 'lucide-react';
import { memo, type ReactElement } from 'react';
import { openConversation } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { whenOf } from '../../text/times.js';
import { Avatar } from '../../ui/avatar.js';
import { Moment } from '../../ui/moment.js';
import { useNames } from '../people/names.js';
import { typingWords } from '../people/typing-words.js';
import { namedInPreview, previewOf } from './preview.js';
import { useTitleOf } from './titles.js';

export type ConversationRowProps = {
  readonly conversation: ConversationView;
  readonly isOpen: boolean;
  readonly isPinned: boolean;
  /** What this person has begun to write there. */
  readonly draft: string | null;
};

export const ConversationRow = memo(function ConversationRow(props: ConversationRowProps): ReactElement {
  const { conversation, isOpen, isPinned, draft } = props;
  const { id, kind, peer, updatedAt, unread, mentions, isMuted } = conversation;
  const title = useTitleOf(conversation);
  const presence = usePresence(peer === null ? [] : [peer]);
  return (
    <li>
      <button
        type="button"
        className="row"
        aria-current={isOpen ? 'true' : undefined}
        onClick={() => openConversation(id)}
      >
        <Avatar
          id={peer ?? id}
          name={title}
          isPlace={kind !== 'direct'}
          status={peer === null ? undefined : presence.get(peer)?.status}
        />
        <span className="row-title">
          {kind === 'channel' ? <Hash size={14} aria-hidden="true" /> : null}
          <bdi>{title}</bdi>
        </span>
        <Moment at={updatedAt} className="row-when" words={(at) => whenOf(at, Date.now())} />
        <Preview conversation={conversation} draft={isOpen ? null : draft} />
        <Marks unread={unread} mentions={mentions} isMuted={isMuted} isPinned={isPinned} />
      </button>
    </li>
  );
});

type PreviewProps = { readonly conversation: ConversationView; readonly draft: string | null };

function Preview({ conversation, draft }: PreviewProps): ReactElement {
  const say = useText();
  const person = usePerson();
  const typists = useTyping(conversation.id);
  const names = useNames([...namedInPreview(conversation), ...typists]);
  const nameOf = (user: string | undefined) => names.get(user ?? '') ?? '';
  if (typists.length > 0) return <span className="row-preview typing-now">{typingWords(typists.map(nameOf))}</span>;
  if (draft !== null)
    return (
      <span className="row-preview">
        <span className="draft">{say('preview.draft')}</span> <bdi>{draft}</bdi>
      </span>
    );
  const { speaker, text } = previewOf(conversation, person?.id ?? '', nameOf);
  return (
    <span className="row-preview" dir="auto">
      {speaker === null ? null : (
        <>
          <bdi>{speaker}</bdi>:{' '}
        </>
      )}
      {text}
    </span>
  );
}

type MarksProps = Pick<ConversationView, 'unread' | 'mentions' | 'isMuted'> & { readonly isPinned: boolean };

function Marks({ unread, mentions, isMuted, isPinned }: MarksProps): ReactElement {
  const say = useText();
  return (
    <span className="row-marks">
      {isMuted ? <BellOff size={14} aria-label={say('row.muted')} /> : null}
      {isPinned && unread === 0 ? <Pin size={14} aria-label={say('row.pinned')} /> : null}
      {mentions > 0 ? (
        <span className="badge">
          <AtSign size={12} aria-hidden="true" />
          <span className="unseen">{say('row.mentions', { count: mentions })}</span>
        </span>
      ) : null}
      {unread > 0 ? (
        <span className={isMuted && mentions === 0 ? 'badge muted' : 'badge'}>
          <span aria-hidden="true">{unread > 999 ? '999+' : unread}</span>
          <span className="unseen">{say('row.unread', { count: unread })}</span>
        </span>
      ) : null}
    </span>
  );
}
