// How far everyone has got in a conversation, and what that leaves unread. Marks only grow (M12); whoever writes has seen
// what was there (N4). What the server counts is compared with what is held as soon as all that it counted is held, and
// wins (N5); a difference is told, never hidden.
import { type Entry, type EntryBody, isCounted, type Marks, type Summary } from '@kith/protocol';
import { highest, type Mark, NO_MARK } from '../mark.js';
import {
  type Counting,
  type Counts,
  counted,
  countedAnew,
  countedAs,
  countedErased,
  countedFrom,
  countUnread,
  type Erased,
  NOTHING_COUNTED,
  ownCounts,
  type Told,
} from './unread.js';

/** What of the log counting needs. */
export interface LogView {
  /** The end of what is held. */
  readonly to: number;
  /** Where it begins for this person. */
  readonly first: number;
  readonly last: Entry | null;
  /** The number of messages up to `seq`; null where that can't be seen here. */
  nAt(seq: number): number | null;
}

export type ReadingParts = {
  /** This person. */
  readonly me: () => string;
  readonly unreadCap: () => number;
  readonly onMismatch: (own: Counts, told: Counts) => void;
};

export class Reading {
  readonly #parts: ReadingParts;
  readonly #log: LogView;
  /** Of everyone, this person included. */
  marks = new Map<string, Mark>();
  /** The own marks that the server is known to have. */
  confirmed: Mark = NO_MARK;
  counting: Counting = NOTHING_COUNTED;
  /** The server's counts, until everything that it counted is held. */
  told: Told | null = null;
  /** How often what was erased made the server's counts too old to be compared: they are to be asked for again. */
  late = 0;
  /** The last entry that may have deleted a message: one taken, or all that the store had. */
  deletion = 0;

  constructor(parts: ReadingParts, log: LogView) {
    this.#parts = parts;
    this.#log = log;
  }

  get own(): Mark {
    return this.marks.get(this.#parts.me()) ?? NO_MARK;
  }

  get counts(): Counts {
    const { counting, told, own } = this;
    const nAtHead = this.#log.last?.n ?? 0;
    return countUnread(counting, { read: own.read, nAtHead, told, cap: this.#parts.unreadCap() });
  }

  /** Whether the own mark stands where the number of messages is not known. */
  get isWanting(): boolean {
    return !this.counting.isSure && this.told === null;
  }

  /** Another log begins, after an entry. @param n messages up to it; null where that is not known */
  begin(after: number, n: number | null): void {
    this.marks = new Map();
    this.confirmed = NO_MARK;
    this.told = null;
    this.deletion = 0;
    this.counting = { ...NOTHING_COUNTED, after, n };
  }

  /** Entries up to `after` were skipped: it is counted anew from there. @param entries all that is held above it */
  skipTo(after: number, entries: readonly Entry[]): void {
    this.saw(entries);
    const moment = { me: this.#parts.me(), read: this.own.read };
    // What was deleted in between, or in them, the server may have counted before that.
    this.deletion = this.#log.to;
    const begun = countedAnew(this.counting, after);
    this.counting = entries.reduce((counting, entry) => counted(counting, entry, moment), begun);
    for (const entry of entries) if (entry.erased) this.tookErased(entry);
    this.recount();
  }

  /** Entries that were not taken one by one: own messages among them are as far as this person has read (N4). */
  saw(entries: readonly Entry[]): void {
    const own = entries.findLast((entry) => isCounted(entry) && entry.author === this.#parts.me());
    if (own) this.raiseOwn({ delivered: own.seq, read: own.seq });
  }

  applySummary({ delivered, read, peer, last, head: at, unread, mentions, role }: Summary): void {
    this.takeMarks(peer ? [peer] : []);
    this.saw(last ? [last] : []);
    this.#confirm({ delivered, read });
    // Who has left is told of no deletion, and the server counts without what was deleted by then.
    const isLate = this.deletion > at;
    if (isLate) this.late += 1;
    const told = { at, n: last?.seq === at ? last.n : null, read, unread, mentions, isLate: isLate || role === 'none' };
    this.told = told;
    if (!this.counting.isSure && read === this.own.read) {
      this.counting = { ...countedAs(this.counting, told, this.#parts.unreadCap()), isSure: false };
    }
    this.#judge();
  }

  /** The next entry was taken. */
  took(entry: Entry): void {
    const me = this.#parts.me();
    if (isCounted(entry) && entry.author !== undefined) {
      const held = this.marks.get(entry.author) ?? NO_MARK;
      this.marks.set(entry.author, highest(held, { delivered: entry.seq, read: entry.seq }));
    }
    this.counting = counted(this.counting, entry, { me, read: this.own.read });
    if (entry.erased) this.tookErased(entry);
    // What the server counted before this entry is judged before it.
    const isTold = this.told !== null && this.told.at < entry.seq;
    if (isTold) this.#judge();
    if (entry.kind === 'message.deleted') {
      this.deletion = entry.seq;
      const { target: seq, author, thread } = entry.body as EntryBody<'message.deleted'>;
      this.tookErased({ kind: 'message.sent', seq, author, body: { thread } });
    }
    if (!isTold) this.#judge();
  }

  /** An entry that was taken before was erased. */
  tookErased(entry: Erased): void {
    // It may have been erased after the server counted it.
    if (entry.erased && this.told && entry.seq <= this.told.at) {
      this.told = { ...this.told, isLate: true };
      this.late += 1;
    }
    this.counting = countedErased(this.counting, entry, { me: this.#parts.me(), read: this.own.read });
  }

  takeMarks(marks: readonly Marks[]): void {
    for (const { user, ...mark } of marks) {
      if (user === this.#parts.me()) this.#confirm(mark);
      else this.marks.set(user, highest(this.marks.get(user) ?? NO_MARK, mark));
    }
  }

  /**
   * What the server counted at its own marks, as of a head that it does not name.
   * @returns whether it differs from what is counted here: only a summary, which names its head, can tell who is right
   */
  tookCounts({ unread, mentions }: Partial<Counts>): boolean {
    if (unread === undefined || mentions === undefined) return false;
    const { counts, counting, confirmed, own } = this;
    const isSame = counts.unread === unread && counts.mentions === mentions;
    if (isSame || this.told !== null || confirmed.read < own.read) return false;
    if (!counting.isSure) {
      const here = { at: this.#log.to, n: counting.n, read: own.read, unread, mentions };
      this.counting = { ...countedAs(counting, here, this.#parts.unreadCap()), isSure: false };
    }
    return true;
  }

  /** This person has got so far here, whether or not the server knows. @returns whether more is read */
  raiseOwn(mark: Mark): boolean {
    const before = this.own;
    const raised = highest(before, mark);
    this.marks.set(this.#parts.me(), raised);
    const isRead = raised.read > before.read;
    if (isRead) this.recount();
    return isRead;
  }

  /**
   * Counts anew from the own mark on, or from where the log begins if that is above it, as far as that can be seen now.
   * @param n messages before the next one there is, where that was looked up elsewhere
   */
  recount(n?: number): void {
    const read = Math.max(this.own.read, this.#log.first - 1);
    this.counting = countedFrom(this.counting, read, n ?? this.#log.nAt(read));
  }

  #confirm(mark: Mark): void {
    this.confirmed = highest(this.confirmed, mark);
    this.raiseOwn(mark);
  }

  #judge(): void {
    const { told, own, counting } = this;
    const cap = this.#parts.unreadCap();
    if (told === null || this.#log.to < told.at) return;
    const n = told.n ?? this.#log.nAt(told.at);
    // The next entry will tell how many there were before it.
    if (n === null && this.#log.to === told.at) return;
    this.told = null;
    const known = { ...told, n };
    const counts = ownCounts(counting, known, { read: own.read, cap });
    const isSame = counts?.unread === told.unread && counts.mentions === told.mentions;
    if (told.isLate) {
      // Where it is not sure here either, the server is asked again.
      if (!counts && told.read === own.read) this.counting = { ...countedAs(counting, known, cap), isSure: false };
      return;
    }
    if (counts && !isSame) this.#parts.onMismatch(counts, { unread: told.unread, mentions: told.mentions });
    if (!isSame && told.read === own.read) this.counting = countedAs(counting, known, cap);
  }
}
