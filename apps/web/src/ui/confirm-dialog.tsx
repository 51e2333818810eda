// Asks before something is done that is hard or impossible to undo.
import type { ReactElement, ReactNode } from 'react';
import { useText } from '../text/text.js';
import { Dialog } from './dialog.js';
import { useAttempt } from './use-attempt.js';

export type ConfirmDialogProps = {
  readonly title: string;
  readonly about: string;
  /** On the button that does it. */
  readonly action: string;
  readonly onAgreed: () => Promise<unknown>;
  readonly onClose: () => void;
  /** What it is done with. */
  readonly children?: ReactNode;
};

export function ConfirmDialog({ title, about, action, onAgreed, onClose, children }: ConfirmDialogProps): ReactElement {
  const say = useText();
  const { problem, isBusy, attempt } = useAttempt();
  return (
    <Dialog title={title} problem={problem} onClose={onClose}>
      <p>{about}</p>
      {children}
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
