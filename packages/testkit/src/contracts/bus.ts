// The contract of the bus: the rules BUS1–… of docs/contracts.md, told to any adapter. A subscription may take a moment
// to stand, so every test first waits until it hears a probe; nothing else waits for time.
import type { Bus, Unsubscribe } from '@kith/server/core/bus';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { soon } from './soon.js';

export type BusSetup = {
  /** The bus of one more node. */
  node(): Promise<Bus>;
  /** Breaks the link of every node for a moment, so that messages may be lost; resolves when it is there again. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
};

const STRANGE_MESSAGES = ['', ' ', '0', '"{\\"}\n\r\t', '👩‍🚀 עברית \u2028 é', 'x'.repeat(200_000)];
const PROBE = 'probe';

/** Registers the suite for one adapter; `make` is called once. */
export function busContract(name: string, make: () => Promise<BusSetup>): void {
  describe(`${name} keeps the rules of the bus`, () => {
    const opened: { setup?: BusSetup } = {};
    let topics = 0;
    beforeAll(async () => {
      opened.setup = await make();
    });
    afterAll(() => opened.setup?.close());

    const node = async (): Promise<Bus> => {
      if (!opened.setup) throw new Error('the bus is not open');
      return opened.setup.node();
    };
    const freshTopic = () => {
      topics += 1;
      return `contract:${topics}`;
    };

    test('[BUS1] a message reaches the subscribers on every other node', async () => {
      const topic = freshTopic();
      const [sender, ...others] = [await node(), await node(), await node()];
      const ears = await Promise.all(others.map((other) => Ear.on(other, topic).heardFrom(sender)));
      sender.publish(topic, 'hello');
      for (const ear of ears) await ear.waitFor(['hello']);
    });

    test('[BUS2] a message does not reach the node that published it', async () => {
      const topic = freshTopic();
      const [first, second] = [await node(), await node()];
      const own = await Ear.on(first, topic).heardFrom(second);
      const other = await Ear.on(second, topic).heardFrom(first);
      first.publish(topic, 'from the first');
      await other.waitFor(['from the first']);
      second.publish(topic, 'from the second');
      await own.waitFor(['from the second']);
      expect(own.messages).not.toContain('from the first');
    });

    test('[BUS3] a message does not reach subscribers of another topic', async () => {
      const [topic, another] = [freshTopic(), freshTopic()];
      const [sender, receiver] = [await node(), await node()];
      const ear = await Ear.on(receiver, topic).heardFrom(sender);
      const stray = await Ear.on(receiver, another).heardFrom(sender);
      sender.publish(another, 'astray');
      sender.publish(topic, 'here');
      await ear.waitFor(['here']);
      await stray.waitFor(['astray']);
      expect(ear.messages).toEqual(['here']);
      expect(stray.messages).toEqual(['astray']);
    });

    test('[BUS4] publish returns before a handler runs, and does not mind that nobody listens', async () => {
      const topic = freshTopic();
      const [sender, receiver] = [await node(), await node()];
      sender.publish(freshTopic(), 'to nobody');
      const ear = await Ear.on(receiver, topic).heardFrom(sender);
      sender.publish(topic, 'later');
      expect(ear.messages).toEqual([]);
      await ear.waitFor(['later']);
    });

    test('[BUS5] a message arrives exactly as it was sent', async () => {
      const topic = freshTopic();
      const [sender, receiver] = [await node(), await node()];
      const ear = await Ear.on(receiver, topic).heardFrom(sender);
      for (const message of STRANGE_MESSAGES) sender.publish(topic, message);
      await ear.waitFor(STRANGE_MESSAGES);
    });

    test('[BUS6] two subscriptions of one node are independent', async () => {
      const topic = freshTopic();
      const [sender, receiver] = [await node(), await node()];
      const first = await Ear.on(receiver, topic).heardFrom(sender);
      const second = await Ear.on(receiver, topic).heardFrom(sender);
      sender.publish(topic, 'to both');
      await Promise.all([first, second].map((ear) => ear.waitFor(['to both'])));
      first.end();
      sender.publish(topic, 'to the second');
      await second.waitFor(['to both', 'to the second']);
      expect(first.messages).not.toContain('to the second');
    });

    test('[BUS7] an ended subscription is not called, not even for a message on its way', async () => {
      const topic = freshTopic();
      const [sender, receiver] = [await node(), await node()];
      const ear = await Ear.on(receiver, topic).heardFrom(sender);
      const witness = await Ear.on(receiver, topic).heardFrom(sender);
      sender.publish(topic, 'on its way');
      ear.end();
      ear.end();
      await witness.waitFor(['on its way']);
      expect(ear.messages).toEqual([]);
    });

    test('[BUS7] a subscription may be ended by a handler that runs before it', async () => {
      const topic = freshTopic();
      const [sender, receiver] = [await node(), await node()];
      const late: { ear?: Ear } = {};
      const first = Ear.on(receiver, topic, () => late.ear?.end());
      await first.heardFrom(sender);
      const second = await Ear.on(receiver, topic).heardFrom(sender);
      const witness = await Ear.on(receiver, topic).heardFrom(sender);
      late.ear = second;
      sender.publish(topic, 'the last');
      await witness.waitFor(['the last']);
      expect(second.messages).toEqual([]);
    });

    test('[BUS8] after an interruption every subscription is told of the gap, and messages go on', async () => {
      const topic = freshTopic();
      const [sender, receiver] = [await node(), await node()];
      const ears = [Ear.on(receiver, topic), Ear.on(receiver, topic), Ear.on(receiver, freshTopic())];
      const ended = Ear.on(receiver, topic);
      await Promise.all(ears.slice(0, 2).map((ear) => ear.heardFrom(sender)));
      ended.end();
      expect(ears.map(({ gaps }) => gaps)).toEqual([0, 0, 0]);
      await opened.setup?.interrupt();
      await soon(() => expect(ears.map(({ gaps }) => Math.min(gaps, 1))).toEqual([1, 1, 1]));
      expect(ended.gaps).toBe(0);
      for (const ear of ears.slice(0, 2)) {
        await ear.heardFrom(sender);
        sender.publish(topic, 'again');
        await ear.waitFor(['again']);
      }
    });
  });
}

/** A subscription that remembers what it heard, probes aside. */
class Ear {
  readonly messages: string[] = [];
  gaps = 0;
  #probes = 0;
  readonly #topic: string;
  readonly #end: Unsubscribe;

  static on(bus: Bus, topic: string, onMessage: () => void = () => {}): Ear {
    return new Ear(bus, topic, onMessage);
  }

  private constructor(bus: Bus, topic: string, onMessage: () => void) {
    this.#topic = topic;
    this.#end = bus.subscribe(
      topic,
      (message) => {
        if (message.startsWith(PROBE)) {
          this.#probes += 1;
          return;
        }
        this.messages.push(message);
        onMessage();
      },
      () => {
        this.gaps += 1;
      },
    );
  }

  /** Waits until this subscription hears that node, then forgets what it has heard. */
  async heardFrom(sender: Bus): Promise<this> {
    const before = this.#probes;
    await soon(() => {
      sender.publish(this.#topic, PROBE);
      expect(this.#probes).toBeGreaterThan(before);
    });
    this.messages.length = 0;
    return this;
  }

  /** Waits until all of these have come, in any order; a bus may double them. */
  async waitFor(messages: readonly string[]): Promise<void> {
    await soon(() => expect(new Set(this.messages)).toEqual(new Set(messages)));
  }

  end(): void {
    this.#end();
  }
}
