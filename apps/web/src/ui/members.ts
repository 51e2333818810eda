// The dialog of a group: who is in it and who is there, its name, adding and removing people, leaving. It offers what the
// permission matrix of the contract allows to this person; the server decides.
import { isAllowed, RANKS, type Role } from '@kith/protocol';
import type { Client } from '../client.js';
import type { Conversation } from '../replica/conversation.js';
import { makeKey } from '../wire/make-key.js';
import { avatar } from './avatar.js';
import { type Dialog, openDialog } from './dialog.js';
import { el, KeyedList, on } from './element.js';
import { PeoplePicker } from './people-picker.js';
import { nameOf, presenceOf } from './words.js';

/** @returns what shows it anew while it is open */
export function openMembers(client: Client, conversation: Conversation, onClose: () => void): () => void {
  const dialog = openDialog('Group');
  const list = el('ul', { class: 'people', 'aria-label': 'Members' });
  const leave = el('button', { type: 'button', class: 'danger' }, 'Leave group');
  on(leave, 'click', () => remove(conversation.me, dialog.close));
  dialog.onClose(onClose);

  function remove(user: string, then?: () => void): void {
    const key = makeKey();
    dialog.attempt(() => client.ask('member.remove', { conversation: conversation.id, key, user }), then);
  }

  function item({ user, role }: { readonly user: string; readonly role: Role }): HTMLElement {
    const name = nameOf(client.replica, user);
    const state = client.presence.of(user);
    const isMe = user === conversation.me;
    const said = [role === 'member' ? '' : role, isMe ? 'you' : presenceOf(state, Date.now())];
    const title = el('span', { class: 'title' }, el('bdi', {}, name));
    const row = el(
      'li',
      {},
      avatar(user, name, state.status),
      el(
        'span',
        { class: 'who' },
        title,
        el('span', { class: 'preview' }, said.filter((word) => word !== '').join(', ')),
      ),
    );
    if (!isMe && isAllowed('member.remove', 'group', conversation.role) && RANKS[conversation.role] > RANKS[role]) {
      const button = el('button', { type: 'button', class: 'link', 'aria-label': `Remove ${name}` }, 'Remove');
      on(button, 'click', () => remove(user));
      row.append(button);
    }
    return row;
  }

  const items = new KeyedList<{ readonly user: string; readonly role: Role }>(list, {
    key: ({ user }) => user,
    stamp: ({ user, role }) => {
      const presence = presenceOf(client.presence.of(user), Date.now());
      return JSON.stringify([nameOf(client.replica, user), role, conversation.role, presence]);
    },
    make: item,
  });

  function show(): void {
    const present = [...conversation.state.members].filter(([, { left }]) => left === null);
    items.show(present.map(([user, { role }]) => ({ user, role })));
  }

  if (isAllowed('conversation.update', 'group', conversation.role)) {
    dialog.body.append(renameForm(client, conversation, dialog));
  }
  dialog.body.append(list);
  if (isAllowed('member.add', 'group', conversation.role)) dialog.body.append(addForm(client, conversation, dialog));
  dialog.body.append(leave);
  show();
  return show;
}

function renameForm(client: Client, { id, state }: Conversation, dialog: Dialog): HTMLElement {
  const name = el('input', { type: 'text', required: true, maxlength: '100', autocomplete: 'off' });
  name.value = state.name ?? '';
  const submit = el('button', { type: 'submit' }, 'Rename');
  const form = el('form', { class: 'line' }, el('label', {}, el('span', {}, 'Name of the group'), name), submit);
  on(form, 'submit', (event) => {
    event.preventDefault();
    const update = { conversation: id, key: makeKey(), name: name.value.trim() };
    dialog.attempt(() => client.ask('conversation.update', update));
  });
  return form;
}

function addForm(client: Client, conversation: Conversation, dialog: Dialog): HTMLElement {
  const submit = el('button', { type: 'submit' }, 'Add people');
  submit.disabled = true;
  const isOffered = (user: string) => conversation.state.members.get(user)?.left !== null;
  const onChange = () => {
    submit.disabled = picker.chosen.size === 0;
  };
  const picker = new PeoplePicker(client, { isOffered, onChange });
  const form = el('form', {}, picker.element, submit);
  on(form, 'submit', (event) => {
    event.preventDefault();
    dialog.attempt(async () => {
      for (const user of picker.chosen.keys()) {
        await client.ask('member.add', { conversation: conversation.id, key: makeKey(), user });
        picker.chosen.delete(user);
      }
      form.replaceWith(addForm(client, conversation, dialog));
    });
  });
  return form;
}
