// What the text that is being written is about: the message that it answers, or that it changes.
import type { ShownItem } from '@kith/sdk';
import { X } from 'lucide-react';
import type { ReactElement } from 'react';
import { isolated, useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import { useName } from '../people/names.js';

const MOST_UNITS = 300;

export type AboutProps = {
  readonly item: ShownItem;
  /** Instead of whom it answers. */
  readonly words?: string;
  readonly isOwn?: boolean;
  readonly onEnd: () => void;
};

export function About({ item, words, isOwn = false, onEnd }: AboutProps): ReactElement {
  const say = useText();
  const name = useName(item.author);
  const { text } = item.body;
  const said = typeof text === 'string' ? text.slice(0, MOST_UNITS).toWellFormed() : say('message.deleted');
  const answered = isOwn
    ? say('composer.replyToOwn', { text: said })
    : say('composer.replyTo', { name: isolated(name), text: said });
  return (
    <div className="about-line">
      <p dir="auto">{words === undefined ? answered : `${words}: ${said}`}</p>
      <IconButton
        label={say(words === undefined ? 'composer.noReply' : 'composer.noEdit')}
        icon={X}
        size={16}
        onClick={onEnd}
      />
    </div>
  );
}
