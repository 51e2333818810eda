// The one writer to the store. What comes while a batch is being written is merged into the next one, so that what waits is
// bounded by what there is, not by how often it changed; batches are written in the order of the calls, so a cursor is never
// kept before what it vouches for (rule C4). Where storage fails the run goes on in memory: of the replica nothing more is
// written, the store stays as of one moment, and `storage` says so. What waits to be sent is still tried, on its own.
import type { TimelineItem } from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import type { Clock } from '../ports.js';
import {
  type Batch,
  type EntryQuery,
  type Held,
  outboxOf,
  type ReplicaStore,
  StorageError,
  type Stored,
} from '../storage/replica-store.js';

/** `durable`: what is held outlives the run. `memory`: it does not, for that reason. */
export type StorageStatus =
  | { readonly kind: 'durable' }
  /** `reason` is null where nothing was asked to outlive the run. */
  | { readonly kind: 'memory'; readonly reason: StorageError['reason'] | null };

/** What a turn changed. Conversations that change often are written down once, as they are when their batch goes. */
export type Part = Omit<Batch, 'conversations'> & {
  readonly conversations?: ReadonlyMap<string, Stored | (() => Stored) | null>;
};

export type KeeperParts = {
  readonly store: ReplicaStore;
  readonly clock: Clock;
  /** What the store is worth; by default `durable`. */
  readonly status?: StorageStatus;
};

/** A store that takes longer for one batch is as good as gone. Milliseconds. */
const WRITE_MS = 30_000;
/** Records that wait for one batch to be written: a store that lets more pile up does not keep up. */
const MOST_WAITING = 20_000;
const PARTS = ['meta', 'conversations', 'users', 'outbox'] as const;

export class Keeper {
  readonly #store: ReplicaStore;
  readonly #clock: Clock;
  readonly #storage: Value<StorageStatus>;
  #failure: StorageError | null = null;
  #isLeading = true;
  #waiting: Waiting | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor({ store, clock, status = { kind: 'durable' } }: KeeperParts) {
    this.#store = store;
    this.#clock = clock;
    this.#storage = new Value(status);
  }

  get storage(): Observable<StorageStatus> {
    return this.#storage;
  }

  /** Whether what is kept now can be read again: else the replica holds in memory alone. */
  get isKeeping(): boolean {
    return this.#isLeading && this.#failure === null;
  }

  /** It was removed under this run; where it is full it is still there. */
  get isStoreGone(): boolean {
    return this.#failure?.reason === 'gone';
  }

  /**
   * Of several tabs on one store one writes, the others read, and add what is to be sent.
   * @param onPassed another tab has begun to write since
   */
  lead(isLeading: boolean, onPassed: () => void = () => {}): void {
    this.#isLeading = isLeading;
    const lead = () => this.#inTime(Promise.resolve(this.#store.lead?.(onPassed)));
    if (isLeading) this.#writing = this.#writing.then(lead, lead).catch((error) => void this.#fail(error));
  }

  /**
   * Parts of one turn, and all that comes while another batch is written, are kept together. Settles in any case, in the
   * order of the calls.
   * @throws StorageError it is in memory alone
   */
  keep(part: Part): Promise<void> {
    // What is to be sent is kept by whoever was asked to, under keys that no other tab has.
    const isWhole = this.#isLeading && this.#failure === null;
    if (!this.#isLeading && !part.outbox) return Promise.reject(new StorageError('blocked', 'another tab writes'));
    const waiting = this.#waiting ?? this.#begin();
    waiting.merge(isWhole ? part : outboxOf(part));
    if (waiting.size > MOST_WAITING) this.#fail(unanswered());
    return waiting.done;
  }

  /** Resolves when everything that was kept before this call is in the store, or false where it was refused. */
  async settled(): Promise<boolean> {
    await (this.#waiting?.done ?? this.#writing).catch(() => {});
    return this.isKeeping;
  }

  /** What an earlier run, or another tab, left. @throws StorageError */
  async load(): Promise<Held> {
    await this.settled();
    try {
      return await this.#inTime(this.#store.load());
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** Entries as they are after everything that was kept before; null where storage has failed. */
  async entries(query: EntryQuery): Promise<readonly TimelineItem[] | null> {
    await this.settled();
    if (this.#failure) return null;
    return this.#inTime(this.#store.entries(query)).catch((error: unknown) => {
      this.#fail(error);
      return null;
    });
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.settled();
    await this.#store.close();
  }

  #begin(): Waiting {
    const waiting = new Waiting();
    this.#waiting = waiting;
    // After the batch before, and never in this very turn: what else comes in it belongs to it.
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write(waiting));
    this.#writing.then(waiting.resolve, waiting.reject);
    return waiting;
  }

  async #write(waiting: Waiting): Promise<void> {
    this.#waiting = null;
    const batch = waiting.batch();
    const failure = this.#failure ?? (await this.#tried(batch));
    if (!failure) return;
    // It may be small enough for a store that is full. One that is gone, or does not answer, is not asked again.
    if (!batch.outbox || failure.reason !== 'full') throw failure;
    await this.#inTime(this.#store.write({ outbox: batch.outbox }));
  }

  async #tried(batch: Batch): Promise<StorageError | null> {
    try {
      await this.#inTime(this.#store.write(batch));
      return null;
    } catch (error) {
      return this.#fail(error);
    }
  }

  #fail(error: unknown): StorageError {
    const failure = error instanceof StorageError ? error : unanswered({ cause: error });
    this.#failure ??= failure;
    this.#storage.set({ kind: 'memory', reason: this.#failure.reason });
    return failure;
  }

  #inTime<T>(asked: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(WRITE_MS, () => reject(unanswered()));
      asked.then(resolve, reject).finally(cancel);
    });
  }
}

function unanswered(options?: ErrorOptions): StorageError {
  return new StorageError('gone', 'the store does not answer', options);
}

/** What waits to be written, merged: of what changed twice the last counts. */
class Waiting {
  readonly done: Promise<void>;
  resolve: () => void = () => {};
  reject: (error: unknown) => void = () => {};
  readonly #maps = { meta: new Map(), conversations: new Map(), users: new Map(), outbox: new Map() };
  readonly #drop: NonNullable<Batch['drop']>[number][] = [];
  readonly #entries = new Map<string, Map<number, TimelineItem>>();
  #entryCount = 0;

  constructor() {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.done.catch(() => {});
  }

  get size(): number {
    const { meta, conversations, users, outbox } = this.#maps;
    return meta.size + conversations.size + users.size + outbox.size + this.#drop.length + this.#entryCount;
  }

  merge(part: Part): void {
    for (const name of PARTS) for (const [key, value] of part[name] ?? []) this.#maps[name].set(key, value);
    // Ranges are dropped before entries are put: entries that waited are dropped here.
    for (const range of part.drop ?? []) {
      const entries = this.#entries.get(range.conversation);
      for (const seq of entries?.keys() ?? []) {
        if (seq >= range.from && seq <= range.to && entries?.delete(seq)) this.#entryCount -= 1;
      }
      this.#drop.push(range);
    }
    for (const entry of part.entries ?? []) {
      const entries = this.#entries.get(entry.conversation) ?? new Map<number, TimelineItem>();
      if (!entries.has(entry.seq)) this.#entryCount += 1;
      this.#entries.set(entry.conversation, entries.set(entry.seq, entry));
    }
  }

  batch(): Batch {
    const entries = [...this.#entries.values()].flatMap((held) => [...held.values()]);
    for (const [id, record] of this.#maps.conversations) {
      if (typeof record === 'function') this.#maps.conversations.set(id, record());
    }
    const maps = PARTS.flatMap((name) => (this.#maps[name].size > 0 ? [[name, this.#maps[name]] as const] : []));
    return { drop: this.#drop, entries, ...Object.fromEntries(maps) };
  }
}
