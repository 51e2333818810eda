// A message outside of its log: in pins, in what was found, in a list of threads; a press goes to where it stands.
import type { EntryFields } from '@kith/protocol';
import type { ReactElement, ReactNode } from 'react';
import { openConversation } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { dayOf, timeOf } from '../../text/times.js';
import { Avatar } from '../../ui/avatar.js';
import { Moment } from '../../ui/moment.js';
import { useName } from '../people/names.js';

export type ShownMessageProps = {
  readonly item: {
    readonly conversation: string;
    readonly seq: number;
    readonly at: number;
    readonly author?: string;
    readonly body: EntryFields;
  };
  /** Instead of its text. */
  readonly words?: ReactNode;
  /** Beside its author, such as where it stands. */
  readonly place?: ReactNode;
  /** Instead of going to where it stands. */
  readonly onOpen?: () => void;
};

export function ShownMessage({ item, words, place, onOpen }: ShownMessageProps): ReactElement {
  const say = useText();
  const { conversation, seq, at, author, body } = item;
  const name = useName(author);
  return (
    <button type="button" className="shown" onClick={onOpen ?? (() => openConversation(conversation, seq))}>
      <Avatar id={author ?? ''} name={name} size={32} />
      <span className="shown-words">
        <span className="shown-head">
          <bdi className="author">{name}</bdi>
          {place}
          <Moment
            at={at}
            className="hint"
            words={(when) => say('history.when', { day: dayOf(when, Date.now()), time: timeOf(when) })}
          />
        </span>
        <span className="shown-text" dir="auto">
          {words ?? (typeof body.text === 'string' ? body.text.slice(0, 600).toWellFormed() : say('message.deleted'))}
        </span>
      </span>
    </button>
  );
}
