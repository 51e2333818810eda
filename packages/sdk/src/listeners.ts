// Who listens, by name of what they listen to: a name takes room only while somebody does.
export class Listeners {
  readonly #byName = new Map<string, Set<() => void>>();

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** @returns ends it. The same listener may be added any number of times. */
  add(name: string, listener: () => void): () => void {
    const own = () => listener();
    const listeners = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#byName.get(name) === listeners) this.#byName.delete(name);
    };
  }

  tell(name: string): void {
    for (const listener of [...(this.#byName.get(name) ?? [])]) listener();
  }
}
