// The bus in one process: a hub that stands for the network, and a Bus for each node on it. For a single node (then
// nothing is ever delivered) and for tests with several. Messages arrive in the order sent, in a later microtask.
import type { Bus, Unsubscribe } from '../core/bus.js';

type Subscription = {
  readonly node: symbol;
  readonly onMessage: (message: string) => void;
  readonly onGap: () => void;
};

export class MemoryHub {
  /** By topic. Bounded by what the nodes subscribe to; an empty set is removed. */
  readonly #topics = new Map<string, Set<Subscription>>();
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
    for (const [topic, subscriptions] of [...this.#topics]) {
      for (const subscription of [...subscriptions]) {
        if (this.#topics.get(topic)?.has(subscription)) subscription.onGap();
      }
    }
  }

  #subscribe(topic: string, subscription: Subscription): Unsubscribe {
    const subscriptions = this.#topics.get(topic) ?? new Set();
    this.#topics.set(topic, subscriptions.add(subscription));
    return () => {
      subscriptions.delete(subscription);
      if (subscriptions.size === 0 && this.#topics.get(topic) === subscriptions) this.#topics.delete(topic);
    };
  }

  /** A single node hears only itself: then there is nothing to do. */
  #isHeardBeside(node: symbol, topic: string): boolean {
    for (const subscription of this.#topics.get(topic) ?? []) if (subscription.node !== node) return true;
    return false;
  }

  #deliver(from: symbol, topic: string, message: string): void {
    const subscriptions = this.#topics.get(topic);
    if (!subscriptions) return;
    for (const subscription of [...subscriptions]) {
      // A handler before this one may have ended the subscription.
      if (subscription.node !== from && subscriptions.has(subscription)) subscription.onMessage(message);
    }
  }
}
