// The contract of stores that outlive the run: what the next run finds, and what becomes of the stores of other versions of
// the SDK. The rules go on from those of every store.
import type { ReplicaStores, Stored } from '@kith/sdk/storage/replica-store';
import type { Step } from '@kith/sdk/storage/versions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CONVERSATION,
  contentsOf,
  type Device,
  message,
  messages,
  mixed,
  reasonOf,
  StoreWorld,
} from './replica-store-world.js';

export type LastingDevice = Device & {
  /** A run with an SDK that is as many versions later as there are steps. */
  later(steps: readonly Step[]): Promise<ReplicaStores>;
  /** Stores where the platform refuses storage. */
  refused(): Promise<ReplicaStores>;
};

export function lastingStoreContract(name: string, make: () => Promise<LastingDevice>): void {
  describe(`${name} keeps the rules of a store that outlives the run`, () => {
    const world = new StoreWorld(make);
    beforeAll(() => world.begin());
    afterAll(() => world.end());
    lastingRules(world);
    versionRules(world);
  });
}

function lastingRules(world: StoreWorld<LastingDevice>): void {
  test('[STO13] the next run finds everything that was kept, in the order in which it was changed', async () => {
    const name = world.freshName();
    const store = await world.open(name);
    await store.write(mixed(1, messages(1, 300)));
    await store.write({ drop: [{ conversation: CONVERSATION, from: 100, to: 199 }], entries: [message(150, 'again')] });
    await store.write({
      outbox: new Map([
        ['key 1', null],
        ['key 2', { mark: 2 }],
      ]),
      entries: [message(300, 'edited')],
    });
    const before = await contentsOf(store);
    // Nobody closes a store when a run ends.
    const again = await world.open(name);
    expect(await contentsOf(again)).toEqual(before);
    await again.write(mixed(3, messages(301, 302)));
    expect((await contentsOf(await world.open(name))).entries).toHaveLength(203);
  });

  test('[STO14] a batch with a part that cannot be kept is refused as a whole', async () => {
    const name = world.freshName();
    const store = await world.open(name);
    await store.write(mixed(1, messages(1, 3)));
    const poison = Object.defineProperty({ ...message(5) }, 'body', {
      enumerable: true,
      get: () => {
        throw new Error('unreadable');
      },
    });
    await expect(store.write(mixed(2, [message(4), poison, message(6)]))).rejects.toThrow('unreadable');
    await store.write({ entries: [message(7)] });
    for (const opened of [store, await world.open(name)]) {
      const { meta, entries } = await contentsOf(opened);
      expect(meta.get('cursor')).toEqual({ mark: 1 });
      expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3, 7]);
    }
  });

  test('[STO15] where the platform refuses storage, `open` is refused with `blocked`', async () => {
    expect(await reasonOf(world.open(world.freshName(), world.device.refused()))).toBe('blocked');
  });
}

function versionRules(world: StoreWorld<LastingDevice>): void {
  const steps: readonly Step[] = [
    (part, value) => (part === 'users' ? value : { ...(value as Stored), second: part }),
    (part, value) => {
      if (part === 'outbox' || (value as { readonly seq?: number }).seq === 2) return null;
      return { ...(value as Stored), third: true };
    },
  ];

  test('[STO16] a store of an earlier version is brought up, every part of it, by each step once', async () => {
    const name = world.freshName();
    await (await world.open(name)).write(mixed(1, messages(1, 250)));
    const open = (count: number) => world.open(name, world.device.later(steps.slice(0, count)));
    expect((await (await open(1)).load()).meta.get('cursor')).toEqual({ mark: 1, second: 'meta' });
    for (let run = 0; run < 2; run += 1) {
      const { meta, conversations, users, outbox, entries } = await contentsOf(await open(2));
      expect(meta.get('cursor')).toEqual({ mark: 1, second: 'meta', third: true });
      expect(conversations.get(CONVERSATION)).toEqual({ mark: 1, second: 'conversations', third: true });
      expect(users.get('ann')).toMatchObject({ name: 'Ann 1', third: true });
      expect(outbox.size).toBe(0);
      expect(entries.map(({ seq }) => seq)).toEqual([1, ...Array.from({ length: 248 }, (_, index) => index + 3)]);
      expect(entries.at(-1)).toEqual({ ...message(250), second: 'entries', third: true });
    }
  });

  test('[STO17] a store of a later version is refused with `newer`, and left as it is', async () => {
    const name = world.freshName();
    const later = () => world.open(name, world.device.later(steps.slice(0, 1)));
    const store = await later();
    await store.write(mixed(1, messages(1, 5)));
    const before = await contentsOf(store);
    await store.close();
    expect(await reasonOf(world.open(name))).toBe('newer');
    expect(await reasonOf(world.open(name))).toBe('newer');
    expect(await contentsOf(await later())).toEqual(before);
  });
}
