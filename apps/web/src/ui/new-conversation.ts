// The dialog that begins a conversation: one person makes a direct one, several or a name make a group. Its key lives as
// long as the dialog, so trying again after a lost answer makes no second group.
import type { Person } from '@kith/sdk';
import { makeKey } from '../make-key.js';
import { openDialog } from './dialog.js';
import { el, on, setText } from './element.js';
import { PeoplePicker } from './people-picker.js';

export function openNewConversation(person: Person, onMade: (id: string) => void): void {
  const dialog = openDialog('New conversation');
  const name = el('input', { type: 'text', maxlength: '100', autocomplete: 'off' });
  const nameLabel = el('label', {}, el('span', {}, 'Name of the group'), name);
  const submit = el('button', { type: 'submit', class: 'primary' });
  const form = el('form', {});
  let key = makeKey();

  const isGroup = () => picker.chosen.size > 1 || name.value.trim() !== '';
  const show = () => {
    // Another choice is another conversation.
    key = makeKey();
    submit.disabled = picker.chosen.size === 0;
    nameLabel.hidden = picker.chosen.size === 0;
    setText(submit, isGroup() ? `Create group of ${picker.chosen.size + 1}` : 'Start conversation');
  };
  const picker = new PeoplePicker(person, { isOffered: (user) => user !== person.id, onChange: show });
  on(name, 'input', show);
  on(form, 'submit', (event) => {
    event.preventDefault();
    const kind = isGroup() ? 'group' : 'direct';
    const title = name.value.trim();
    const members = [...picker.chosen.keys()];
    dialog.attempt(async () => {
      const id = await person.create({ key, kind, members, ...(title === '' ? {} : { name: title }) });
      dialog.close();
      onMade(id);
    });
  });
  form.append(picker.element, nameLabel, submit);
  dialog.body.append(form);
  show();
}
