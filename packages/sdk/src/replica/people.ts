// Who is in a conversation, and how far each has got, as it is shown: what `ticksOf` asks for, and a list of members. Looked
// at for a few conversations at a time, so a view is made when somebody looks, and then kept right.
import type { FoldedMember } from '@kith/protocol';
import { Listeners } from '../listeners.js';
import type { Mark } from '../mark.js';
import type { Observable } from '../observable.js';
import type { Conversation } from './conversation.js';

/** The members of a conversation and their marks, as `ticksOf` and a list of members want them. */
export type People = {
  /** This person. */
  readonly me: string;
  /** The other person of a direct conversation, else null. */
  readonly peer: string | null;
  /** By user, also those who left; null while not all of them are known. */
  readonly members: ReadonlyMap<string, FoldedMember> | null;
  /** By user. Of conversations above `limits.receiptMembers` people nobody's are pushed. */
  readonly marks: ReadonlyMap<string, Mark>;
};

export class PeopleViews {
  readonly #conversation: (id: string) => Conversation | undefined;
  readonly #me: () => string;
  readonly #views = new WeakMap<Conversation, People>();
  readonly #listeners = new Listeners();

  constructor(conversation: (id: string) => Conversation | undefined, me: () => string) {
    this.#conversation = conversation;
    this.#me = me;
  }

  of(id: string): Observable<People> {
    const nobody: People = { me: this.#me(), peer: null, members: null, marks: new Map() };
    return {
      getSnapshot: () => this.#shown(id) ?? nobody,
      subscribe: (listener) => this.#listeners.add(id, listener),
    };
  }

  /** These changed. */
  show(conversations: Iterable<Conversation>): void {
    for (const conversation of conversations) {
      const before = this.#views.get(conversation);
      if (!before && !this.#listeners.has(conversation.id)) continue;
      const view = this.#viewOf(conversation);
      if (before && isSame(view, before)) continue;
      this.#views.set(conversation, view);
      this.changed(conversation.id);
    }
  }

  /** Another one is shown from now on, or none. */
  changed(id: string): void {
    this.#listeners.tell(id);
  }

  #shown(id: string): People | null {
    const conversation = this.#conversation(id);
    if (!conversation) return null;
    const known = this.#views.get(conversation);
    if (known) return known;
    const view = this.#viewOf(conversation);
    this.#views.set(conversation, view);
    return view;
  }

  #viewOf({ peer, areMembersKnown, state, reading }: Conversation): People {
    return { me: this.#me(), peer, members: areMembersKnown ? state.members : null, marks: new Map(reading.marks) };
  }
}

function isSame(view: People, other: People): boolean {
  if (view.me !== other.me || view.peer !== other.peer || view.members !== other.members) return false;
  if (view.marks.size !== other.marks.size) return false;
  return [...view.marks].every(([user, { delivered, read }]) => {
    const mark = other.marks.get(user);
    return mark?.delivered === delivered && mark.read === read;
  });
}
