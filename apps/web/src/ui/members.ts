// The dialog of a group: who is in it and who is there, its name, adding and removing people, leaving. It offers what the
// permission matrix of the contract allows to this person; the server decides.
import { isAllowed, RANKS, type Role } from '@kith/protocol';
import type { ConversationView } from '@kith/sdk';
import { makeKey } from '../make-key.js';
import { avatar } from './avatar.js';
import { type Dialog, openDialog } from './dialog.js';
import { el, KeyedList, on } from './element.js';
import { inviteLinks } from './invite-links.js';
import { PeoplePicker } from './people-picker.js';
import type { View } from './view.js';
import { presenceOf } from './words.js';

type Member = { readonly user: string; readonly role: Role };

/** @returns what shows it anew while it is open */
export function openMembers(view: View, { id, name }: ConversationView, onClose: () => void): () => void {
  const { person } = view;
  const dialog = openDialog('Group');
  const list = el('ul', { class: 'people', 'aria-label': 'Members' });
  const leave = el('button', { type: 'button', class: 'danger' }, 'Leave group');
  on(leave, 'click', () => remove(person.id, dialog.close));
  dialog.onClose(onClose);

  const ownRole = () => person.conversation(id).getSnapshot()?.role ?? 'none';

  function remove(user: string, then?: () => void): void {
    const key = makeKey();
    dialog.attempt(() => person.command('member.remove', { conversation: id, key, user }), then);
  }

  function saidOf({ user, role }: Member): string {
    const about = user === person.id ? 'you' : presenceOf(view.presenceOf(user), Date.now());
    return [role === 'member' ? '' : role, about].filter((word) => word !== '').join(', ');
  }

  function item(member: Member): HTMLElement {
    const { user, role } = member;
    const called = view.nameOf(user);
    const title = el('span', { class: 'title' }, el('bdi', {}, called));
    const who = el('span', { class: 'who' }, title, el('span', { class: 'preview' }, saidOf(member)));
    const row = el('li', {}, avatar(user, called, view.presenceOf(user).status), who);
    const own = ownRole();
    if (user !== person.id && isAllowed('member.remove', 'group', own) && RANKS[own] > RANKS[role]) {
      const button = el('button', { type: 'button', class: 'link', 'aria-label': `Remove ${called}` }, 'Remove');
      on(button, 'click', () => remove(user));
      row.append(button);
    }
    return row;
  }

  const items = new KeyedList<Member>(list, {
    key: ({ user }) => user,
    stamp: (member) => JSON.stringify([view.nameOf(member.user), saidOf(member), ownRole()]),
    make: item,
  });

  function show(): void {
    const { members } = view.peopleOf(id);
    const present = [...(members ?? [])].filter(([, { left }]) => left === null);
    items.show(present.map(([user, { role }]) => ({ user, role })));
  }

  if (isAllowed('conversation.update', 'group', ownRole())) {
    dialog.body.append(renameForm(view, { id, name }, dialog));
  }
  dialog.body.append(list);
  if (isAllowed('member.add', 'group', ownRole())) dialog.body.append(addForm(view, id, dialog));
  if (isAllowed('invite.create', 'group', ownRole())) dialog.body.append(inviteLinks(person, id, dialog));
  dialog.body.append(leave);
  show();
  return show;
}

function renameForm({ person }: View, group: Pick<ConversationView, 'id' | 'name'>, dialog: Dialog): HTMLElement {
  const name = el('input', { type: 'text', required: true, maxlength: '100', autocomplete: 'off' });
  name.value = group.name ?? '';
  const submit = el('button', { type: 'submit' }, 'Rename');
  const form = el('form', { class: 'line' }, el('label', {}, el('span', {}, 'Name of the group'), name), submit);
  on(form, 'submit', (event) => {
    event.preventDefault();
    const update = { conversation: group.id, key: makeKey(), name: name.value.trim() };
    dialog.attempt(() => person.command('conversation.update', update));
  });
  return form;
}

function addForm(view: View, id: string, dialog: Dialog): HTMLElement {
  const submit = el('button', { type: 'submit' }, 'Add people');
  submit.disabled = true;
  const isOffered = (user: string) => view.peopleOf(id).members?.get(user)?.left !== null;
  const onChange = () => {
    submit.disabled = picker.chosen.size === 0;
  };
  const picker = new PeoplePicker(view.person, { isOffered, onChange });
  const form = el('form', {}, picker.element, submit);
  on(form, 'submit', (event) => {
    event.preventDefault();
    dialog.attempt(async () => {
      for (const user of picker.chosen.keys()) {
        await view.person.command('member.add', { conversation: id, key: makeKey(), user });
        picker.chosen.delete(user);
      }
      form.replaceWith(addForm(view, id, dialog));
    });
  });
  return form;
}
