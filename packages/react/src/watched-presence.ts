// The presence of several people as one value, watched while somebody is subscribed: the same map until one of them changes.
import type { Presence } from '@kith/protocol';
import type { Observable, Person } from '@kith/sdk';
import { presenceOf, watchPresence } from '@kith/sdk/presence/presence';

export class WatchedPresence implements Observable<ReadonlyMap<string, Presence>> {
  readonly #person: Person;
  readonly #states: ReadonlyMap<string, Observable<Presence>>;
  #shown: ReadonlyMap<string, Presence> = new Map();

  constructor(person: Person, users: readonly string[]) {
    this.#person = person;
    this.#states = new Map(users.map((user) => [user, presenceOf(person, user)]));
  }

  getSnapshot(): ReadonlyMap<string, Presence> {
    const isSame =
      this.#shown.size === this.#states.size &&
      [...this.#states].every(([user, state]) => this.#shown.get(user) === state.getSnapshot());
    if (!isSame) this.#shown = new Map([...this.#states].map(([user, state]) => [user, state.getSnapshot()]));
    return this.#shown;
  }

  subscribe(listener: () => void): () => void {
    const ends = [...this.#states.values()].map((state) => state.subscribe(listener));
    const watch = watchPresence(this.#person, this.#states.keys());
    return () => {
      for (const end of ends) end();
      watch.end();
    };
  }
}
