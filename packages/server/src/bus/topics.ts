// Who listens to what on a bus: subscriptions by topic, of which nearly every topic has one.

export class Topics<S extends object> {
  /** By topic: the one subscription, as nearly all have, or a set. Bounded by what is subscribed to. */
  readonly #topics = new Map<string, S | Set<S>>();

  /** Those that there are now: what happens meanwhile changes nothing of it. */
  names(): readonly string[] {
    return [...this.#topics.keys()];
  }

  isWanted(topic: string): boolean {
    return this.#topics.has(topic);
  }

  add(topic: string, subscription: S): void {
    const present = this.#topics.get(topic);
    if (present === undefined) this.#topics.set(topic, subscription);
    else if (present instanceof Set) present.add(subscription);
    else this.#topics.set(topic, new Set([present, subscription]));
  }

  remove(topic: string, subscription: S): void {
    const present = this.#topics.get(topic);
    if (present instanceof Set) present.delete(subscription);
    if (present === subscription || (present instanceof Set && present.size === 0)) this.#topics.delete(topic);
  }

  /** Calls `take` with each subscription of the topic that there is now, save those that end before their turn. */
  each(topic: string, take: (subscription: S) => void): void {
    const present = this.#topics.get(topic);
    if (present instanceof Set) {
      for (const subscription of [...present]) if (present.has(subscription)) take(subscription);
    } else if (present !== undefined) take(present);
  }
}
