// The page of someone who is signed in: the list on one side, the open conversation on the other (on a narrow screen one
// of the two), and a line that says how the connection is. It shows anew what changed, once per turn.
import type { Chat, ConversationView, LinkState, Person, StorageStatus } from '@kith/sdk';
import { sayPresence, type Watch, watchPresence } from '@kith/sdk/presence/presence';
import { Attention } from './attention.js';
import { Composer } from './composer.js';
import { ConversationList } from './conversation-list.js';
import { el, on, setText } from './element.js';
import { openMembers } from './members.js';
import { openNewConversation } from './new-conversation.js';
import { OpenConversation } from './open-conversation.js';
import { Timeline } from './timeline.js';
import { View } from './view.js';
import { presenceOf, titleOf } from './words.js';

const SHOW_AFTER_MS = 16;
/** A connection that comes sooner is not worth a word. */
const CONNECTING_MS = 1_000;
const BACK_MS = 3_000;
const LOST = 'No connection. What you write is sent when it is back.';
const BACK = 'Back online';

export class ChatPage {
  readonly element = el('main', { class: 'chat' });
  readonly person: Person;
  readonly #view: View;
  readonly #attention: Attention;
  readonly #watch: Watch;
  readonly #list: ConversationList;
  readonly #timeline: Timeline;
  readonly #composer: Composer;
  readonly #title = el('h2', { class: 'title' });
  readonly #subtitle = el('p', { class: 'subtitle' });
  readonly #typing = el('p', { class: 'typing', role: 'status' });
  readonly #connection = el('p', { class: 'connection', role: 'status', hidden: true });
  readonly #storage = el('p', { class: 'hint storage', role: 'status', hidden: true });
  readonly #announcer = el('p', { class: 'unseen', 'aria-live': 'polite' });
  readonly #group = el('button', { type: 'button' }, 'Group');
  readonly #ends: readonly (() => void)[];
  #open: OpenConversation | null = null;
  #showDialog: (() => void) | null = null;
  #due: ReturnType<typeof setTimeout> | null = null;
  #saying: ReturnType<typeof setTimeout> | undefined;
  #wasLost = false;
  #watched = '';

  /** @param name of the person */
  constructor(chat: Chat, { person, name }: { readonly person: Person; readonly name: string }) {
    this.person = person;
    const onChange = () => this.#changed();
    this.#view = new View(person, onChange);
    this.#list = new ConversationList(this.#view, (id) => this.#show(id));
    this.#timeline = new Timeline(this.#view, (message) => this.#composer.answer(message));
    this.#composer = new Composer(person, () => this.#timeline.showEnd());
    this.#attention = new Attention(document, () => this.#attended());
    this.#watch = watchPresence(person, []);
    this.element.append(this.#sidebar(chat, name), this.#conversation(), this.#announcer);
    this.#ends = [
      person.conversations.subscribe(onChange),
      person.connection.subscribe(() => this.#connected(person.connection.getSnapshot())),
      person.storage.subscribe(onChange),
      person.onMessage(({ conversation, author, body }) => {
        if (conversation !== this.#open?.id || typeof body.text !== 'string') return;
        setText(this.#announcer, `${this.#view.nameOf(author)}: ${body.text.slice(0, 200)}`);
      }),
    ];
    this.#connected(person.connection.getSnapshot());
    this.#changed();
  }

  /** Shows a conversation, once it is known. */
  readonly open = (id: string): void => this.#show(id);

  close(): void {
    for (const end of this.#ends) end();
    for (const timer of [this.#due ?? undefined, this.#saying]) clearTimeout(timer);
    this.#open?.close();
    this.#view.shown();
    this.#watch.end();
    this.#attention.close();
  }

  #sidebar(chat: Chat, name: string): HTMLElement {
    const create = el('button', { type: 'button', class: 'primary' }, 'New conversation');
    const signOut = el('button', { type: 'button', class: 'link' }, 'Sign out');
    on(create, 'click', () => {
      openNewConversation(this.person, (id) => {
        this.#show(id);
        this.#composer.focus();
      });
    });
    on(signOut, 'click', () => void chat.signOut());
    const me = el('header', {}, el('h1', {}, el('bdi', {}, name)), signOut);
    const parts = [me, this.#connection, create, this.#list.element, this.#storage];
    return el('nav', { class: 'sidebar', 'aria-label': 'Conversations' }, ...parts);
  }

  #conversation(): HTMLElement {
    const back = el('button', { type: 'button', class: 'icon back', 'aria-label': 'Back to the list' }, '‹');
    on(back, 'click', () => this.#show(null));
    on(this.#group, 'click', () => {
      const open = this.#open?.conversation;
      if (!open) return;
      this.#showDialog = openMembers(this.#view, open, () => {
        this.#showDialog = null;
      });
    });
    const header = el('header', {}, back, el('div', {}, this.#title, this.#subtitle), this.#group);
    const parts = [header, this.#timeline.element, this.#typing, this.#composer.element];
    return el('section', { class: 'conversation', 'aria-label': 'Conversation' }, ...parts);
  }

  /** @param id null closes the one that is open */
  #show(id: string | null): void {
    if (id !== this.#open?.id) {
      this.#open?.close();
      const parts = { person: this.person, isHere: () => this.#attention.isHere, onChange: () => this.#changed() };
      this.#open = id === null ? null : new OpenConversation(id, parts);
    }
    this.#showAll();
    if (id !== null && matchMedia('(hover: hover)').matches) this.#composer.focus();
  }

  /** Gathers what changes in one turn; timers, unlike animation frames, also run in a hidden tab. */
  #changed(): void {
    this.#due ??= setTimeout(() => this.#showAll(), SHOW_AFTER_MS);
  }

  #showAll(): void {
    clearTimeout(this.#due ?? undefined);
    this.#due = null;
    const conversations = this.person.conversations.getSnapshot();
    const open = this.#open?.conversation ?? null;
    this.element.classList.toggle('is-open', open !== null);
    this.#list.show(this.#open?.id ?? null);
    this.#composer.show(open);
    if (open) this.#showHeader(open);
    this.#timeline.show(this.#open);
    this.#showDialog?.();
    this.#showStorage(this.person.storage.getSnapshot());
    const unread = conversations.reduce((sum, conversation) => sum + conversation.unread, 0);
    document.title = unread > 0 ? `(${unread}) Kith` : 'Kith';
    this.#watchPeople(conversations, open);
    this.#view.shown();
    this.#open?.looked();
  }

  #showHeader(open: ConversationView): void {
    const isGroup = open.kind === 'group';
    setText(this.#title, titleOf(this.#view, open));
    const about = isGroup
      ? `${open.size} members`
      : open.peer === null
        ? ''
        : presenceOf(this.#view.presenceOf(open.peer), Date.now());
    setText(this.#subtitle, open.role === 'none' ? 'You are no longer in this group' : about);
    this.#group.hidden = !isGroup || open.role === 'none';
    const typists = this.#view.typistsIn(open.id).map((user) => this.#view.nameOf(user));
    const verb = typists.length === 1 ? 'is' : 'are';
    setText(this.#typing, typists.length === 0 ? '' : `${typists.slice(0, 3).join(', ')} ${verb} typing…`);
  }

  #showStorage(status: StorageStatus): void {
    this.#storage.hidden = status.kind === 'durable';
    if (status.kind === 'durable') return;
    const why =
      status.reason === 'full' ? "This browser's storage is full" : 'This browser keeps nothing for this page';
    setText(this.#storage, `${why}: what is not sent yet is lost when you close it.`);
  }

  #watchPeople(conversations: readonly ConversationView[], open: ConversationView | null): void {
    const { members } = open ? this.#view.peopleOf(open.id) : { members: null };
    const peers = conversations.flatMap(({ peer }) => peer ?? []);
    const users = new Set([...(members?.keys() ?? []), ...peers]);
    users.delete(this.person.id);
    const watched = [...users].join();
    if (watched === this.#watched) return;
    this.#watched = watched;
    this.#watch.set(users);
  }

  #attended(): void {
    sayPresence(this.person, this.#attention.status);
    this.#open?.looked();
  }

  #connected(state: LinkState): void {
    clearTimeout(this.#saying);
    switch (state.kind) {
      case 'open':
        this.#say(this.#wasLost ? BACK : '');
        this.#wasLost = false;
        this.#saying = setTimeout(() => this.#say(''), BACK_MS);
        return;
      case 'connecting':
        this.#saying = setTimeout(() => this.#say(this.#wasLost ? LOST : 'Connecting…'), CONNECTING_MS);
        return;
      case 'waiting':
        this.#wasLost = true;
        this.#say(LOST);
        return;
      case 'stopped':
        this.#say(state.why === 'outdated' ? 'This page is out of date. Please load it again.' : '');
        return;
    }
  }

  #say(words: string): void {
    setText(this.#connection, words);
    this.#connection.hidden = words === '';
  }
}
