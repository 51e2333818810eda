// The conversations of a replica, and what has to be known of all of them at once: which are behind, whose newest entries are
// in memory, and how they are listed.
import type { Observable } from '../observable.js';
import type { Conversation } from './conversation.js';
import { ConversationList, type ConversationView } from './conversation-list.js';
import { type People, PeopleViews } from './people.js';

/** Conversations whose newest entries are in memory. */
const MOST_WARM = 64;

export class HeldConversations {
  readonly #make: (id: string) => Conversation;
  readonly #byId = new Map<string, Conversation>();
  readonly #list = new ConversationList();
  readonly #people: PeopleViews;
  readonly #behind = new Set<Conversation>();
  /** The one that got entries last is at the end. */
  readonly #warm = new Set<Conversation>();

  constructor(make: (id: string) => Conversation, me: () => string) {
    this.#make = make;
    this.#people = new PeopleViews((id) => this.get(id), me);
  }

  get list(): Observable<readonly ConversationView[]> {
    return this.#list.all;
  }

  /** Also one that is in no list; null while it is not known. */
  view(id: string): Observable<ConversationView | null> {
    return this.#list.one(id);
  }

  /** Who is in one, and how far each has got. */
  people(id: string): Observable<People> {
    return this.#people.of(id);
  }

  /** One that is to be read on, if there is any. */
  get behind(): Conversation | null {
    const [conversation] = this.#behind;
    return conversation ?? null;
  }

  ids(): readonly string[] {
    return [...this.#byId.keys()];
  }

  all(): readonly Conversation[] {
    return [...this.#byId.values()];
  }

  get(id: string): Conversation | undefined {
    return this.#byId.get(id);
  }

  getOrBegin(id: string): Conversation {
    const conversation = this.#byId.get(id) ?? this.#make(id);
    this.#byId.set(id, conversation);
    return conversation;
  }

  forget(conversation: Conversation): void {
    this.#byId.delete(conversation.id);
    this.#behind.delete(conversation);
    this.#warm.delete(conversation);
    this.#list.forget(conversation.id);
    this.#people.changed(conversation.id);
  }

  /** It got entries; those of the one that got none for longest can be read from the store again. */
  warm(conversation: Conversation): void {
    this.#warm.delete(conversation);
    this.#warm.add(conversation);
    const [coldest] = this.#warm;
    if (this.#warm.size <= MOST_WARM || !coldest) return;
    coldest.trim();
    this.#warm.delete(coldest);
  }

  /** These changed. */
  show(touched: Iterable<Conversation>): void {
    const present = [...touched].filter((conversation) => this.#byId.get(conversation.id) === conversation);
    for (const conversation of present) {
      if (conversation.isBehind) this.#behind.add(conversation);
      else this.#behind.delete(conversation);
    }
    this.#list.show(present);
    this.#people.show(present);
  }
}
