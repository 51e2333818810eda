// What the contract of stores works with: a device on which the app runs again and again, and short ways to say what is
// kept. Every test takes a name of its own, so all of them share one device.
import type { TimelineItem, User } from '@kith/protocol';
import type { Batch, Held, ReplicaStore, ReplicaStores, StorageError } from '@kith/sdk/storage/replica-store';

export type Device = {
  /** The stores of one more run of the app. */
  run(): Promise<ReplicaStores>;
  /** Stores with room for some entries, but not for 500 of a kilobyte. */
  small(): Promise<ReplicaStores>;
  /** Takes away, from outside, what is kept under that name. */
  wipe(name: string): Promise<void>;
  close(): Promise<void>;
};

export class StoreWorld<D extends Device> {
  readonly #make: () => Promise<D>;
  #device: D | null = null;
  readonly #opened: ReplicaStore[] = [];
  #names = 0;

  constructor(make: () => Promise<D>) {
    this.#make = make;
  }

  async begin(): Promise<void> {
    this.#device = await this.#make();
  }

  async end(): Promise<void> {
    for (const store of this.#opened) await store.close();
    await this.#device?.close();
  }

  get device(): D {
    if (!this.#device) throw new Error('there is no device');
    return this.#device;
  }

  freshName(): string {
    this.#names += 1;
    return `Person ${this.#names} of https://chat.example/`;
  }

  /** A store in a run of its own, unless one is given. A run that ends closes nothing: that is done at the end of all. */
  async open(name: string = this.freshName(), run: Promise<ReplicaStores> = this.device.run()): Promise<ReplicaStore> {
    const store = await (await run).open(name);
    this.#opened.push(store);
    return store;
  }
}

export const CONVERSATION = '01890a5d-ac96-774b-bcce-b302099a8057';
export const ANOTHER = '01890a5d-ac96-774b-bcce-b302099a8058';

export function message(seq: number, text = `message ${seq}`, conversation = CONVERSATION): TimelineItem {
  return {
    conversation,
    epoch: 1,
    seq,
    n: seq,
    at: 1_700_000_000_000,
    kind: 'message.sent',
    body: { text },
    asOf: seq,
  };
}

export function messages(from: number, to: number, conversation = CONVERSATION): readonly TimelineItem[] {
  return Array.from({ length: to - from + 1 }, (_, index) => message(from + index, undefined, conversation));
}

export function person(id: string, name: string): User {
  return { id, kind: 'person', name, username: name.toLowerCase(), avatar: null, version: 1 };
}

/** A batch that touches every part, so that any half of it shows. */
export function mixed(mark: number, entries: readonly TimelineItem[]): Batch {
  return {
    meta: new Map([['cursor', { mark }]]),
    conversations: new Map([[CONVERSATION, { mark }]]),
    users: new Map([['ann', person('ann', `Ann ${mark}`)]]),
    outbox: new Map([[`key ${mark}`, { mark }]]),
    entries,
  };
}

/** All of a store. */
export async function contentsOf(store: ReplicaStore): Promise<Held & { readonly entries: readonly TimelineItem[] }> {
  const all = { from: 0, to: Number.MAX_SAFE_INTEGER, limit: 10_000, nearest: 'from' } as const;
  const [one, other] = [CONVERSATION, ANOTHER].map((conversation) => store.entries({ conversation, ...all }));
  return { ...(await store.load()), entries: [...((await one) ?? []), ...((await other) ?? [])] };
}

/** The reason with which a store refuses, or null where it doesn't; anything else is thrown on. */
export async function reasonOf(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    if ((error as Error).name === 'StorageError') return (error as StorageError).reason;
    throw error;
  }
}
