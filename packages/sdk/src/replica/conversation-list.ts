// The list of conversations, as it is shown. A view is never changed: where anything of a conversation changes there is
// another one, and while nothing does it stays the same object. So does the list.
import type { ConversationKind, Role } from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import type { Conversation } from './conversation.js';
import type { ShownEntry } from './shown-entry.js';

/** A conversation as a list shows it. Another object whenever anything of it changes, the same one while nothing does. */
export type ConversationView = {
  readonly id: string;
  readonly kind: ConversationKind;
  readonly name: string | null;
  /** The other person of a direct conversation. */
  readonly peer: string | null;
  /** Of this person; `none` where they are not in it any more. */
  readonly role: Role;
  readonly isMuted: boolean;
  /** Milliseconds: when the last entry was written. */
  readonly updatedAt: number;
  readonly last: ShownEntry | null;
  readonly unread: number;
  readonly mentions: number;
  /** The number of present members. */
  readonly size: number;
  readonly epoch: number;
  readonly head: number;
  /** Up to where this person has read. */
  readonly read: number;
};

export class ConversationList {
  readonly #views = new Map<string, ConversationView>();
  readonly #list = new Value<readonly ConversationView[]>([]);

  /** Newest first; the person's own conversation is no part of it. */
  get all(): Observable<readonly ConversationView[]> {
    return this.#list;
  }

  /** One, also one that is in no list; null while it is not known. */
  one(id: string): Observable<ConversationView | null> {
    return { getSnapshot: () => this.#views.get(id) ?? null, subscribe: this.#list.subscribe };
  }

  show(conversations: Iterable<Conversation>): void {
    const others: ConversationView[] = [];
    for (const conversation of conversations) {
      const before = this.#views.get(conversation.id);
      const view = viewOf(conversation);
      if (before && isSame(view, before)) continue;
      this.#views.set(conversation.id, view);
      others.push(view);
    }
    if (others.length > 0) this.#set(others);
  }

  forget(id: string): void {
    if (this.#views.delete(id)) this.#set([]);
  }

  /** All that are known, of which these are new or other ones. */
  #set(others: readonly ConversationView[]): void {
    // What stays is in order, and what changes is mostly the newest: nearly nothing is to be sorted.
    const rest = this.#list.getSnapshot().filter((view) => this.#views.get(view.id) === view);
    this.#list.set([...others.filter(({ kind }) => kind !== 'self'), ...rest].sort(byNewest));
  }
}

function viewOf(conversation: Conversation): ConversationView {
  const { id, kind, name, peer, role, isMuted, updatedAt, last, size, epoch, head, reading } = conversation;
  const { read } = reading.own;
  return { id, kind, name, peer, role, isMuted, updatedAt, last, ...reading.counts, size, epoch, head, read };
}

function byNewest(left: ConversationView, right: ConversationView): number {
  return right.updatedAt - left.updatedAt || (left.id < right.id ? 1 : -1);
}

function isSame(view: ConversationView, other: ConversationView): boolean {
  return (Object.keys(view) as (keyof ConversationView)[]).every((field) => Object.is(view[field], other[field]));
}
