// People by id, each as of the newest version that was seen, and who has to be read: those who were named and aren't known,
// and those who changed (G8). Bounded: whoever was told of longest ago is forgotten first, and read again when named.
import type { User } from '@kith/protocol';
import { Listeners } from '../listeners.js';
import type { Observable } from '../observable.js';

const MOST_USERS = 10_000;
/** Ids that the server doesn't find are not asked for again, so many of them. */
const MOST_MISSING = 1_000;
const MOST_WANTED = 5_000;

export class Users {
  readonly #users = new Map<string, User>();
  readonly #wanted = new Set<string>();
  readonly #missing = new Set<string>();
  /** Changed since they were last given out to be kept; null is forgotten. */
  #changed = new Map<string, User | null>();
  readonly #listeners = new Listeners();

  get(id: string): User | undefined {
    return this.#users.get(id);
  }

  /** One person, as long as somebody looks. */
  observe(id: string): Observable<User | null> {
    return {
      getSnapshot: () => this.#users.get(id) ?? null,
      subscribe: (listener) => this.#listeners.add(id, listener),
    };
  }

  take(users: Iterable<User>): void {
    for (const user of users) {
      const held = this.#users.get(user.id);
      this.#missing.delete(user.id);
      if (held && held.version > user.version) continue;
      this.#wanted.delete(user.id);
      if (held?.version === user.version) continue;
      this.#users.delete(user.id);
      this.#users.set(user.id, user);
      this.#changed.set(user.id, user);
      this.#listeners.tell(user.id);
    }
    for (const id of this.#users.keys()) {
      if (this.#users.size <= MOST_USERS) break;
      this.#users.delete(id);
      this.#changed.set(id, null);
    }
  }

  /** As they were kept. */
  restore(users: Iterable<User>): void {
    const changed = this.#changed;
    this.#changed = new Map();
    this.take(users);
    this.#changed = changed;
  }

  named(ids: Iterable<string>): void {
    for (const id of ids) if (!this.#users.has(id) && !this.#missing.has(id)) this.#want(id);
  }

  changed(versions: readonly { readonly id: string; readonly version: number }[]): void {
    for (const { id, version } of versions) if (version > (this.#users.get(id)?.version ?? 0)) this.#want(id);
  }

  /** Those who are to be read, at most `limit`. */
  wanted(limit: number): readonly string[] {
    return [...this.#wanted].slice(0, limit);
  }

  /** They were asked for, and whoever was found was taken. */
  asked(ids: readonly string[]): void {
    for (const id of ids) {
      this.#wanted.delete(id);
      if (!this.#users.has(id) && this.#missing.size < MOST_MISSING) this.#missing.add(id);
    }
  }

  /** Who was not found may be there now. */
  connected(): void {
    this.#missing.clear();
  }

  /** What is to be kept since this was last called. */
  toKeep(): ReadonlyMap<string, User | null> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Map();
    return changed;
  }

  #want(id: string): void {
    if (this.#wanted.size < MOST_WANTED) this.#wanted.add(id);
  }
}
