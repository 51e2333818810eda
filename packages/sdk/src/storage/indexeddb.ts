// A store in IndexedDB: one database for each name, shared by all tabs of an origin. A batch is one transaction, and
// IndexedDB runs overlapping transactions in the order in which they were made: so batches keep their order without
// waiting for each other. Nothing but the small parts is read at the start; entries are read by range.
import type { TimelineItem } from '@kith/protocol';
import { deleteDB, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb';
import { openTabChannel } from '../platform/broadcast-tabs.js';
import { Tabs, type TabsParts } from '../tabs/tabs.js';
import {
  type Batch,
  type EntryQuery,
  type Held,
  outboxOf,
  type ReplicaStore,
  type ReplicaStores,
  StorageError,
} from './replica-store.js';
import { STEPS, type Step, upgraded, versionOf } from './versions.js';

const MAPS = ['meta', 'conversations', 'users', 'outbox'] as const;
const PARTS = [...MAPS, 'entries'] as const;
/** Some browsers leave a request to open without an answer for ever. Milliseconds. */
const ANSWER_MS = 10_000;
/** Among the small things: how often a tab began to lead. */
const LEADS = 'leads';
/** What a connection that is gone ends a request with. */
const GONE = new Set(['AbortError', 'InvalidStateError', 'NotFoundError', 'UnknownError', 'TimeoutError']);

type Database = IDBPDatabase<unknown>;
type Mode = 'readonly' | 'readwrite';
type Transaction<M extends Mode | 'versionchange'> = IDBPTransaction<unknown, string[], M>;
type TransactionKind<M extends Mode> = {
  readonly mode: M;
  readonly parts: readonly string[];
  readonly options?: IDBTransactionOptions;
};

/** Where a browser keeps what is held. */
export type IndexedDbOptions = {
  /** Before the name of every database. By default `kith:`. */
  readonly prefix?: string;
  readonly steps?: readonly Step[];
};

/** For browsers: all tabs of an origin share one database for each person, and one connection to the server. */
export class IndexedDbStores implements ReplicaStores {
  readonly isDurable = true;
  readonly #prefix: string;
  readonly #steps: readonly Step[];

  constructor({ prefix = 'kith:', steps = STEPS }: IndexedDbOptions = {}) {
    this.#prefix = prefix;
    this.#steps = steps;
  }

  /** @internal */
  share(name: string, parts: TabsParts): Tabs | null {
    const channel = openTabChannel(this.#prefix + name);
    return channel && new Tabs(channel, parts);
  }

  async open(name: string): Promise<ReplicaStore> {
    const store = new IndexedDbStore(this.#prefix + name, this.#steps);
    await store.begin();
    return store;
  }

  async remove(name: string): Promise<void> {
    const answer = new Answer();
    await answer.to(deleteDB(this.#prefix + name)).catch((error: unknown) => {
      throw openingError(error);
    });
  }
}

class IndexedDbStore implements ReplicaStore {
  readonly #name: string;
  readonly #steps: readonly Step[];
  /** Null where the browser has ended the connection by itself: the next request opens another. */
  #database: Promise<Database> | null = null;
  #isOver = false;
  readonly #writing = new Set<Promise<unknown>>();
  #leads: number | null = null;
  #onPassed: () => void = () => {};

  constructor(name: string, steps: readonly Step[]) {
    this.#name = name;
    this.#steps = steps;
  }

  /** @throws StorageError blocked, full, newer */
  async begin(): Promise<void> {
    try {
      this.#database = this.#open(false);
      await this.#database;
    } catch (error) {
      throw openingError(error);
    }
  }

  async load(): Promise<Held> {
    const maps = await this.#run({ mode: 'readonly', parts: MAPS }, (transaction) => {
      return Promise.all(MAPS.map((part) => readMap(transaction, part)));
    });
    const [meta, conversations, users, outbox] = maps;
    return { meta, conversations, users, outbox } as Held;
  }

  entries(query: EntryQuery): Promise<readonly TimelineItem[]> {
    return this.#run({ mode: 'readonly', parts: ['entries'] }, (transaction) => readEntries(transaction, query));
  }

  write(batch: Batch): Promise<void> {
    const work = async (transaction: Transaction<'readwrite'>) => {
      const isPassed = this.#leads !== null && this.#leads < (await readLeads(transaction));
      if (isPassed) this.#onPassed();
      return put(transaction, isPassed ? outboxOf(batch) : batch);
    };
    return this.#change(work, batch.outbox ? 'strict' : 'relaxed');
  }

  lead(onPassed: () => void): Promise<void> {
    this.#onPassed = onPassed;
    return this.#change(async (transaction) => {
      const count = (await readLeads(transaction)) + 1;
      this.#leads = count;
      return [transaction.objectStore('meta').put({ count }, LEADS)];
    }, 'relaxed');
  }

  clear(): Promise<void> {
    return this.#change((transaction) => PARTS.map((part) => transaction.objectStore(part).clear()), 'strict');
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#writing);
    this.#letGo();
  }

  /** @param durability what waits to be sent is nowhere else: it reaches the disk before it counts as kept */
  #change(
    work: (transaction: Transaction<'readwrite'>) => Iterable<Promise<unknown>> | Promise<Iterable<Promise<unknown>>>,
    durability: IDBTransactionDurability,
  ): Promise<void> {
    const kind = { mode: 'readwrite', parts: PARTS, options: { durability } } as const;
    const changing = this.#run(kind, async (transaction) => {
      const failed: unknown[] = [];
      // Each is looked at, also where one of them can't even be asked for.
      for (const request of await work(transaction)) request.catch((error: unknown) => failed.push(error));
      await transaction.done.catch((error: unknown) => {
        throw [...failed, transaction.error, error].find(isCause) ?? error;
      });
    });
    this.#writing.add(changing);
    const done = () => {
      this.#writing.delete(changing);
    };
    changing.then(done, done);
    return changing;
  }

  /** One transaction, whole or not at all. @throws StorageError full, gone */
  async #run<T, M extends Mode>(
    { mode, parts, options }: TransactionKind<M>,
    work: (transaction: Transaction<M>) => Promise<T>,
  ): Promise<T> {
    try {
      const database = await this.#opened();
      const transaction = database.transaction([...parts], mode, options);
      transaction.done.catch(() => {});
      try {
        return await work(transaction);
      } catch (error) {
        abort(transaction);
        throw error;
      }
    } catch (error) {
      throw runningError(error);
    }
  }

  #opened(): Promise<Database> {
    if (this.#isOver) throw new StorageError('gone', 'the store was closed or removed');
    this.#database ??= this.#open(true).catch((cause: unknown) => {
      throw new StorageError('gone', 'the store was removed', { cause });
    });
    return this.#database;
  }

  /** @param isAgain the database was there before: if it isn't any more, it was removed, and stays so */
  #open(isAgain: boolean): Promise<Database> {
    const answer = new Answer();
    const opening = openDB(this.#name, versionOf(this.#steps), {
      upgrade: (...[database, before, , transaction]) => {
        answer.came();
        if (before > 0) upgrade(transaction, this.#steps.slice(before - 1));
        else if (isAgain) abort(transaction);
        else for (const part of PARTS) database.createObjectStore(part);
      },
      // Another tab removes it, or brings it up to a later version: it waits for this connection to go.
      blocking: () => this.#letGo(),
      terminated: () => {
        this.#database = null;
      },
    });
    // What opens after it was given up must not stay open: it would hold up other tabs.
    opening.then((database) => answer.isLate && database.close()).catch(() => {});
    return answer.to(opening);
  }

  #letGo(): void {
    this.#isOver = true;
    this.#database?.then((database) => database.close()).catch(() => {});
  }
}

/** A wait for the browser that ends. */
class Answer {
  isLate = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  to<T>(asked: Promise<T>): Promise<T> {
    const late = new Promise<never>((_resolve, reject) => {
      this.#timer = setTimeout(() => {
        this.isLate = true;
        reject(new StorageError('blocked', `no answer within ${ANSWER_MS} ms`));
      }, ANSWER_MS);
    });
    return Promise.race([asked, late]).finally(() => this.came());
  }

  came(): void {
    clearTimeout(this.#timer);
  }
}

async function readMap(transaction: Transaction<'readonly'>, part: string): Promise<ReadonlyMap<string, unknown>> {
  const store = transaction.objectStore(part);
  const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()]);
  return new Map(keys.map((key, index) => [String(key), values[index]]));
}

async function readLeads(transaction: Transaction<'readwrite'>): Promise<number> {
  const kept = (await transaction.objectStore('meta').get(LEADS)) as { readonly count: number } | undefined;
  return kept?.count ?? 0;
}

async function readEntries(transaction: Transaction<'readonly'>, query: EntryQuery): Promise<TimelineItem[]> {
  const { conversation, from, to, limit, nearest } = query;
  if (from > to || limit <= 0) return [];
  const store = transaction.objectStore('entries');
  if (nearest === 'from') return store.getAll(rangeOf(conversation, from, to), limit);
  const highest = await store.openKeyCursor(rangeOf(conversation, from, to), 'prev');
  let high = highest ? (highest.key as [string, number])[1] : from - 1;
  let found: TimelineItem[] = [];
  // From above, in pieces: numbers stand close together, so the first is nearly always enough.
  for (let size = limit; found.length < limit && high >= from; size *= 4) {
    const low = Math.max(from, high - size + 1);
    found = [...(await store.getAll(rangeOf(conversation, low, high))), ...found];
    high = low - 1;
  }
  return found.slice(Math.max(0, found.length - limit));
}

function* put(transaction: Transaction<'readwrite'>, batch: Batch): Generator<Promise<unknown>> {
  for (const part of MAPS) {
    const store = transaction.objectStore(part);
    for (const [key, value] of batch[part] ?? []) yield value === null ? store.delete(key) : store.put(value, key);
  }
  const store = transaction.objectStore('entries');
  for (const { conversation, from, to } of batch.drop ?? []) yield store.delete(rangeOf(conversation, from, to));
  for (const entry of batch.entries ?? []) yield store.put(entry, [entry.conversation, entry.seq]);
}

function rangeOf(conversation: string, from: number, to: number): IDBKeyRange {
  return IDBKeyRange.bound([conversation, from], [conversation, to]);
}

/** When a transaction fails, every request of it is aborted: that is no cause. */
function isCause(error: unknown): boolean {
  return error instanceof Error && error.name !== 'AbortError';
}

function upgrade(transaction: Transaction<'versionchange'>, steps: readonly Step[]): void {
  const upgrading = PARTS.map(async (part) => {
    for (let at = await transaction.objectStore(part).openCursor(); at; at = await at.continue()) {
      const value = upgraded(steps, part, at.value);
      await (value === null ? at.delete() : at.update(value));
    }
  });
  Promise.all(upgrading).catch(() => abort(transaction));
}

function abort(transaction: Transaction<Mode | 'versionchange'>): void {
  transaction.done.catch(() => {});
  try {
    transaction.abort();
  } catch {
    // It is over already.
  }
}

function openingError(error: unknown): Error {
  if (error instanceof StorageError) return error;
  const cause = error as Error;
  const reason = { QuotaExceededError: 'full', VersionError: 'newer' }[cause.name] as 'full' | 'newer' | undefined;
  return new StorageError(reason ?? 'blocked', `IndexedDB did not open: ${cause.message}`, { cause });
}

function runningError(error: unknown): Error {
  if (error instanceof StorageError) return error;
  const cause = error as Error;
  if (cause.name === 'QuotaExceededError') return new StorageError('full', 'no room in IndexedDB', { cause });
  return GONE.has(cause.name) ? new StorageError('gone', `IndexedDB is gone: ${cause.message}`, { cause }) : cause;
}
