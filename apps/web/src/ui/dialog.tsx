// A modal dialog: the browser keeps the focus in it, gives it back when it closes, and closes it on Escape; here it has a
// title, a way out, and a place for what went wrong. Where there is something to fill in, that has the focus first.
import { X } from 'lucide-react';
import { createContext, type ReactElement, type ReactNode, useEffect, useId, useState } from 'react';
import { useText } from '../text/text.js';
import { IconButton } from './icon-button.js';
import { Problem } from './problem.js';

/** Where menus of what is in a dialog open: elsewhere nothing can be pressed as long as it is there. */
export const DialogPlace = createContext<HTMLElement | null>(null);

/** In which one writes: not the one beside choices that are nearer at hand. */
const FIELDS = '.dialog-body :is(textarea, input:is([type=text], [type=search]):not([readonly]))';

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
  const [element, setElement] = useState<HTMLDialogElement | null>(null);
  const id = useId();
  useEffect(() => {
    if (element && !element.open) open(element);
    return () => element?.close();
  }, [element]);
  return (
    <dialog
      ref={setElement}
      className={isWide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => {
        if (event.target === element) onClose();
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <IconButton label={say('action.close')} icon={X} onClick={onClose} />
      </header>
      <div className="dialog-body">
        <DialogPlace value={element}>{children}</DialogPlace>
        <Problem text={problem} />
      </div>
    </dialog>
  );
}

/** On a phone the keyboard would hide half of it before anything was read. */
function open(dialog: HTMLDialogElement): void {
  dialog.showModal();
  if (!matchMedia('(hover: hover)').matches) return;
  const field = dialog.querySelector<HTMLElement>(FIELDS);
  field?.focus();
}
