// Asks before a message is deleted for everyone.
import { usePerson } from '@kith/react';
import type { ShownItem } from '@kith/sdk';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { useAttempt } from '../../ui/use-attempt.js';

export type MessageDialogProps = { readonly item: ShownItem; readonly onClose: () => void };

export function DeleteDialog({ item, onClose }: MessageDialogProps): ReactElement {
  const say = useText();
  const person = usePerson();
  const { problem, isBusy, attempt } = useAttempt();
  return (
    <Dialog title={say('delete.title')} problem={problem} onClose={onClose}>
      <p>{say('delete.about')}</p>
      <blockquote className="shown-message" dir="auto">
        {typeof item.body.text === 'string' ? item.body.text.slice(0, 300).toWellFormed() : ''}
      </blockquote>
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          {say('action.cancel')}
        </button>
        <button
          type="button"
          className="button danger"
          disabled={isBusy}
          onClick={() => attempt(async () => await person?.deleteMessage(item), onClose)}
        >
          {say('message.deleteForAll')}
        </button>
      </div>
    </Dialog>
  );
}
