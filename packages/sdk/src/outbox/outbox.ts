// Writes that are not in the log yet, as the app adds, changes and sees them. An item is taken when the store has it, sent
// until it is answered, and removed when its entry is seen; `sender.ts` says how. One that can't be sent stays and says why.
// Of several outboxes on one store only one is told `connected` and changes items; the others add, and all `reload`.
import type { Entry } from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import { makeKey } from '../platform/make-key.js';
import { Refusal } from '../refusal.js';
import type { Stored } from '../storage/replica-store.js';
import { KeptItems, type KeptItemsParts, type Records } from './kept-items.js';
import { KeyedValues } from './keyed-values.js';
import type { Failure, OutboxItem } from './outbox-item.js';
import { Sender, type SenderParts, targetOf } from './sender.js';

export type OutboxParts = Omit<KeptItemsParts & SenderParts, 'kept' | 'onKept' | 'onChange'>;

export type Wish = {
  readonly conversation: string;
  /** `message.send`, or any other command that writes and takes a key. */
  readonly command: string;
  /** Any JSON; a copy is kept. */
  readonly params: Stored;
  /** What it waits for before it may be sent, such as an upload; whoever says so calls `release` or `fail` later. */
  readonly held?: string | undefined;
  /** False lets those behind it in the conversation go first while it is held. */
  readonly blocksOthers?: boolean | undefined;
};

const MOST_ITEMS = 1_000;
const NONE: readonly OutboxItem[] = [];

export class Outbox {
  readonly #parts: OutboxParts;
  readonly #kept: KeptItems;
  readonly #sender: Sender;
  readonly #all = new Value(NONE);
  readonly #lists = new KeyedValues<readonly OutboxItem[]>(() => NONE);

  constructor(parts: OutboxParts) {
    const onChange = () => this.#publish();
    this.#parts = parts;
    this.#kept = new KeptItems({ ...parts, onKept: onChange });
    this.#sender = new Sender({ ...parts, kept: this.#kept, onChange });
  }

  /** All that is not in the log yet, in the order of writing. */
  get items(): Observable<readonly OutboxItem[]> {
    return this.#all;
  }

  /** Those of a conversation, in the order of writing. */
  of(conversation: string): Observable<readonly OutboxItem[]> {
    return this.#lists.of(conversation);
  }

  /**
   * Takes a write. Resolves when the store has it; where storage is gone, with `isDurable: false`.
   * @throws Refusal `rate_limited` where 1,000 items wait already
   */
  add({ conversation, command, params, held, blocksOthers = true }: Wish): Promise<OutboxItem> {
    return this.#append({ conversation, command, params, held: held ?? null, blocksOthers, behind: null });
  }

  /**
   * Changes the fields of a message. Before it may have been sent they are simply others; after that a `message.edit` of its
   * own waits behind it.
   * @returns the item that bears the change; null where none has this key: it is in the log
   * @throws Refusal `conflict` where the item is no message and may have been sent
   */
  async edit(key: string, params: Stored): Promise<OutboxItem | null> {
    const item = this.#kept.get(key);
    if (!item) return null;
    if (item.mayBeSent) return this.#appendBehind(item, 'message.edit', params);
    this.#kept.patch(key, { params: { ...item.params, ...copyOf(params) } });
    return this.#changed(key);
  }

  /**
   * Takes a write back. Before it may have been sent, or after it failed, it is gone; else a `message.delete` waits behind it.
   * @returns that deletion, or null
   * @throws Refusal `conflict` where the item is no message and may have been sent
   */
  async remove(key: string): Promise<OutboxItem | null> {
    const item = this.#kept.get(key);
    if (!item) return null;
    if (item.mayBeSent) return this.#appendBehind(item, 'message.delete', {});
    this.#kept.drop(key);
    return this.#changed(key);
  }

  /** Sends a failed item again, behind all others; one that was held waits for its owner again. */
  async retry(key: string): Promise<OutboxItem | null> {
    const item = this.#kept.get(key);
    if (!item?.failure) return item ?? null;
    // Nothing was written under a key that was refused (M10), so the same one is safe, also where two tabs do this at once.
    // Only a key that bears something else already is of no use.
    const again = item.failure.code === 'key_reused' ? makeKey(this.#parts) : key;
    this.#kept.drop(key);
    this.#kept.put({ ...item, key: again, order: this.#nextOrder(), status: 'pending', failure: null });
    await this.#sender.commit([key, again]);
    return this.#kept.get(again) ?? null;
  }

  /** What a held item waited for has come. @param params fields that it brought */
  async release(key: string, params: Stored = {}): Promise<OutboxItem | null> {
    const item = this.#kept.get(key);
    if (item === undefined || item.held === null) return item ?? null;
    this.#kept.patch(key, { held: null, params: { ...item.params, ...copyOf(params) } });
    return this.#changed(key);
  }

  /** What a held item waited for will not come. */
  async fail(key: string, failure: Failure): Promise<OutboxItem | null> {
    const item = this.#kept.get(key);
    if (item === undefined || item.held === null) return item ?? null;
    this.#sender.fail(key, failure);
    return this.#changed(key);
  }

  /** Tries once more to keep what storage did not take. */
  keepAgain(): Promise<void> {
    return this.#kept.again();
  }

  /**
   * Takes in what the store has, and gives it what it did not take before: at the start, and when another tab has written.
   * @throws StorageError where it has nothing to give, it is given nothing: else two tabs would have news for each other for ever
   */
  async reload(): Promise<void> {
    await this.#kept.reload();
    void this.#kept.again();
    await this.#sender.reloaded();
  }

  /** Takes in what another tab has written, and storage did not take. @param isOwn this tab is to keep it from now on */
  take(records: Records, isOwn: boolean): Promise<void> {
    this.#kept.take(records, isOwn);
    return this.#sender.reloaded();
  }

  /** The link is open and the replica has seen the welcome. What was on its way before may be in the log or not: it goes again. */
  connected(): void {
    this.#sender.connected();
  }

  disconnected(): void {
    this.#sender.disconnected();
  }

  /**
   * The replica has taken these entries of a conversation, holds more of it than before, or has begun it anew because the log
   * was restored: what was acknowledged in another epoch, and is not here, goes again with its old key (M6).
   */
  took(conversation: string, entries: readonly Entry[]): void {
    this.#sender.took(conversation, entries);
  }

  /** Sends nothing more. What was taken stays in the store. */
  close(): void {
    this.#sender.close();
  }

  async #append(fields: Pick<OutboxItem, 'conversation' | 'command' | 'params' | 'held' | 'blocksOthers' | 'behind'>) {
    if (this.#kept.all.size >= MOST_ITEMS) {
      const message = `${MOST_ITEMS} writes wait already: let some be sent, or discard some`;
      throw new Refusal({ code: 'rate_limited', message, retry: 'same_key' });
    }
    const fresh = { status: 'pending', mayBeSent: false, isDurable: false, place: null, failure: null } as const;
    const item: OutboxItem = {
      key: makeKey(this.#parts),
      order: this.#nextOrder(),
      ...fresh,
      ...fields,
      params: copyOf(fields.params),
    };
    this.#kept.begin(item);
    await this.#sender.commit([item.key]);
    return this.#kept.get(item.key) ?? item;
  }

  #appendBehind({ key, conversation, command, place }: OutboxItem, change: string, params: Stored) {
    if (command !== 'message.send') {
      throw new Refusal({ code: 'conflict', message: 'it may have been sent', retry: 'never' });
    }
    const aim = place === null ? { behind: key, params } : { behind: null, params: { ...params, ...targetOf(place) } };
    return this.#append({ conversation, command: change, held: null, blocksOthers: true, ...aim });
  }

  async #changed(key: string): Promise<OutboxItem | null> {
    await this.#sender.commit([key]);
    return this.#kept.get(key) ?? null;
  }

  #publish(): void {
    const before = new Set(this.#all.getSnapshot());
    const shown = new Set(this.#kept.shown());
    const changed = new Set<string>();
    for (const item of [...before, ...shown]) {
      if (!before.has(item) || !shown.has(item)) changed.add(item.conversation);
    }
    if (changed.size === 0) return;
    this.#all.set([...shown]);
    for (const conversation of changed) {
      const list = [...shown].filter((item) => item.conversation === conversation);
      this.#lists.set(conversation, list.length > 0 ? list : undefined);
    }
  }

  /** By the wall clock, so that what two tabs wrote stands as it was written; rising, whatever the clock does. */
  #nextOrder(): number {
    return Math.max((this.#kept.list.at(-1)?.order ?? 0) + 1, this.#parts.clock.now());
  }
}

function copyOf(params: Stored): Stored {
  return JSON.parse(JSON.stringify(params)) as Stored;
}
