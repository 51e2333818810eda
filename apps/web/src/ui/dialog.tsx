// A modal dialog: the browser keeps the focus in it, gives it back when it closes, and closes it on Escape; here it has a
// title, a way out, and a place for what went wrong.
import { X } from 'lucide-react';
import { type ReactElement, type ReactNode, useEffect, useId, useRef } from 'react';
import { useText } from '../text/text.js';
import { IconButton } from './icon-button.js';
import { Problem } from './problem.js';

export type DialogProps = {
  readonly title: string;
  readonly onClose: () => void;
  readonly isWide?: boolean;
  /** What was refused, in words. */
  readonly problem?: string | null;
  readonly children: ReactNode;
};

export function Dialog({ title, onClose, isWide = false, problem = null, children }: DialogProps): ReactElement {
  const say = useText();
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className={isWide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <IconButton label={say('action.close')} icon={X} onClick={onClose} />
      </header>
      <div className="dialog-body">
        {children}
        <Problem text={problem} />
      </div>
    </dialog>
  );
}
