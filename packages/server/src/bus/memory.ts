// The bus in one process: a hub that stands for the network, and a Bus for each node on it. For a single node (then
// nothing is ever delivered) and for tests with several. Messages arrive in the order sent, in a later microtask.
import type { Bus } from '../core/bus.js';
import { Topics } from './topics.js';

type Subscription = {
  readonly node: symbol;
  readonly onMessage: (message: string) => void;
  readonly onGap: () => void;
};

export class MemoryHub {
  readonly #topics = new Topics<Subscription>();
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
      subscribe: (topic, onMessage, onGap) => {
        const subscription = { node, onMessage, onGap };
        this.#topics.add(topic, subscription);
        return () => this.#topics.remove(topic, subscription);
      },
    };
  }

  /** Loses every message on its way and tells all subscribers, as a link does that was down for a moment. */
  interrupt(): void {
    this.#link += 1;
    for (const topic of this.#topics.names()) this.#topics.each(topic, ({ onGap }) => onGap());
  }

  /** A single node hears only itself: then there is nothing to do. */
  #isHeardBeside(node: symbol, topic: string): boolean {
    let isHeard = false;
    this.#topics.each(topic, (subscription) => {
      isHeard ||= subscription.node !== node;
    });
    return isHeard;
  }

  #deliver(from: symbol, topic: string, message: string): void {
    this.#topics.each(topic, ({ node, onMessage }) => {
      if (node !== from) onMessage(message);
    });
  }
}
