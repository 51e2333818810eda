// The list of conversations, newest first: name, last entry, when, how many unread, who is there.
import type { Client } from '../client.js';
import type { Conversation } from '../replica/conversation.js';
import { avatar } from './avatar.js';
import { el, KeyedList, on } from './element.js';
import { previewOf, titleOf, whenOf } from './words.js';

export class ConversationList {
  readonly element = el('ul', { class: 'conversations', 'aria-label': 'Conversations' });
  readonly #client: Client;
  readonly #onChoose: (id: string) => void;
  readonly #items: KeyedList<Conversation>;

  constructor(client: Client, onChoose: (id: string) => void) {
    this.#client = client;
    this.#onChoose = onChoose;
    this.#items = new KeyedList<Conversation>(this.element, {
      key: ({ id }) => id,
      stamp: (conversation) => JSON.stringify([this.#view(conversation), conversation === client.open]),
      make: (conversation) => this.#item(conversation, conversation === client.open),
    });
  }

  show(): void {
    this.#items.show(this.#client.replica.listed);
  }

  #view(conversation: Conversation) {
    const { replica, presence } = this.#client;
    const { peer, unread, updatedAt } = conversation;
    return {
      title: titleOf(replica, conversation),
      preview: previewOf(replica, conversation),
      when: whenOf(updatedAt, Date.now()),
      unread,
      status: peer === null ? 'unknown' : presence.of(peer).status,
    } as const;
  }

  #item(conversation: Conversation, isOpen: boolean): HTMLElement {
    const { title, preview, when, unread, status } = this.#view(conversation);
    const spoken = status === 'online' || status === 'away' ? `, ${status}` : '';
    const button = el(
      'button',
      { type: 'button', 'aria-current': isOpen ? 'true' : false },
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
