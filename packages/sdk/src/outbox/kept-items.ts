// The items of an outbox and their records: what a change left in memory is written as a whole, in the order of the changes,
// and an item is shown once its first record is in the store. Where storage fails items live on in memory, flagged, and are
// written again when storage takes something.
import type { Batch, Stored } from '../storage/replica-store.js';
import { type OutboxItem, parseRecord, recordOf } from './outbox-item.js';

/** What writes to the store, together with the replica's own. */
export interface OutboxKeeper {
  /** Settles in any case, in the order of the calls. @throws StorageError: it is in memory alone */
  keep(part: Batch): Promise<void>;
}

/** By key; null is gone. */
export type Records = Iterable<readonly [string, Stored | null]>;

export type KeptItemsParts = {
  readonly keeper: OutboxKeeper;
  /** The outbox's records as the store has them now. @throws StorageError */
  readonly stored: () => Promise<ReadonlyMap<string, Stored>>;
  readonly onKept: () => void;
};

export class KeptItems {
  readonly #parts: KeptItemsParts;
  #items = new Map<string, OutboxItem>();
  /** Not in the store yet, for the first time. */
  readonly #untaken = new Set<string>();
  /** Writes on their way, by key. */
  readonly #writing = new Map<string, number>();
  /** Items and removals that the store does not know of, because storage failed. */
  readonly #loose = new Set<string>();
  /** What changed here since the store was last asked; null while it is not being asked. */
  #touched: Set<string> | null = null;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(parts: KeptItemsParts) {
    this.#parts = parts;
  }

  /** In the order of writing. */
  get all(): ReadonlyMap<string, OutboxItem> {
    return this.#items;
  }

  get list(): readonly OutboxItem[] {
    return [...this.#items.values()];
  }

  get isReloading(): boolean {
    return this.#touched !== null;
  }

  get(key: string): OutboxItem | undefined {
    return this.#items.get(key);
  }

  /** Those that are taken. */
  shown(): readonly OutboxItem[] {
    return this.list.filter(({ key }) => !this.#untaken.has(key));
  }

  /** A new one, behind all others; not shown before it is kept. */
  begin(item: OutboxItem): void {
    this.put(item);
    this.#untaken.add(item.key);
  }

  /** In its place, else behind all others. */
  put(item: OutboxItem): void {
    this.#items.set(item.key, item);
  }

  patch(key: string, fields: Partial<OutboxItem>): void {
    const item = this.#items.get(key);
    if (item) this.#items.set(key, { ...item, ...fields });
  }

  /** By order, where that was changed. */
  sort(): void {
    this.#items = new Map([...this.#items].sort(([, left], [, right]) => left.order - right.order));
  }

  drop(key: string): void {
    this.#items.delete(key);
  }

  /** Writes what the items of these keys are now; those that are gone are removed. @returns when the store has answered */
  async keep(keys: ReadonlySet<string>): Promise<void> {
    if (keys.size === 0) return;
    const outbox = new Map<string, Stored | null>();
    for (const key of keys) {
      const item = this.#items.get(key);
      outbox.set(key, item ? recordOf(item) : null);
      this.#writing.set(key, (this.#writing.get(key) ?? 0) + 1);
      this.#touched?.add(key);
    }
    // Whatever went wrong with it, the items are in memory alone; the keeper says so to the app.
    const isKept = await this.#parts.keeper.keep({ outbox }).then(
      () => true,
      () => false,
    );
    for (const key of keys) this.#written(key, isKept);
    // Not awaited: if this fails too, the keys stay as they are until the next time.
    if (isKept) void this.again();
    this.#parts.onKept();
  }

  /** Takes in what the store has, save what changed here meanwhile. @throws StorageError */
  reload(): Promise<void> {
    const run = this.#reloading.then(() => this.#takeStored());
    this.#reloading = run.catch(() => {});
    return run;
  }

  /**
   * Takes in what another tab could not give to the store.
   * @param isOwn this tab is to give it to the store, once that takes something
   */
  take(records: Records, isOwn: boolean): void {
    for (const [key, record] of records) {
      const stored = record && parseRecord(key, record);
      if (isOwn) this.#loose.add(key);
      // The store is being asked, and does not know it.
      this.#touched?.add(key);
      if (stored) this.put({ ...merged(this.get(key), stored), isDurable: false });
      else this.drop(key);
    }
    this.sort();
  }

  /** Tries again what storage did not take. */
  again(): Promise<void> {
    return this.keep(new Set(this.#loose));
  }

  #written(key: string, isKept: boolean): void {
    const writing = (this.#writing.get(key) ?? 1) - 1;
    if (writing === 0) this.#writing.delete(key);
    else this.#writing.set(key, writing);
    this.#untaken.delete(key);
    if (isKept) this.#loose.delete(key);
    else this.#loose.add(key);
    if (this.#items.get(key)?.isDurable !== isKept) this.patch(key, { isDurable: isKept });
  }

  async #takeStored(): Promise<void> {
    const touched = new Set([...this.#writing.keys(), ...this.#loose]);
    this.#touched = touched;
    try {
      this.#merge(await this.#parts.stored(), touched);
    } finally {
      this.#touched = null;
    }
  }

  #merge(records: ReadonlyMap<string, Stored>, touched: ReadonlySet<string>): void {
    for (const key of this.#items.keys()) if (!touched.has(key) && !records.has(key)) this.#items.delete(key);
    for (const [key, record] of records) {
      const stored = touched.has(key) ? null : parseRecord(key, record);
      if (stored) this.#items.set(key, merged(this.#items.get(key), stored));
    }
    this.sort();
  }
}

/** How far a send got is known to this run alone; all else the store knows better. */
function merged(held: OutboxItem | undefined, stored: OutboxItem): OutboxItem {
  if (!held) return stored;
  if (JSON.stringify(recordOf(held)) === JSON.stringify(recordOf(stored))) return held;
  const { status, place } = held;
  if (stored.failure || status === 'failed') return stored;
  // What may have been sent stays so until it fails: the record is an older one.
  return held.mayBeSent && !stored.mayBeSent ? held : { ...stored, status, place };
}
