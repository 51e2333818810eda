// A feed: one conversation as this node follows it. It delivers each entry once and in order to the people here, drops what
// is old, and reads a hole from the log before it goes on (law 3). A feed exists while a member has a stream here.
import type { ConversationId, Entry } from '@kith/protocol';
import type { ConversationLog } from '../log.js';
import type { Route } from './route.js';

type At = { readonly epoch: number; readonly head: number };

/** Entries a repair reads at a time. */
const REPAIR_PAGE = 200;

export class Feed {
  readonly id: ConversationId;
  readonly routes = new Set<Route>();
  readonly unsubscribe: () => void;
  /** The seq delivered last, or null until the head was read for the first time. */
  #position: number | null = null;
  #epoch = 0;
  /** The highest seq that is known to exist. */
  #wanted = 0;
  #repair: Promise<void> | null = null;

  constructor(id: ConversationId, unsubscribe: () => void) {
    this.id = id;
    this.unsubscribe = unsubscribe;
  }

  get position(): number | null {
    return this.#position;
  }

  /** Starts at `head`, unless the feed has begun already: then `head` is one more fact about what exists. */
  begin(epoch: number, head: number): void {
    if (this.#position === null) {
      this.#position = head;
      this.#epoch = epoch;
    } else this.want(epoch, head);
  }

  /** True where more was delivered than there was when the log stood at `head`. */
  isAheadOf(epoch: number, head: number): boolean {
    return this.#position !== null && (epoch !== this.#epoch || this.#position > head);
  }

  /** An entry up to `seq` is known to exist. @returns true where a repair has something to read */
  want(epoch: number, seq: number): boolean {
    if (this.#position !== null && epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#position = Math.min(this.#position, seq - 1);
      this.#wanted = 0;
    }
    this.#wanted = Math.max(this.#wanted, seq);
    return this.isBehind;
  }

  /** The same, from the change feed, which does not tell the epoch. */
  wantHead(head: number): boolean {
    return this.want(this.#epoch, head);
  }

  get isBehind(): boolean {
    return this.#position !== null && this.#wanted > this.#position;
  }

  /** Takes an entry from the writer or the bus. @returns what is to be done with it */
  accept(entry: Entry): 'deliver' | 'drop' | 'repair' {
    this.want(entry.epoch, entry.seq);
    if (this.#position === null) return 'drop';
    if (entry.seq <= this.#position) return 'drop';
    if (this.#repair !== null || entry.seq > this.#position + 1) return 'repair';
    this.#position = entry.seq;
    return 'deliver';
  }

  /**
   * Reads for one person what the feed won't bring them, which began for another at a later head.
   * @param heldFrom the first entry that waits for them, or null
   */
  async readSkipped(log: ConversationLog, { epoch, head }: At, heldFrom: number | null): Promise<readonly Entry[]> {
    if (!this.isAheadOf(epoch, head)) return [];
    const upTo = (heldFrom ?? (this.#position ?? 0) + 1) - 1;
    const skipped: Entry[] = [];
    for (let after = head; after < upTo; after = skipped.at(-1)?.seq ?? upTo) {
      const page = await log.read({ conversation: this.id, after, upTo, limit: REPAIR_PAGE, from: 'lower' });
      if (!page || page.entries.length === 0) break;
      skipped.push(...page.entries);
    }
    return skipped;
  }

  /** Reads what is missing, page by page, and hands it on in order. One repair at a time. */
  repair(log: ConversationLog, deliver: (feed: Feed, entry: Entry) => void): Promise<void> {
    this.#repair ??= this.#readMissing(log, deliver).finally(() => {
      this.#repair = null;
    });
    return this.#repair;
  }

  async #readMissing(log: ConversationLog, deliver: (feed: Feed, entry: Entry) => void): Promise<void> {
    while (this.isBehind && this.routes.size > 0) {
      const after = this.#position ?? 0;
      const page = await log.read({ conversation: this.id, after, limit: REPAIR_PAGE, from: 'lower' });
      if (!page) return;
      const { epoch, head } = page.record.state;
      if (epoch !== this.#epoch) {
        this.#epoch = epoch;
        this.#position = Math.min(after, head);
        this.#wanted = head;
        continue;
      }
      for (const entry of page.entries) {
        if (entry.seq !== (this.#position ?? 0) + 1) continue;
        this.#position = entry.seq;
        deliver(this, entry);
      }
      // The log knows better than a hint: what does not exist is not waited for.
      if (page.entries.length === 0) this.#wanted = Math.min(this.#wanted, head);
    }
  }
}
