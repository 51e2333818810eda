// Who is in the conversations at which somebody looks, and how far each has got: members are read where they are not known,
// once at a time for each, again after a jump or a restore, and after a refusal with the next connection. Marks are read once
// on each connection, which pushes what comes after that and says nothing of what came before. Apart from the rest, for apps
// that want it.
import type { Observable } from '../observable.js';
import type { Person } from '../person.js';
import type { PersonClient } from '../person-client.js';
import type { Cancel } from '../ports.js';
import { Refusal } from '../refusal.js';
import type { People } from '../replica/people.js';
import type { Replica } from '../replica/replica.js';
import { readMarks, readMembers } from './read-members.js';

export type WatchedMembersParts = {
  readonly replica: Pick<Replica, 'conversation' | 'subscribe' | 'limits'>;
  /** Both reject with a Refusal. */
  readonly readMembers: (conversation: string) => Promise<void>;
  readonly readMarks: (conversation: string) => Promise<void>;
  readonly isOpen: () => boolean;
};

/** Who is in a conversation, and how far each has got; they are read as long as somebody is subscribed. */
export function peopleOf({ client }: Person, conversation: string): Observable<People> {
  const people = client.replica.shown.people(conversation);
  return {
    getSnapshot: people.getSnapshot,
    subscribe: (listener) => {
      const end = people.subscribe(listener);
      const unwatch = membersFor(client).watch(conversation);
      return () => {
        end();
        unwatch();
      };
    },
  };
}

/** The one of a person's run, made when somebody first looks. */
function membersFor(client: PersonClient): WatchedMembers {
  const { replica, asker } = client;
  client.members ??= new WatchedMembers({
    replica,
    readMembers: (id) => readMembers({ replica, asker }, id),
    readMarks: (id) => readMarks({ replica, asker }, id),
    isOpen: () => asker.isOpen,
  });
  return client.members;
}

export class WatchedMembers {
  readonly #parts: WatchedMembersParts;
  /** How many look at each. */
  readonly #watched = new Map<string, number>();
  /** Being read, or refused since the last connection. */
  readonly #resting = new Set<string>();
  /** The epoch of which the marks were read on this connection, which pushes those that come later; by conversation. */
  readonly #marked = new Map<string, number>();
  readonly #unsubscribe: Cancel;

  constructor(parts: WatchedMembersParts) {
    this.#parts = parts;
    this.#unsubscribe = parts.replica.subscribe((event) => {
      if (event.type === 'connected') {
        this.#resting.clear();
        this.#marked.clear();
        for (const id of this.#watched.keys()) this.#check(id);
      } else if ('conversation' in event) this.#check(event.conversation.id);
    });
  }

  watch(id: string): Cancel {
    this.#watched.set(id, (this.#watched.get(id) ?? 0) + 1);
    this.#check(id);
    let isOver = false;
    return () => {
      const count = this.#watched.get(id) ?? 0;
      if (isOver) return;
      isOver = true;
      if (count > 1) this.#watched.set(id, count - 1);
      else this.#watched.delete(id);
    };
  }

  close(): void {
    this.#watched.clear();
    this.#unsubscribe();
  }

  #check(id: string): void {
    const conversation = this.#parts.replica.conversation(id);
    if (!conversation || conversation.kind === 'self') return;
    if (!this.#watched.has(id) || this.#resting.has(id) || !this.#parts.isOpen()) return;
    if (!conversation.areMembersKnown) this.#read(id, this.#parts.readMembers(id));
    // Of more people nobody's marks are told.
    else if (conversation.size <= this.#parts.replica.limits.receiptMembers) this.#mark(id, conversation.epoch);
  }

  #mark(id: string, epoch: number): void {
    if (this.#marked.get(id) === epoch) return;
    this.#marked.set(id, epoch);
    this.#read(id, this.#parts.readMarks(id));
  }

  #read(id: string, reading: Promise<void>): void {
    this.#resting.add(id);
    reading.then(
      () => {
        this.#resting.delete(id);
        // What changed meanwhile may have been too much for what was read.
        this.#check(id);
      },
      (error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      },
    );
  }
}
