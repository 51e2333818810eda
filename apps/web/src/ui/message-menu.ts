// What can be done with a message that is in the log: edit it, delete it for everyone, see what it was before. The menu offers
// what the permission matrix of the contract allows to this person; the server decides.
import { isAllowed, LIMITS } from '@kith/protocol';
import type { ConversationView, MessagePlace } from '@kith/sdk';
import { openDialog } from './dialog.js';
import { el, on } from './element.js';
import type { View } from './view.js';
import { dayOf, timeOf } from './words.js';

/** A message, as far as a menu is about it. */
export type MenuRow = {
  readonly place: MessagePlace;
  readonly text: string;
  readonly mayEdit: boolean;
  readonly mayDelete: boolean;
};

/** What this person may do with a message, by their role. */
/** @param isForwarded it repeats what somebody said elsewhere, and stays as that was (O6) */
export function rightsOn(
  { kind, role }: ConversationView,
  { isOwn, isForwarded }: { readonly isOwn: boolean; readonly isForwarded: boolean },
): Pick<MenuRow, 'mayEdit' | 'mayDelete'> {
  const mayModerate = isAllowed('message.moderate', kind, role);
  return {
    mayEdit: isOwn && !isForwarded && isAllowed('message.edit', kind, role),
    mayDelete: mayModerate || (isOwn && isAllowed('message.delete', kind, role)),
  };
}

/** A button that opens the menu, in the place of which it stands; null where there is nothing to choose. */
export function menuButton(view: View, row: MenuRow): HTMLElement | null {
  if (!row.mayEdit && !row.mayDelete) return null;
  const button = el(
    'button',
    { type: 'button', class: 'link more', 'aria-label': 'What to do with this message' },
    '⋯',
  );
  on(button, 'click', () => openMenu(view, row));
  return button;
}

function openMenu(view: View, row: MenuRow): void {
  const { person } = view;
  const dialog = openDialog('Message');
  if (row.mayEdit) dialog.body.append(editForm(view, row, dialog));
  if (!row.mayDelete) return;
  const remove = el('button', { type: 'button', class: 'danger' }, 'Delete for everyone');
  on(remove, 'click', () => dialog.attempt(() => person.deleteMessage(row.place), dialog.close));
  dialog.body.append(remove);
}

function editForm({ person }: View, { place, text }: MenuRow, dialog: ReturnType<typeof openDialog>): HTMLElement {
  const input = el('textarea', { rows: '3', required: true, maxlength: String(LIMITS.text), 'aria-label': 'New text' });
  input.value = text;
  const form = el('form', {}, input, el('button', { type: 'submit', class: 'primary' }, 'Save'));
  on(form, 'submit', (event) => {
    event.preventDefault();
    const wanted = input.value.replaceAll('\0', '').toWellFormed();
    if (wanted === text || wanted.trim() === '') dialog.close();
    else dialog.attempt(() => person.editMessage(place, wanted), dialog.close);
  });
  return form;
}

/** What the message was, from its first text to its last. */
export function openHistory({ person }: View, place: MessagePlace): void {
  const dialog = openDialog('Edits of this message');
  const list = el('ol', { class: 'history', 'aria-label': 'Earlier texts' });
  dialog.body.append(list);
  dialog.attempt(async () => {
    const now = Date.now();
    for (const { at, body } of await person.history(place)) {
      if (typeof body.text !== 'string') continue;
      const when = el('span', { class: 'hint' }, `${dayOf(at, now)}, ${timeOf(at)}`);
      list.append(el('li', {}, when, el('p', { class: 'text', dir: 'auto' }, body.text)));
    }
  });
}
