// A bus that misbehaves as a real one may: it loses, doubles and delays (and so reorders) what arrives at a node, each
// node on its own, by a seed that repeats. It never says so through `onGap`: that is what the repair has to live with.

import type { Bus } from '@kith/server/core/bus';
import type { Clock } from '@kith/server/core/clock';
import type { SeededRandom } from './seeded-random.js';

/** Probabilities from 0 to 1, for each message at each subscription. */
export type BusFaults = {
  readonly lose: number;
  readonly double: number;
  readonly delay: number;
  /** A delayed message comes 1 to this many milliseconds late. */
  readonly maxDelayMs: number;
};

export const NO_BUS_FAULTS: BusFaults = { lose: 0, double: 0, delay: 0, maxDelayMs: 1 };

export type BusFaultCounts = { lost: number; doubled: number; delayed: number };

export type FaultyHubParts = {
  readonly hub: { node(): Bus };
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly faults: BusFaults;
};

export class FaultyHub {
  readonly counts: BusFaultCounts = { lost: 0, doubled: 0, delayed: 0 };
  readonly #hub: { node(): Bus };
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  #faults: BusFaults;

  constructor(parts: FaultyHubParts) {
    this.#hub = parts.hub;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#faults = parts.faults;
  }

  /** From now on these faults; `NO_BUS_FAULTS` heals the bus, messages already delayed still come late. */
  setFaults(faults: BusFaults): void {
    this.#faults = faults;
  }

  /** A bus of one more node of the hub within. */
  node(): Bus {
    const inner = this.#hub.node();
    return {
      publish: (topic, message) => inner.publish(topic, message),
      subscribe: (topic, onMessage, onGap) => {
        let isOpen = true;
        const deliver = (message: string) => {
          if (isOpen) onMessage(message);
        };
        const unsubscribe = inner.subscribe(topic, (message) => this.#meddle(message, deliver), onGap);
        return () => {
          isOpen = false;
          unsubscribe();
        };
      },
    };
  }

  #meddle(message: string, deliver: (message: string) => void): void {
    if (this.#random.chance(this.#faults.lose)) {
      this.counts.lost += 1;
      return;
    }
    this.#deliverLater(message, deliver);
    if (this.#random.chance(this.#faults.double)) {
      this.counts.doubled += 1;
      this.#deliverLater(message, deliver);
    }
  }

  #deliverLater(message: string, deliver: (message: string) => void): void {
    if (!this.#random.chance(this.#faults.delay)) {
      deliver(message);
      return;
    }
    this.counts.delayed += 1;
    this.#clock.after(1 + this.#random.below(this.#faults.maxDelayMs), () => deliver(message));
  }
}
