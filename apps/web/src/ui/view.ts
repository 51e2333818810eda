// What the page reads of a person: each thing is subscribed to from when it was first shown until a showing does without it,
// so that the page is shown anew when any of it changes, and holds on to nothing that it does not show.
import type { Presence } from '@kith/protocol';
import type { Observable, OutboxItem, People, Person } from '@kith/sdk';
import { presenceOf } from '@kith/sdk/presence/presence';
import { typingOf } from '@kith/sdk/typing/typing';

type Read = { readonly observable: Observable<unknown>; readonly end: () => void };

export class View {
  readonly person: Person;
  readonly #onChange: () => void;
  /** As many as are shown. */
  readonly #read = new Map<string, Read>();
  readonly #shown = new Set<string>();

  constructor(person: Person, onChange: () => void) {
    this.person = person;
    this.#onChange = onChange;
  }

  nameOf(user: string | undefined): string {
    const known = user === undefined ? null : this.#of(`user ${user}`, () => this.person.user(user));
    return known?.name || 'Somebody';
  }

  presenceOf(user: string): Presence {
    return this.#of(`presence ${user}`, () => presenceOf(this.person, user));
  }

  typistsIn(conversation: string): readonly string[] {
    return this.#of(`typing ${conversation}`, () => typingOf(this.person, conversation));
  }

  unsentIn(conversation: string): readonly OutboxItem[] {
    return this.#of(`unsent ${conversation}`, () => this.person.unsent(conversation));
  }

  peopleOf(conversation: string): People {
    return this.#of(`people ${conversation}`, () => this.person.people(conversation));
  }

  /** A showing is over. */
  shown(): void {
    for (const [name, { end }] of this.#read) {
      if (this.#shown.has(name)) continue;
      end();
      this.#read.delete(name);
    }
    this.#shown.clear();
  }

  /** @param name what it is of whom: the same name is the same observable */
  #of<T>(name: string, make: () => Observable<T>): T {
    this.#shown.add(name);
    const known = this.#read.get(name);
    if (known) return known.observable.getSnapshot() as T;
    const observable = make();
    this.#read.set(name, { observable, end: observable.subscribe(this.#onChange) });
    return observable.getSnapshot();
  }
}
