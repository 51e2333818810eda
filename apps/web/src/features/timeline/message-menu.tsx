// All that can be done with a message, since there is not always room for other buttons: react, reply, edit, copy it or several,
// link, remind, pin, forward, hide, delete.
import { usePerson } from '@kith/react';
import type { ShownItem } from '@kith/sdk';
import { setPinned } from '@kith/sdk/pins/pins';
import {
  AlarmClock,
  Clipboard,
  EyeOff,
  Forward,
  Link,
  ListChecks,
  MessageSquareReply,
  MoreHorizontal,
  Pencil,
  Pin,
  PinOff,
  Reply,
  SmilePlus,
  Trash2,
} from 'lucide-react';
import { lazy, type ReactElement, Suspense, useRef, useState } from 'react';
import { showPanel } from '../../shell/panel.js';
import { addressOf } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import { Menu, MenuItem, MenuLine } from '../../ui/menu.js';
import { toggleChosen } from './choosing.js';
import type { MessageActionsProps } from './message-actions.js';
import type { Rights } from './rights.js';

const ForwardDialog = lazy(async () => ({ default: (await import('./forward-dialog.js')).ForwardDialog }));
const ReminderDialog = lazy(async () => ({ default: (await import('./reminder-dialog.js')).ReminderDialog }));
const HideDialog = lazy(async () => ({ default: (await import('./hide-dialog.js')).HideDialog }));
const DeleteDialog = lazy(async () => ({ default: (await import('./delete-dialog.js')).DeleteDialog }));

export type MessageMenuProps = MessageActionsProps & {
  readonly rights: Rights;
  readonly onReact: () => void;
  readonly onClosed: () => void;
};

type Asked = 'forward' | 'remind' | 'hide' | 'delete';

export function MessageMenu(props: MessageMenuProps): ReactElement {
  const { item, rights, onReply, onEdit, onReact, onClosed } = props;
  const say = useText();
  const person = usePerson();
  const [asked, setAsked] = useState<Asked | null>(null);
  const isAsked = useRef(false);
  function ask(what: Asked): void {
    isAsked.current = true;
    setAsked(what);
  }
  const { conversation, epoch, seq } = item;
  const { text } = item.body;
  const button = <IconButton label={say('message.menu')} icon={MoreHorizontal} size={18} />;
  if (asked !== null && person !== null)
    return (
      <>
        {button}
        <Suspense fallback={null}>
          <MessageDialog asked={asked} item={item} onClose={onClosed} />
        </Suspense>
      </>
    );
  return (
    <Menu
      isOpenAtFirst
      trigger={button}
      onClosed={() => {
        // What was chosen may open a dialog in its place.
        if (!isAsked.current) onClosed();
      }}
    >
      {rights.mayReact ? (
        <MenuItem
          icon={SmilePlus}
          onSelect={() => {
            isAsked.current = true;
            onReact();
          }}
        >
          {say('message.react')}
        </MenuItem>
      ) : null}
      {rights.mayWrite && onReply ? (
        <MenuItem icon={Reply} onSelect={() => onReply(item)}>
          {say('message.reply')}
        </MenuItem>
      ) : null}
      {rights.mayWrite && onReply && item.body.thread === undefined ? (
        <MenuItem
          icon={MessageSquareReply}
          onSelect={() => showPanel({ kind: 'thread', message: { conversation, epoch, seq } })}
        >
          {say('message.thread')}
        </MenuItem>
      ) : null}
      {rights.mayEdit && onEdit ? (
        <MenuItem icon={Pencil} onSelect={() => onEdit(item)}>
          {say('message.edit')}
        </MenuItem>
      ) : null}
      {typeof text === 'string' ? (
        <MenuItem icon={Clipboard} onSelect={() => void navigator.clipboard?.writeText(text)}>
          {say('message.copy')}
        </MenuItem>
      ) : null}
      <MenuItem icon={ListChecks} onSelect={() => toggleChosen(item)}>
        {say('copy.start')}
      </MenuItem>
      <MenuItem icon={Link} onSelect={() => void navigator.clipboard?.writeText(linkTo(conversation, seq))}>
        {say('message.link')}
      </MenuItem>
      <MenuItem icon={Forward} onSelect={() => ask('forward')}>
        {say('message.forward')}
      </MenuItem>
      <MenuItem icon={AlarmClock} onSelect={() => ask('remind')}>
        {say('message.remind')}
      </MenuItem>
      {rights.mayPin ? (
        <MenuItem
          icon={item.pinned ? PinOff : Pin}
          onSelect={() => person && void setPinned(person, item, !item.pinned)}
        >
          {say(item.pinned ? 'message.unpin' : 'message.pin')}
        </MenuItem>
      ) : null}
      <MenuLine />
      <MenuItem icon={EyeOff} isDangerous onSelect={() => ask('hide')}>
        {say('message.hide')}
      </MenuItem>
      {rights.mayDelete ? (
        <MenuItem icon={Trash2} isDangerous onSelect={() => ask('delete')}>
          {say('message.deleteForAll')}
        </MenuItem>
      ) : null}
    </Menu>
  );
}

type MessageDialogProps = { readonly asked: Asked; readonly item: ShownItem; readonly onClose: () => void };

function MessageDialog({ asked, item, onClose }: MessageDialogProps): ReactElement {
  switch (asked) {
    case 'forward':
      return <ForwardDialog item={item} onClose={onClose} />;
    case 'remind':
      return <ReminderDialog item={item} onClose={onClose} />;
    case 'hide':
      return <HideDialog item={item} onClose={onClose} />;
    case 'delete':
      return <DeleteDialog item={item} onClose={onClose} />;
  }
}

function linkTo(conversation: string, seq: number): string {
  return `${location.origin}/${addressOf({ conversation, seq })}`;
}
