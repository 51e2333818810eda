// Asks before a message is hidden from who reads it, and from nobody else.
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { AskingDialog, type MessageDialogProps } from './asking-dialog.js';
import { useHide } from './hiding.js';

export function HideDialog(props: MessageDialogProps): ReactElement {
  const say = useText();
  const hide = useHide();
  return (
    <AskingDialog
      {...props}
      title={say('hide.title')}
      about={say('hide.about')}
      action={say('message.hide')}
      onAgreed={() => hide(props.item)}
    />
  );
}
