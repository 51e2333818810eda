// All that this page holds of the person's conversations, and the cursor that goes with it. Frames go in, in the order in
// which they came; what is missing is named in `behind`. The cursor lives and dies with what it vouches for (rule 4):
// here in memory, so a reload asks for everything again.
import type { Entry, ServerFrame, Summary, User, Welcome } from '@kith/protocol';
import { Conversation } from './conversation.js';

export type ReplicaEvents = {
  /** An entry was taken, or a page: the conversation is held further than before. */
  readonly onHeld: (conversation: Conversation, entries: readonly Entry[]) => void;
  /** The log of a conversation was restored: what was held of it is gone. */
  readonly onRestored: (conversation: Conversation) => void;
  /** Something has to be read: holes, people, pages of the list. */
  readonly onWant: () => void;
};

export class Replica {
  readonly #events: ReplicaEvents;
  readonly conversations = new Map<string, Conversation>();
  readonly users = new Map<string, User>();
  /** People who were named and are not known, or changed. */
  readonly wantedUsers = new Set<string>();
  /** Conversations whose summary has to be read: new ones, and those of another epoch. */
  readonly wantedSummaries = new Set<string>();
  /** The list of conversations has more pages than `welcome` held. */
  isListWanted = false;
  me: User | null = null;
  since: string | undefined;

  constructor(events: ReplicaEvents) {
    this.#events = events;
  }

  get behind(): Conversation | undefined {
    for (const conversation of this.conversations.values()) if (conversation.isBehind) return conversation;
    return undefined;
  }

  /** Newest first; `self` is not among them. */
  get listed(): readonly Conversation[] {
    return [...this.conversations.values()]
      .filter(({ state }) => state.kind !== 'self')
      .sort((left, right) => right.updatedAt - left.updatedAt || (left.id < right.id ? 1 : -1));
  }

  take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#welcome(frame);
        return;
      case 'entry':
        this.#entry(frame);
        return;
      case 'gap':
        this.#gap(frame.conversation, frame.head);
        return;
      case 'conversation':
        this.takeUsers(frame.users ?? {});
        this.takeSummary(frame.summary);
        return;
      case 'synced':
        if (!this.isListWanted) this.since = frame.since;
        return;
      case 'signal':
        if (frame.name === 'user') this.#usersChanged(frame.users);
        if (frame.name === 'marks') {
          const conversation = this.conversations.get(frame.conversation);
          if (conversation?.epoch === frame.epoch) conversation.takeMarks(frame.marks, frame.unread);
        }
        return;
      default:
        return;
    }
  }

  takeUsers(users: { readonly [id: string]: User }): void {
    for (const user of Object.values(users)) {
      if (user.version < (this.users.get(user.id)?.version ?? 0)) continue;
      this.users.set(user.id, user);
      this.wantedUsers.delete(user.id);
    }
  }

  takeSummary(summary: Summary): Conversation {
    const me = this.me?.id ?? '';
    const conversation = this.conversations.get(summary.id) ?? new Conversation(summary.id, me);
    this.conversations.set(summary.id, conversation);
    this.wantedSummaries.delete(summary.id);
    if (!conversation.applySummary(summary)) this.#events.onRestored(conversation);
    this.wantUsers([summary.peer?.user, summary.last?.author]);
    this.#events.onHeld(conversation, []);
    this.#events.onWant();
    return conversation;
  }

  /** Entries that were read to fill a hole. */
  takeEntries(conversation: Conversation, entries: readonly Entry[]): void {
    const taken = entries.filter((entry) => conversation.take(entry) === 'next');
    this.#held(conversation, taken);
  }

  wantUsers(ids: Iterable<unknown>): void {
    for (const id of ids) if (typeof id === 'string' && !this.users.has(id)) this.wantedUsers.add(id);
    if (this.wantedUsers.size > 0) this.#events.onWant();
  }

  #welcome(welcome: Welcome): void {
    if (welcome.reset) this.#forgetAll();
    this.me = welcome.user;
    this.takeUsers({ ...welcome.users, [welcome.user.id]: welcome.user });
    for (const summary of welcome.conversations) this.takeSummary(summary);
    this.isListWanted = welcome.more;
    if (!welcome.more) this.since = welcome.since;
    this.#events.onWant();
  }

  /** The server's store is another one, or the cursor too old. */
  #forgetAll(): void {
    const held = [...this.conversations.values()];
    this.conversations.clear();
    for (const conversation of held) this.#events.onRestored(conversation);
  }

  #entry(entry: Entry): void {
    const conversation = this.conversations.get(entry.conversation);
    const taken = conversation?.take(entry);
    if (!conversation || taken === 'other_epoch') {
      this.wantedSummaries.add(entry.conversation);
      this.#events.onWant();
    } else if (taken === 'hole') this.#events.onWant();
    else if (taken === 'next') this.#held(conversation, [entry]);
  }

  #gap(id: string, head: number): void {
    const conversation = this.conversations.get(id);
    if (conversation) conversation.wanted = Math.max(conversation.wanted, head);
    else this.wantedSummaries.add(id);
    this.#events.onWant();
  }

  #usersChanged(users: readonly { readonly id: string; readonly version: number }[]): void {
    for (const { id, version } of users) if (version > (this.users.get(id)?.version ?? 0)) this.wantedUsers.add(id);
    this.#events.onWant();
  }

  #held(conversation: Conversation, entries: readonly Entry[]): void {
    for (const { author, body } of entries) {
      this.wantUsers([author, body.user, ...(Array.isArray(body.users) ? body.users : [])]);
    }
    this.#events.onHeld(conversation, entries);
    if (conversation.isBehind) this.#events.onWant();
  }
}
