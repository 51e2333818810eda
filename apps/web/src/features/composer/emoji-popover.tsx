// The emoji picker of the composer.
import { Smile } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { EmojiPicker } from '../../ui/emoji-picker.js';
import { IconButton } from '../../ui/icon-button.js';
import { Popover } from '../../ui/popover.js';

export type EmojiPopoverProps = { readonly onChoose: (emoji: string) => void; readonly onClosed: () => void };

export function EmojiPopover({ onChoose, onClosed }: EmojiPopoverProps): ReactElement {
  const say = useText();
  return (
    <Popover
      isOpenAtFirst
      label={say('composer.emoji')}
      trigger={<IconButton label={say('composer.emoji')} icon={Smile} />}
      onClosed={onClosed}
    >
      <EmojiPicker onChoose={onChoose} />
    </Popover>
  );
}
