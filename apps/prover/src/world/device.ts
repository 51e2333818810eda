// One device of a person: what its tabs share, and what of it outlives them.
import { StorageError } from '@kith/sdk';
import { MemoryStores } from '@kith/sdk/storage/memory';
import { DeviceDisk } from '@kith/testkit/device/device-disk';
import { TabLines } from '@kith/testkit/device/tab-lines';
import type { FakeClock } from '@kith/testkit/fake-clock';
import type { Gate } from '@kith/testkit/gate';
import type { SeededRandom } from '@kith/testkit/seeded-random';
import type { Tab } from './tab.js';

export type Owner = { readonly id: string; readonly name: string };

export type DeviceParts = {
  readonly owner: Owner;
  readonly name: string;
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  /** By how much its clock on the wall is wrong, in milliseconds. */
  readonly aheadMs: number;
  /** Its app gives the tokens, and nobody types a password. */
  readonly isHosted: boolean;
};

/** What the network of a device lets through beside whole answers over HTTP. */
export type Network = {
  /** Those that are `swallowed` neither open nor end. */
  readonly sockets: 'open' | 'refused' | 'swallowed';
  /** A proxy passes a stream on when it has ended. */
  readonly holdsStreams: boolean;
};

export const OPEN_NETWORK: Network = { sockets: 'open', holdsStreams: false };

export class Device {
  readonly owner: Owner;
  readonly name: string;
  readonly random: SeededRandom;
  readonly aheadMs: number;
  readonly isHosted: boolean;
  readonly tabs = new Set<Tab>();
  readonly disk: DeviceDisk;
  readonly lines: TabLines;
  /** Small texts: tokens, and the device's own name. */
  readonly values = new Map<string, string>();
  isOnline = true;
  network = OPEN_NETWORK;
  /** Its only tab goes on without the store that it had. */
  isWiped = false;
  #opened = 0;
  /** The end of the last piece of work of each name. */
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #waiting: { readonly gate: Gate; readonly resolve: () => void }[] = [];

  constructor({ owner, name, clock, random, aheadMs, isHosted }: DeviceParts) {
    this.owner = owner;
    this.name = name;
    this.random = random;
    this.aheadMs = aheadMs;
    this.isHosted = isHosted;
    const stores = new MemoryStores();
    this.disk = new DeviceDisk({ clock, random, stores, full: () => new StorageError('full', 'no room') });
    this.lines = new TabLines(clock, random);
  }

  /** The name of the next tab. */
  nextTab(): string {
    this.#opened += 1;
    return `${this.name}.${this.#opened}`;
  }

  /** One piece of work at a time under a name. What a tab that has crashed held is free. */
  exclusive<T>(name: string, gate: Gate, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const turn = before.then(() => (gate.isOver ? new Promise<never>(() => {}) : work()));
    const crashed = new Promise<void>((resolve) => {
      this.#waiting.push({ gate, resolve });
    });
    this.#turns.set(name, Promise.race([turn.then(nothing, nothing), crashed]));
    return turn;
  }

  /** A tab has crashed. */
  crashed(): void {
    for (const { gate, resolve } of this.#waiting) if (gate.isOver) resolve();
  }
}

function nothing(): void {}
