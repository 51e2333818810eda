// Asks before a message is deleted for everyone.
import { usePerson } from '@kith/react';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { AskingDialog, type MessageDialogProps } from './asking-dialog.js';

export function DeleteDialog(props: MessageDialogProps): ReactElement {
  const say = useText();
  const person = usePerson();
  return (
    <AskingDialog
      {...props}
      title={say('delete.title')}
      about={say('delete.about')}
      action={say('message.deleteForAll')}
      onAgreed={async () => await person?.deleteMessage(props.item)}
    />
  );
}
