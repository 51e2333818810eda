// What can be done with a message, beside it: reply, react, and the rest in a menu that is loaded when it is first opened.
import { MessageSquareReply, MoreHorizontal, Reply, SmilePlus } from 'lucide-react';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { showPanel } from '../../shell/panel.js';
import { useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import type { MessageProps } from './message.js';
import { rightsOn } from './rights.js';

const MessageMenu = lazy(async () => ({ default: (await import('./message-menu.js')).MessageMenu }));
const ReactionPicker = lazy(async () => ({ default: (await import('./reaction-picker.js')).ReactionPicker }));

export type MessageActionsProps = MessageProps & { readonly isOwn: boolean };

export function MessageActions(props: MessageActionsProps): ReactElement | null {
  const { item, onReply } = props;
  const say = useText();
  const [opened, setOpened] = useState<'menu' | 'emoji' | null>(null);
  const rights = rightsOn(props);
  if (item.erased) return null;
  const { conversation, epoch, seq } = item;
  const more = (
    <IconButton
      label={say('message.menu')}
      icon={MoreHorizontal}
      size={18}
      aria-haspopup="menu"
      onClick={() => setOpened('menu')}
    />
  );
  const react = (
    <IconButton
      label={say('message.react')}
      icon={SmilePlus}
      size={18}
      aria-haspopup="dialog"
      onClick={() => setOpened('emoji')}
    />
  );
  return (
    <div className={opened === null ? 'message-actions' : 'message-actions open'}>
      {!rights.mayReact ? null : opened === 'emoji' ? (
        <Suspense fallback={react}>
          <ReactionPicker item={item} onClosed={() => setOpened(null)} />
        </Suspense>
      ) : (
        react
      )}
      {rights.mayWrite && onReply ? (
        <IconButton label={say('message.reply')} icon={Reply} size={18} onClick={() => onReply(item)} />
      ) : null}
      {onReply && item.body.thread === undefined && rights.mayWrite ? (
        <IconButton
          label={say('message.thread')}
          icon={MessageSquareReply}
          size={18}
          onClick={() => showPanel({ kind: 'thread', message: { conversation, epoch, seq } })}
        />
      ) : null}
      {opened === 'menu' ? (
        <Suspense fallback={more}>
          <MessageMenu {...props} rights={rights} onReact={() => setOpened('emoji')} onClosed={() => setOpened(null)} />
        </Suspense>
      ) : (
        more
      )}
    </div>
  );
}
