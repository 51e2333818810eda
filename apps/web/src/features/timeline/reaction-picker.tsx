// Puts an emoji on a message: the ones that are used most at a press, all others behind a search.
import { usePerson } from '@kith/react';
import type { ShownItem } from '@kith/sdk';
import { SmilePlus } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { EmojiPicker } from '../../ui/emoji-picker.js';
import { IconButton } from '../../ui/icon-button.js';
import { Popover } from '../../ui/popover.js';

const QUICK = ['👍', '❤️', '😂', '🎉', '😮', '🙏', '👀', '✅'];

export type ReactionPickerProps = { readonly item: ShownItem; readonly onClosed: () => void };

export function ReactionPicker({ item, onClosed }: ReactionPickerProps): ReactElement {
  const say = useText();
  const person = usePerson();
  function react(emoji: string): void {
    void person?.react(item, emoji);
    onClosed();
  }
  return (
    <Popover
      isOpenAtFirst
      label={say('message.react')}
      trigger={<IconButton label={say('message.react')} icon={SmilePlus} size={18} />}
      onClosed={onClosed}
    >
      <ul className="quick-emojis" aria-label={say('emoji.quick')}>
        {QUICK.map((emoji) => (
          <li key={emoji}>
            <button type="button" className="emoji" onClick={() => react(emoji)}>
              {emoji}
            </button>
          </li>
        ))}
      </ul>
      <EmojiPicker onChoose={react} />
    </Popover>
  );
}
