// The list of conversations, newest first: name, last entry, when, how many unread, who is there.
import type { ConversationView } from '@kith/sdk';
import { avatar } from './avatar.js';
import { el, KeyedList, on } from './element.js';
import type { View } from './view.js';
import { previewOf, titleOf, whenOf } from './words.js';

export class ConversationList {
  readonly element = el('ul', { class: 'conversations', 'aria-label': 'Conversations' });
  readonly #view: View;
  readonly #onChoose: (id: string) => void;
  readonly #items: KeyedList<ConversationView>;
  #open: string | null = null;

  constructor(view: View, onChoose: (id: string) => void) {
    this.#view = view;
    this.#onChoose = onChoose;
    this.#items = new KeyedList<ConversationView>(this.element, {
      key: ({ id }) => id,
      stamp: (conversation) => JSON.stringify([this.#shownOf(conversation), conversation.id === this.#open]),
      make: (conversation) => this.#item(conversation),
    });
  }

  /** @param open the id of the one that is open */
  show(open: string | null): void {
    this.#open = open;
    this.#items.show(this.#view.person.conversations.getSnapshot());
  }

  #shownOf(conversation: ConversationView) {
    const { peer, unread, updatedAt } = conversation;
    return {
      title: titleOf(this.#view, conversation),
      preview: previewOf(this.#view, conversation),
      when: whenOf(updatedAt, Date.now()),
      unread,
      status: peer === null ? 'unknown' : this.#view.presenceOf(peer).status,
    } as const;
  }

  #item(conversation: ConversationView): HTMLElement {
    const { title, preview, when, unread, status } = this.#shownOf(conversation);
    const spoken = status === 'online' || status === 'away' ? `, ${status}` : '';
    const button = el(
      'button',
      { type: 'button', 'aria-current': conversation.id === this.#open ? 'true' : false },
      avatar(conversation.peer ?? conversation.id, title, status),
      el('span', { class: 'title' }, el('bdi', {}, title), el('span', { class: 'unseen' }, spoken)),
      el('span', { class: 'when' }, when),
      el('span', { class: 'preview', dir: 'auto' }, preview.slice(0, 120)),
    );
    if (unread > 0) {
      const count = unread >= 1_000 ? '999+' : String(unread);
      button.append(el('span', { class: 'unread' }, count, el('span', { class: 'unseen' }, ' unread')));
    }
    on(button, 'click', () => this.#onChoose(conversation.id));
    return el('li', {}, button);
  }
}
