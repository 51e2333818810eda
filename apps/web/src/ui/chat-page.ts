// The page of someone who is signed in: the list on one side, the open conversation on the other (on a narrow screen one
// of the two), and a line that says how the connection is. It shows anew what changed, once per turn.
import type { User } from '@kith/protocol';
import { Client } from '../client.js';
import type { Conversation } from '../replica/conversation.js';
import { Refusal } from '../wire/api.js';
import type { ConnectionState } from '../wire/connection.js';
import type { Session } from '../wire/session.js';
import { Composer } from './composer.js';
import { ConversationList } from './conversation-list.js';
import { el, on, setText } from './element.js';
import { openMembers } from './members.js';
import { openNewConversation } from './new-conversation.js';
import { Timeline } from './timeline.js';
import { nameOf, presenceOf, titleOf } from './words.js';

const SHOW_AFTER_MS = 16;
const BACK_MS = 3_000;

export class ChatPage {
  readonly element = el('main', { class: 'chat' });
  readonly #client: Client;
  readonly #list: ConversationList;
  readonly #timeline: Timeline;
  readonly #composer: Composer;
  readonly #title = el('h2', { class: 'title' });
  readonly #subtitle = el('p', { class: 'subtitle' });
  readonly #typing = el('p', { class: 'typing', role: 'status' });
  readonly #connection = el('p', { class: 'connection', role: 'status', hidden: true });
  readonly #announcer = el('p', { class: 'unseen', 'aria-live': 'polite' });
  readonly #group = el('button', { type: 'button' }, 'Group');
  readonly #onSignedOut: () => void;
  #showDialog: (() => void) | null = null;
  #isShowDue = false;
  #wasLost = false;
  #membersOf: string | null = null;

  constructor(session: Session, user: User, onSignedOut: () => void) {
    this.#onSignedOut = onSignedOut;
    this.#client = new Client(session, user.id, {
      onChange: () => this.#changed(),
      onState: (state) => this.#connectionChanged(state),
      onMessage: (conversation, author, text) => this.#announce(conversation, author, text),
    });
    this.#list = new ConversationList(this.#client, (id) => this.#open(id));
    this.#timeline = new Timeline(this.#client);
    this.#composer = new Composer(this.#client);
    this.element.append(this.#sidebar(user, session), this.#conversation(), this.#announcer);
    window.addEventListener('online', () => this.#client.connect());
    this.#client.connect();
    this.#changed();
  }

  #sidebar(user: User, session: Session): HTMLElement {
    const create = el('button', { type: 'button', class: 'primary' }, 'New conversation');
    const signOut = el('button', { type: 'button', class: 'link' }, 'Sign out');
    on(create, 'click', () => openNewConversation(this.#client, () => this.#composer.focus()));
    on(signOut, 'click', () => {
      this.#client.stop();
      void session.signOut().then(this.#onSignedOut);
    });
    const me = el('header', {}, el('h1', {}, el('bdi', {}, user.name)), signOut);
    return el(
      'nav',
      { class: 'sidebar', 'aria-label': 'Conversations' },
      me,
      this.#connection,
      create,
      this.#list.element,
    );
  }

  #conversation(): HTMLElement {
    const back = el('button', { type: 'button', class: 'icon back', 'aria-label': 'Back to the list' }, '‹');
    on(back, 'click', () => this.#open(null));
    on(this.#group, 'click', () => {
      const { open } = this.#client;
      if (!open) return;
      this.#showDialog = openMembers(this.#client, open, () => {
        this.#showDialog = null;
      });
    });
    const header = el('header', {}, back, el('div', {}, this.#title, this.#subtitle), this.#group);
    const parts = [header, this.#timeline.element, this.#typing, this.#composer.element];
    return el('section', { class: 'conversation', 'aria-label': 'Conversation' }, ...parts);
  }

  #open(id: string | null): void {
    this.#client.show(id);
    this.#show();
    if (id !== null && matchMedia('(hover: hover)').matches) this.#composer.focus();
  }

  /** Gathers what changes in one turn; timers, unlike animation frames, also run in a hidden tab. */
  #changed(): void {
    if (this.#isShowDue) return;
    this.#isShowDue = true;
    setTimeout(() => this.#show(), SHOW_AFTER_MS);
  }

  #show(): void {
    this.#isShowDue = false;
    const { replica, open } = this.#client;
    this.element.classList.toggle('is-open', open !== null);
    this.#list.show();
    this.#composer.show();
    if (open) this.#showHeader(open);
    this.#timeline.show();
    this.#showDialog?.();
    const unread = replica.listed.reduce((sum, conversation) => sum + conversation.unread, 0);
    document.title = unread > 0 ? `(${unread}) Kith` : 'Kith';
  }

  #showHeader(open: Conversation): void {
    const { replica, presence } = this.#client;
    const isGroup = open.state.kind === 'group';
    setText(this.#title, titleOf(replica, open));
    const about = isGroup ? `${open.state.size} members` : presenceOf(presence.of(open.peer ?? ''), Date.now());
    setText(this.#subtitle, open.role === 'none' ? 'You are no longer in this group' : about);
    this.#group.hidden = !isGroup || open.role === 'none';
    const typists = presence.typists(open.id).map((user) => nameOf(replica, user));
    const verb = typists.length === 1 ? 'is' : 'are';
    setText(this.#typing, typists.length === 0 ? '' : `${typists.slice(0, 3).join(', ')} ${verb} typing…`);
    if (!open.areMembersKnown) this.#readMembers(open);
  }

  /** Where it fails, the next change tries again. */
  #readMembers(open: Conversation): void {
    if (this.#membersOf === open.id) return;
    this.#membersOf = open.id;
    this.#client.reader
      .readMembers(open)
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      })
      .finally(() => {
        this.#membersOf = null;
      });
  }

  #connectionChanged(state: ConnectionState): void {
    const line = this.#connection;
    switch (state.kind) {
      case 'open':
        setText(line, this.#wasLost ? 'Back online' : '');
        line.hidden = !this.#wasLost;
        this.#wasLost = false;
        setTimeout(() => {
          if (line.textContent === 'Back online') line.hidden = true;
        }, BACK_MS);
        return;
      case 'connecting':
        setText(line, 'Connecting…');
        line.hidden = false;
        return;
      case 'waiting':
        this.#wasLost = true;
        setText(line, 'No connection. What you write is sent when it is back.');
        line.hidden = false;
        return;
      case 'stopped':
        if (state.why === 'signed_out') this.#onSignedOut();
        setText(line, state.why === 'outdated' ? 'This page is out of date. Please load it again.' : '');
        line.hidden = state.why !== 'outdated';
        return;
    }
  }

  #announce(conversation: Conversation, author: string, text: string): void {
    if (conversation !== this.#client.open) return;
    setText(this.#announcer, `${nameOf(this.#client.replica, author)}: ${text.slice(0, 200)}`);
  }
}
