// What has to be looked up in the store, because memory holds the newest entries alone: items that later entries change, and
// the number of messages at an own mark that went far back.
import type { Entry, TimelineItem } from '@kith/protocol';
import { targetOf, toEntry } from './apply.js';
import type { Conversation } from './conversation.js';
import type { Keeper } from './keeper.js';
import { type Run, runAt } from './runs.js';
import { nBefore } from './unread.js';

export type LookUpParts = {
  readonly keeper: Pick<Keeper, 'entries'>;
  /** An item as it is now, to be kept. */
  readonly onItem: (item: TimelineItem) => void;
  /** Everything that changed before this is so in the store. */
  readonly onDone: (conversation: Conversation) => void;
  /** What is shown may lack changes that the store has got now. */
  readonly onLate: (conversation: Conversation) => void;
  /** Messages up to the own mark. */
  readonly onCount: (conversation: Conversation, nAtRead: number) => void;
  /** What is unread can't be told from what is held: the server knows it. */
  readonly onMissing: (conversation: Conversation) => void;
};

/** Items that are looked through at a time. */
const MOST_AT_ONCE = 200;

export class LookUp {
  readonly #parts: LookUpParts;
  /** The own mark that was looked up last: once in a connection is enough, and once more after counts that came late. */
  #marks = new WeakMap<Conversation, string>();
  /** One after the other: a later change finds the item as the earlier one left it. */
  #changing: Promise<void> = Promise.resolve();
  readonly #last = new WeakMap<Conversation, Entry>();

  constructor(parts: LookUpParts) {
    this.#parts = parts;
  }

  connected(): void {
    this.#marks = new WeakMap();
  }

  /** An entry that changes an earlier one, which may be in the store alone; a deletion changes the edits in between too. */
  change(conversation: Conversation, entry: Entry, seq: number): void {
    conversation.changing ||= entry.seq;
    this.#last.set(conversation, entry);
    this.#changing = this.#changing.then(async () => {
      await this.#apply(conversation, entry, seq);
      if (this.#last.get(conversation) === entry) this.#parts.onDone(conversation);
    });
  }

  /** What an earlier run, or another tab, may not have come to the end of. */
  again(conversation: Conversation): void {
    const { changing } = conversation;
    if (changing === 0) return;
    const { to } = conversation;
    const last = this.#last.get(conversation);
    this.#changing = this.#changing.then(async () => {
      const changes: { readonly entry: Entry; readonly target: number }[] = [];
      await this.#each(conversation, [changing, to], (item) => {
        const target = targetOf(item);
        if (target !== null) changes.push({ entry: toEntry(item), target });
      });
      // Where another tab leads, it alone writes what they change, and may not have come to the end of it yet.
      conversation.recall(changes.map(({ entry }) => entry));
      // Before whatever came since: an item knows the last change alone.
      for (const { entry, target } of changes) await this.#apply(conversation, entry, target);
      if (this.#last.get(conversation) === last) this.#parts.onDone(conversation);
      this.#parts.onLate(conversation);
    });
  }

  async #apply(conversation: Conversation, entry: Entry, seq: number): Promise<void> {
    const end = entry.kind === 'message.deleted' ? entry.seq : seq;
    await this.#each(conversation, [seq, end], (item) => {
      const changed = conversation.changed(item, entry);
      // A page that was held since has the change, and may be on its way to the store; so may another log.
      const isLater = entry.seq > conversation.wholeAt && item.epoch === conversation.epoch;
      const isHeld = isLater && runAt(conversation.runs, item.seq);
      if (changed !== item && isHeld) this.#parts.onItem(changed);
    });
  }

  async #each(conversation: Conversation, [first, to]: Run, take: (item: TimelineItem) => void): Promise<void> {
    for (let from = first; from <= to; ) {
      const items = await this.#held(conversation, { from, to, limit: MOST_AT_ONCE });
      for (const item of items) take(item);
      from = (items[MOST_AT_ONCE - 1]?.seq ?? to) + 1;
    }
  }

  /** The number of messages at the own mark, where it is not known. */
  count(conversation: Conversation): void {
    const { reading } = conversation;
    const { read } = reading.own;
    const mark = `${read} ${reading.late}`;
    if (!reading.isWanting || this.#marks.get(conversation) === mark) return;
    this.#marks.set(conversation, mark);
    void this.#first(conversation, read, read + 1).then((item) => {
      if (reading.own.read !== read || !reading.isWanting) return;
      if (item) this.#parts.onCount(conversation, item.seq === read ? item.n : nBefore(item));
      // Of what stands between the mark and where counting began, nobody here knows what was erased.
      if (reading.isWanting) this.#parts.onMissing(conversation);
    });
  }

  /** The first item of that range, of the present log. */
  async #first(conversation: Conversation, from: number, to: number): Promise<TimelineItem | null> {
    const { runs } = conversation;
    if (!runAt(runs, from) && !runAt(runs, to)) return null;
    const [item] = await this.#held(conversation, { from, to, limit: 1 });
    return item ?? null;
  }

  async #held({ id, epoch }: Conversation, range: { from: number; to: number; limit: number }) {
    const items = (await this.#parts.keeper.entries({ conversation: id, ...range, nearest: 'from' })) ?? [];
    return items.filter((item) => item.epoch === epoch);
  }
}
