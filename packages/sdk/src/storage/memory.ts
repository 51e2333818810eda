// A store that lasts as long as the run: where the platform has none, and for tests. It keeps the rules of every store
// (STO1–… of docs/contracts.md) but those of what outlives the run. What it is given it keeps as it is: all of it is
// immutable.
import type { TimelineItem, User } from '@kith/protocol';
import {
  type Batch,
  type EntryQuery,
  type Held,
  outboxOf,
  type ReplicaStore,
  type ReplicaStores,
  StorageError,
  type Stored,
} from './replica-store.js';

/** Entries kept of one name: some 50 MB. */
const MOST_ENTRIES = 100_000;

/** For tests, and for a run that leaves nothing behind: what was not sent when it ends is lost. */
export class MemoryStores implements ReplicaStores {
  readonly isDurable = false;
  readonly #mostEntries: number;
  readonly #contents = new Map<string, Contents>();

  /** @param mostEntries a batch that would make them more is refused with `full` */
  constructor(mostEntries: number = MOST_ENTRIES) {
    this.#mostEntries = mostEntries;
  }

  async open(name: string): Promise<ReplicaStore> {
    const contents = this.#contents.get(name) ?? new Contents();
    this.#contents.set(name, contents);
    return new MemoryStore(contents, this.#mostEntries);
  }

  async remove(name: string): Promise<void> {
    const contents = this.#contents.get(name);
    if (contents) contents.isGone = true;
    this.#contents.delete(name);
  }
}

class Contents {
  isGone = false;
  /** How often somebody began to lead. */
  leads = 0;
  readonly meta = new Map<string, Stored>();
  readonly conversations = new Map<string, Stored>();
  readonly users = new Map<string, User>();
  readonly outbox = new Map<string, Stored>();
  /** By conversation, then by seq. */
  readonly entries = new Map<string, Map<number, TimelineItem>>();
  count = 0;

  clear(): void {
    for (const part of [this.meta, this.conversations, this.users, this.outbox, this.entries]) part.clear();
    this.count = 0;
  }
}

class MemoryStore implements ReplicaStore {
  readonly #contents: Contents;
  readonly #mostEntries: number;
  #isClosed = false;
  #leads: number | null = null;
  #onPassed: () => void = () => {};

  constructor(contents: Contents, mostEntries: number) {
    this.#contents = contents;
    this.#mostEntries = mostEntries;
  }

  async load(): Promise<Held> {
    const { meta, conversations, users, outbox } = this.#opened();
    const [metaNow, conversationsNow] = [new Map(meta), new Map(conversations)];
    return { meta: metaNow, conversations: conversationsNow, users: new Map(users), outbox: new Map(outbox) };
  }

  async entries({ conversation, from, to, limit, nearest }: EntryQuery): Promise<readonly TimelineItem[]> {
    const held = this.#opened().entries.get(conversation);
    const seqs = [...(held?.keys() ?? [])].filter((seq) => seq >= from && seq <= to).sort((one, other) => one - other);
    const wanted = nearest === 'from' ? seqs.slice(0, limit) : seqs.slice(Math.max(0, seqs.length - limit));
    return wanted.flatMap((seq) => held?.get(seq) ?? []);
  }

  async write(batch: Batch): Promise<void> {
    const contents = this.#opened();
    const isPassed = this.#leads !== null && this.#leads < contents.leads;
    if (isPassed) this.#onPassed();
    const kept: Batch = isPassed ? outboxOf(batch) : batch;
    const { meta, conversations, users, outbox, drop = [], entries = [] } = kept;
    if (contents.count + entries.length > this.#mostEntries && !this.#hasRoom(drop, entries)) {
      throw new StorageError('full', `more than ${this.#mostEntries} entries`);
    }
    change(contents.meta, meta);
    change(contents.conversations, conversations);
    change(contents.users, users);
    change(contents.outbox, outbox);
    for (const { conversation, from, to } of drop) {
      const held = contents.entries.get(conversation);
      for (const seq of held?.keys() ?? []) if (seq >= from && seq <= to) held?.delete(seq);
    }
    for (const entry of entries) {
      const held = contents.entries.get(entry.conversation) ?? new Map<number, TimelineItem>();
      contents.entries.set(entry.conversation, held.set(entry.seq, entry));
    }
    contents.count = sizeOf(contents.entries);
  }

  async lead(onPassed: () => void): Promise<void> {
    this.#onPassed = onPassed;
    const contents = this.#opened();
    contents.leads += 1;
    this.#leads = contents.leads;
  }

  async clear(): Promise<void> {
    this.#opened().clear();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #hasRoom(drop: NonNullable<Batch['drop']>, entries: readonly TimelineItem[]): boolean {
    const seqs = new Map([...this.#contents.entries].map(([id, held]) => [id, new Set(held.keys())]));
    for (const { conversation, from, to } of drop) {
      for (const seq of seqs.get(conversation) ?? []) if (seq >= from && seq <= to) seqs.get(conversation)?.delete(seq);
    }
    for (const { conversation, seq } of entries) {
      seqs.set(conversation, (seqs.get(conversation) ?? new Set()).add(seq));
    }
    return sizeOf(seqs) <= this.#mostEntries;
  }

  #opened(): Contents {
    if (this.#isClosed || this.#contents.isGone) throw new StorageError('gone', 'the store was closed or removed');
    return this.#contents;
  }
}

function change<T>(held: Map<string, T>, changes: ReadonlyMap<string, T | null> = new Map()): void {
  for (const [key, value] of changes) {
    if (value === null) held.delete(key);
    else held.set(key, value);
  }
}

function sizeOf(parts: ReadonlyMap<string, { readonly size: number }>): number {
  let size = 0;
  for (const part of parts.values()) size += part.size;
  return size;
}
