// Where a replica and an outbox outlive the run: IndexedDB, a file, or memory. One store belongs to one person on one
// server; another person gets another store, so two people on one device never see each other's.
// The store knows nothing of what it keeps: it promises that a batch is kept as a whole or not at all, and that batches
// take effect in the order of the calls. Rules STO1–… of docs/contracts.md.
import type { TimelineItem, User } from '@kith/protocol';
import type { Tabs, TabsParts } from '../tabs/tabs.js';

/** Any JSON. */
export type Stored = { readonly [field: string]: unknown };

/** Everything but entries: it is small, and read once at the start. */
export type Held = {
  readonly meta: ReadonlyMap<string, Stored>;
  readonly conversations: ReadonlyMap<string, Stored>;
  readonly users: ReadonlyMap<string, User>;
  readonly outbox: ReadonlyMap<string, Stored>;
};

/** All of it is kept together. `null` removes. Ranges are dropped before entries are put. */
export type Batch = {
  readonly meta?: ReadonlyMap<string, Stored | null>;
  readonly conversations?: ReadonlyMap<string, Stored | null>;
  readonly users?: ReadonlyMap<string, User | null>;
  readonly outbox?: ReadonlyMap<string, Stored | null>;
  readonly drop?: readonly SeqRange[];
  /** By (conversation, seq): the newer one takes the place of the older. */
  readonly entries?: readonly TimelineItem[];
};

/** What of a batch any tab may write. */
export function outboxOf({ outbox }: Pick<Batch, 'outbox'>): Pick<Batch, 'outbox'> {
  return outbox ? { outbox } : {};
}

/** Both ends belong to it. */
export type SeqRange = { readonly conversation: string; readonly from: number; readonly to: number };

/** Some entries of a range. */
export type EntryQuery = SeqRange & {
  readonly limit: number;
  /** From which end the limit counts. The answer rises in any case. */
  readonly nearest: 'from' | 'to';
};

/** What is kept of one person. Whoever makes one of their own has it keep the rules STO1 and on of `docs/contracts.md`. */
export interface ReplicaStore {
  /** Everything but entries. @throws StorageError */
  load(): Promise<Held>;
  /** Those that are kept of a range, rising by seq. @throws StorageError */
  entries(query: EntryQuery): Promise<readonly TimelineItem[]>;
  /** @throws StorageError full, gone */
  write(batch: Batch): Promise<void>;
  /**
   * Where tabs share it: from now on this one writes. Of what one that led before has still to write, as it slept meanwhile,
   * nothing is kept but the outbox, to which all tabs add.
   * @param onPassed this one wrote something, and another led since
   * @throws StorageError
   */
  lead?(onPassed: () => void): Promise<void>;
  /** Removes everything that it keeps; it can be written again. */
  clear(): Promise<void>;
  /** Waits for what is being written. */
  close(): Promise<void>;
}

/** What a run has where no store can be opened: nothing is kept, so it goes on in memory. */
export function refusingStore(error: StorageError): ReplicaStore {
  const refuse = () => Promise.reject(error);
  return { load: refuse, entries: refuse, write: refuse, clear: refuse, close: () => Promise.resolve() };
}

/** Makes the store of each person who signs in on this device. */
export interface ReplicaStores {
  /** Whether what is kept outlives the run. */
  readonly isDurable: boolean;
  /**
   * Where the tabs of an app see what each other keeps: puts them on one link. Null, or no such method, where every run is on
   * its own.
   * @internal
   */
  share?(name: string, parts: TabsParts): Tabs | null;
  /** @param name of the person on the server; opened by one owner at a time in a run. @throws StorageError */
  open(name: string): Promise<ReplicaStore>;
  /** Removes the store of that name. */
  remove(name: string): Promise<void>;
}

/** `full`: no room. `blocked`: the platform refuses storage. `gone`: it was removed or closed under us. `newer`: a later SDK wrote it. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly reason: 'full' | 'blocked' | 'gone' | 'newer';

  constructor(reason: StorageError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
