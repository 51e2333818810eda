// The contract of the bus on the memory bus, and what the faulty bus of the simulations does with it.
import { MemoryHub } from '@kith/server/bus/memory';
import { describe, expect, test } from 'vitest';
import { busContract } from '../src/contracts/bus.js';
import { FakeClock, settle } from '../src/fake-clock.js';
import { type BusFaults, FaultyHub, NO_BUS_FAULTS } from '../src/faulty-bus.js';
import { SeededRandom } from '../src/seeded-random.js';

busContract('the memory bus', () => {
  const hub = new MemoryHub();
  return Promise.resolve({
    node: () => Promise.resolve(hub.node()),
    interrupt: () => Promise.resolve(hub.interrupt()),
    close: () => Promise.resolve(),
  });
});

busContract('the faulty bus without faults', () => {
  const inner = new MemoryHub();
  const hub = new FaultyHub({ hub: inner, clock: new FakeClock(), random: new SeededRandom(1), faults: NO_BUS_FAULTS });
  return Promise.resolve({
    node: () => Promise.resolve(hub.node()),
    interrupt: () => Promise.resolve(inner.interrupt()),
    close: () => Promise.resolve(),
  });
});

describe('the memory bus', () => {
  test('an interruption loses what is on its way', async () => {
    const hub = new MemoryHub();
    const [sender, receiver] = [hub.node(), hub.node()];
    const heard: string[] = [];
    receiver.subscribe(
      'topic',
      (message) => heard.push(message),
      () => heard.push('gap'),
    );
    sender.publish('topic', 'lost');
    hub.interrupt();
    sender.publish('topic', 'after');
    await settle();
    expect(heard).toEqual(['gap', 'after']);
  });

  test('messages arrive in the order sent', async () => {
    const hub = new MemoryHub();
    const [sender, receiver] = [hub.node(), hub.node()];
    const heard: string[] = [];
    receiver.subscribe(
      'topic',
      (message) => heard.push(message),
      () => {},
    );
    for (const message of ['1', '2', '3']) sender.publish('topic', message);
    await settle();
    expect(heard).toEqual(['1', '2', '3']);
  });
});

describe('the faulty bus', () => {
  const FAULTS: BusFaults = { lose: 0.2, double: 0.2, delay: 0.3, maxDelayMs: 50 };

  async function run(seed: number, faults: BusFaults) {
    const clock = new FakeClock();
    const hub = new FaultyHub({ hub: new MemoryHub(), clock, random: new SeededRandom(seed), faults });
    const [sender, receiver] = [hub.node(), hub.node()];
    const heard: number[] = [];
    const end = receiver.subscribe(
      'topic',
      (message) => heard.push(Number(message)),
      () => {},
    );
    for (let number = 0; number < 200; number += 1) {
      sender.publish('topic', String(number));
      await clock.advanceAsync(1);
    }
    await clock.advanceAsync(50);
    expect(clock.pending).toBe(0);
    return { heard, counts: hub.counts, end, hub, sender, clock };
  }

  test('it loses, doubles and reorders, and counts what it did', async () => {
    const { heard, counts } = await run(7, FAULTS);
    expect(heard).toHaveLength(200 - counts.lost + counts.doubled);
    expect(heard).not.toEqual([...heard].sort((a, b) => a - b));
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(10);
  });

  test('the same seed does the same, another seed does not', async () => {
    const [first, same, other] = [await run(7, FAULTS), await run(7, FAULTS), await run(8, FAULTS)];
    expect(same.heard).toEqual(first.heard);
    expect(other.heard).not.toEqual(first.heard);
  });

  test('a delayed message does not come to an ended subscription', async () => {
    const { heard, end, hub, sender, clock } = await run(7, FAULTS);
    hub.setFaults({ lose: 0, double: 0, delay: 1, maxDelayMs: 50 });
    sender.publish('topic', '999');
    await settle();
    end();
    await clock.advanceAsync(50);
    expect(heard).not.toContain(999);
  });

  test('each node meets faults of its own', async () => {
    const clock = new FakeClock();
    const faults = { ...FAULTS, lose: 0.5 };
    const hub = new FaultyHub({ hub: new MemoryHub(), clock, random: new SeededRandom(3), faults });
    const sender = hub.node();
    const ears = [hub.node(), hub.node()].map((bus) => {
      const heard = new Set<string>();
      bus.subscribe(
        'topic',
        (message) => heard.add(message),
        () => {},
      );
      return heard;
    });
    for (let number = 0; number < 50; number += 1) sender.publish('topic', String(number));
    await clock.advanceAsync(100);
    expect(ears[0]).not.toEqual(ears[1]);
  });
});
