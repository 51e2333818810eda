// Asks before something is done with a message that cannot be undone.
import type { ShownItem } from '@kith/sdk';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { Dialog } from '../../ui/dialog.js';
import { useAttempt } from '../../ui/use-attempt.js';

export type MessageDialogProps = { readonly item: ShownItem; readonly onClose: () => void };

export type AskingDialogProps = MessageDialogProps & {
  readonly title: string;
  readonly about: string;
  /** On the button that does it. */
  readonly action: string;
  readonly onAgreed: () => Promise<unknown>;
};

export function AskingDialog({ item, onClose, title, about, action, onAgreed }: AskingDialogProps): ReactElement {
  const say = useText();
  const { problem, isBusy, attempt } = useAttempt();
  return (
    <Dialog title={title} problem={problem} onClose={onClose}>
      <p>{about}</p>
      <blockquote className="shown-message" dir="auto">
        {typeof item.body.text === 'string' ? item.body.text.slice(0, 300).toWellFormed() : ''}
      </blockquote>
      <div className="actions">
        <button type="button" className="button" onClick={onClose}>
          {say('action.cancel')}
        </button>
        <button type="button" className="button danger" disabled={isBusy} onClick={() => attempt(onAgreed, onClose)}>
          {action}
        </button>
      </div>
    </Dialog>
  );
}
