// One observable for each name, of people or conversations without number: a name takes room only while it has a value or
// somebody listens. An observable that was handed out stays good whatever was forgotten meanwhile.
import { Listeners } from '../listeners.js';
import type { Observable } from '../observable.js';

export class KeyedValues<T> {
  readonly #empty: (name: string) => T;
  readonly #values = new Map<string, T>();
  readonly #listeners = new Listeners();

  /** @param empty what a name without a value shows */
  constructor(empty: (name: string) => T) {
    this.#empty = empty;
  }

  of(name: string): Observable<T> {
    const empty = this.#empty(name);
    return {
      getSnapshot: () => this.#values.get(name) ?? empty,
      subscribe: (listener) => this.#listeners.add(name, listener),
    };
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }

  get(name: string): T | undefined {
    return this.#values.get(name);
  }

  /** @param value undefined forgets the name */
  set(name: string, value: T | undefined): void {
    if (Object.is(value, this.#values.get(name))) return;
    if (value === undefined) this.#values.delete(name);
    else this.#values.set(name, value);
    this.#listeners.tell(name);
  }
}
