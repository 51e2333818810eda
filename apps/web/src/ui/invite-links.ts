// Invitations in the dialog of a group: the link of a new one with its code and as a QR code, which nobody is told again, and
// those that there are, with their uses, to be revoked.
import type { Invite } from '@kith/protocol';
import type { Person } from '@kith/sdk';
import qrcode from 'qrcode-generator';
import { makeKey } from '../make-key.js';
import type { Dialog } from './dialog.js';
import { el, on, setText } from './element.js';
import { linkOf } from './invitation.js';

const SVG = 'http://www.w3.org/2000/svg';
/** Squares of white around it, which readers want. */
const MARGIN = 4;

export function inviteLinks(person: Person, conversation: string, dialog: Dialog): HTMLElement {
  const made = el('div', { class: 'invite-made' });
  const list = el('ul', { class: 'people', 'aria-label': 'Invitations' });
  const create = el('button', { type: 'button' }, 'Invite by link');

  const show = async () => {
    const { items } = await person.command('invites.list', { conversation });
    list.replaceChildren(...items.map(item));
    list.hidden = items.length === 0;
  };

  function item(invite: Invite): HTMLElement {
    const button = el('button', { type: 'button', class: 'link', 'aria-label': `Revoke: ${saidOf(invite)}` }, 'Revoke');
    on(button, 'click', () => {
      dialog.attempt(async () => {
        await person.command('invite.revoke', { conversation, invite: invite.id });
        made.replaceChildren();
        await show();
      });
    });
    return el('li', {}, el('span', { class: 'who' }, el('span', { class: 'preview' }, saidOf(invite))), button);
  }

  on(create, 'click', () => {
    dialog.attempt(async () => {
      const { code } = await person.command('invite.create', { conversation, key: makeKey() });
      made.replaceChildren(...shown(code));
      await show();
      made.scrollIntoView({ block: 'nearest' });
    });
  });
  list.hidden = true;
  dialog.attempt(show);
  return el('section', { class: 'invites', 'aria-label': 'Invitations' }, create, made, list);
}

function saidOf({ uses, maxUses, expiresAt }: Invite): string {
  const used = maxUses === undefined ? `${uses} came by it` : `${uses} of ${maxUses} came by it`;
  return `${used}, until ${new Date(expiresAt).toLocaleDateString()}`;
}

function shown(code: string): readonly HTMLElement[] {
  const link = linkOf(code);
  const picture = el('div', { class: 'qr' });
  picture.append(qrOf(link));
  return [picture, line('Link', link), line('Code', code)];
}

function line(label: string, value: string): HTMLElement {
  const input = el('input', { type: 'text', readonly: true });
  input.value = value;
  const copy = el('button', { type: 'button', 'aria-label': `Copy the ${label.toLowerCase()}` }, 'Copy');
  on(input, 'focus', () => input.select());
  on(copy, 'click', () => {
    // Where a page may not write there, the text is marked, to be copied by hand.
    navigator.clipboard?.writeText(value).then(
      () => setText(copy, 'Copied'),
      () => input.focus(),
    ) ?? input.focus();
  });
  return el('div', { class: 'line' }, el('label', {}, el('span', {}, label), input), copy);
}

function qrOf(text: string): SVGSVGElement {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * MARGIN;
  let squares = '';
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) squares += `M${column + MARGIN} ${row + MARGIN}h1v1h-1z`;
    }
  }
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', 'QR code of the link');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', squares);
  svg.append(path);
  return svg;
}
