// The bus in one process: a hub that stands for the network, and a Bus for each node on it. For a single node (then
// nothing is ever delivered) and for tests with several. Messages arrive in the order sent, in a later microtask.
import type { Bus, Unsubscribe } from '../core/bus.js';

type Subscription = {
  readonly node: symbol;
  readonly onMessage: (message: string) => void;
  readonly onGap: () => void;
};

export class MemoryHub {
  /** By topic: the one subscription, as nearly all have, or a set. Bounded by what the nodes subscribe to. */
  readonly #topics = new Map<string, Subscription | Set<Subscription>>();
  /** Raised by every interruption: a message of an earlier link is dropped. */
  #link = 0;

  /** A bus of one more node. */
  node(): Bus {
    const node = Symbol('node');
    return {
      publish: (topic, message) => {
        if (!this.#isHeardBeside(node, topic)) return;
        const link = this.#link;
        queueMicrotask(() => {
          if (link === this.#link) this.#deliver(node, topic, message);
        });
      },
      subscribe: (topic, onMessage, onGap) => this.#subscribe(topic, { node, onMessage, onGap }),
    };
  }

  /** Loses every message on its way and tells all subscribers, as a link does that was down for a moment. */
  interrupt(): void {
    this.#link += 1;
    for (const topic of [...this.#topics.keys()]) {
      for (const subscription of this.#of(topic)) if (this.#has(topic, subscription)) subscription.onGap();
    }
  }

  #subscribe(topic: string, subscription: Subscription): Unsubscribe {
    const present = this.#topics.get(topic);
    if (present === undefined) this.#topics.set(topic, subscription);
    else if (present instanceof Set) present.add(subscription);
    else this.#topics.set(topic, new Set([present, subscription]));
    return () => this.#unsubscribe(topic, subscription);
  }

  #unsubscribe(topic: string, subscription: Subscription): void {
    const present = this.#topics.get(topic);
    if (present instanceof Set) present.delete(subscription);
    if (present === subscription || (present instanceof Set && present.size === 0)) this.#topics.delete(topic);
  }

  /** Those that there are now: what they do changes nothing of it. */
  #of(topic: string): readonly Subscription[] {
    const present = this.#topics.get(topic);
    if (present === undefined) return [];
    return present instanceof Set ? [...present] : [present];
  }

  #has(topic: string, subscription: Subscription): boolean {
    const present = this.#topics.get(topic);
    return present === subscription || (present instanceof Set && present.has(subscription));
  }

  /** A single node hears only itself: then there is nothing to do. */
  #isHeardBeside(node: symbol, topic: string): boolean {
    const present = this.#topics.get(topic);
    if (!(present instanceof Set)) return present !== undefined && present.node !== node;
    for (const subscription of present) if (subscription.node !== node) return true;
    return false;
  }

  #deliver(from: symbol, topic: string, message: string): void {
    for (const subscription of this.#of(topic)) {
      // A handler before this one may have ended the subscription.
      if (subscription.node !== from && this.#has(topic, subscription)) subscription.onMessage(message);
    }
  }
}
