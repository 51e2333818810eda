// What one turn of the replica changed, gathered until it goes to the keeper as one part.
import type { TimelineItem, User } from '@kith/protocol';
import type { SeqRange, Stored } from '../storage/replica-store.js';
import type { Conversation } from './conversation.js';
import { membersOf, recordOf } from './conversation-record.js';
import type { Part } from './keeper.js';

/** Before the id of a conversation: its members, among the small things. */
export const MEMBERS = 'members ';

export class Turn {
  #touched = new Set<Conversation>();
  #conversations = new Map<string, (() => Stored) | null>();
  #meta = new Map<string, Stored | null>();
  #drop: SeqRange[] = [];
  #entries: TimelineItem[] = [];
  /** The members as they are in the store. */
  readonly #kept = new WeakMap<Conversation, unknown>();

  touch(conversation: Conversation): void {
    this.#touched.add(conversation);
  }

  /** Everything of it that is in memory; its members too, which changed while another tab wrote. */
  keepAll(conversation: Conversation): void {
    this.#kept.delete(conversation);
    this.touch(conversation);
    this.put(conversation.tail);
  }

  put(entries: Iterable<TimelineItem>): void {
    for (const entry of entries) this.#entries.push(entry);
  }

  /** What was put there in this turn goes too. */
  drop(conversation: string, from = 0, to = Number.MAX_SAFE_INTEGER): void {
    this.#entries = this.#entries.filter((entry) => {
      return entry.conversation !== conversation || entry.seq < from || entry.seq > to;
    });
    this.#drop.push({ conversation, from, to });
  }

  set(name: string, value: Stored): void {
    this.#meta.set(name, value);
  }

  remove(conversation: Conversation): void {
    this.#touched.delete(conversation);
    this.#conversations.set(conversation.id, null);
    this.#meta.set(MEMBERS + conversation.id, null);
    this.drop(conversation.id);
  }

  /** The store has its members as they are. */
  keptMembers(conversation: Conversation): void {
    this.#kept.set(conversation, membersKey(conversation));
  }

  /** What was touched, and all that changed as one part. Nothing is gathered any more. */
  end(me: string, users: ReadonlyMap<string, User | null>): { touched: ReadonlySet<Conversation>; batch: Part } {
    const touched = this.#touched;
    for (const conversation of touched) {
      this.#conversations.set(conversation.id, () => recordOf(conversation, me));
      if (this.#kept.get(conversation) === membersKey(conversation)) continue;
      this.#meta.set(MEMBERS + conversation.id, membersOf(conversation));
      this.keptMembers(conversation);
    }
    const parts: Required<Omit<Part, 'outbox'>> = {
      meta: this.#meta,
      conversations: this.#conversations,
      users,
      drop: this.#drop,
      entries: this.#entries,
    };
    const batch: Part = Object.fromEntries(Object.entries(parts).filter(([, [first]]) => first !== undefined));
    this.#touched = new Set();
    this.#conversations = new Map();
    this.#meta = new Map();
    this.#drop = [];
    this.#entries = [];
    return { touched, batch };
  }
}

/** Another one where the members are others. */
function membersKey({ areMembersKnown, state }: Conversation): unknown {
  return areMembersKnown ? state.members : undefined;
}
