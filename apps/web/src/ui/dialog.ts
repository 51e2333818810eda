// A modal dialog: the browser keeps the focus in it and closes it on Escape; here it gets a title, a way out, a place for
// what went wrong, and is removed when it closes.
import { Refusal } from '@kith/sdk';
import { el, on, setText } from './element.js';

export type Dialog = {
  readonly body: HTMLElement;
  /** Runs what a button of the dialog does; a refusal is shown in it. */
  readonly attempt: (work: () => Promise<unknown>, then?: () => void) => void;
  readonly close: () => void;
  readonly onClose: (listen: () => void) => void;
};

let made = 0;

export function openDialog(title: string): Dialog {
  made += 1;
  const id = `dialog-${made}`;
  const close = el('button', { type: 'button', class: 'icon', 'aria-label': 'Close' }, '✕');
  const problem = el('p', { class: 'problem', role: 'alert' });
  const body = el('div', { class: 'dialog-body' });
  const element = el(
    'dialog',
    { 'aria-labelledby': id },
    el('header', {}, el('h2', { id }, title), close),
    body,
    problem,
  );
  on(close, 'click', () => element.close());
  on(element, 'close', () => element.remove());
  document.body.append(element);
  element.showModal();
  return {
    body,
    attempt: (work, then) => {
      setText(problem, '');
      work().then(then, (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        setText(problem, error.code === 'unavailable' ? 'No connection. Please try again.' : `${error.message}.`);
      });
    },
    close: () => element.close(),
    onClose: (listen) => on(element, 'close', listen),
  };
}
