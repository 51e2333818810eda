// What has to be looked up in the store, because memory holds the newest entries alone: items that later entries change, and
// the number of messages at an own mark that went far back.
import type { Entry, TimelineItem } from '@kith/protocol';
import { applyToItem, targetOf } from './apply.js';
import { type Conversation, nBefore } from './conversation.js';
import type { Keeper } from './keeper.js';
import { runAt } from './runs.js';

export type LookUpParts = {
  readonly keeper: Pick<Keeper, 'entries'>;
  /** An item as it is now, to be kept. */
  readonly onItem: (item: TimelineItem) => void;
  /** Messages up to the own mark. */
  readonly onCount: (conversation: Conversation, nAtRead: number) => void;
  /** The number of messages is in no store here: the server knows it. */
  readonly onMissing: (conversation: Conversation) => void;
};

export class LookUp {
  readonly #parts: LookUpParts;
  /** The own mark that was looked up last: once in a connection is enough. */
  #marks = new WeakMap<Conversation, number>();
  /** One after the other: a later change finds the item as the earlier one left it. */
  #changing: Promise<void> = Promise.resolve();

  constructor(parts: LookUpParts) {
    this.#parts = parts;
  }

  connected(): void {
    this.#marks = new WeakMap();
  }

  /** An entry that changes an earlier one, which may be in the store alone. */
  change(conversation: Conversation, entry: Entry): void {
    const seq = targetOf(entry) ?? 0;
    if (!runAt(conversation.runs, seq)) return;
    this.#changing = this.#changing.then(async () => {
      const item = await this.#first(conversation, seq, seq);
      const changed = item && applyToItem(item, entry);
      if (changed && changed !== item && runAt(conversation.runs, seq)) this.#parts.onItem(changed);
    });
  }

  /** The number of messages at the own mark, where it is not known. */
  count(conversation: Conversation): void {
    const { reading } = conversation;
    const { read } = reading.own;
    if (!reading.isWanting || this.#marks.get(conversation) === read) return;
    this.#marks.set(conversation, read);
    void this.#first(conversation, read, read + 1).then((item) => {
      if (reading.own.read !== read || !reading.isWanting) return;
      if (item) this.#parts.onCount(conversation, item.seq === read ? item.n : nBefore(item));
      else this.#parts.onMissing(conversation);
    });
  }

  /** The first item of that range, of the present log. */
  async #first({ id, epoch, runs }: Conversation, from: number, to: number): Promise<TimelineItem | null> {
    if (!runAt(runs, from) && !runAt(runs, to)) return null;
    const query = { conversation: id, from, to, limit: 1, nearest: 'from' } as const;
    const [item] = (await this.#parts.keeper.entries(query)) ?? [];
    return item?.epoch === epoch ? item : null;
  }
}
