// One conversation as far as it is held here: a run of its log without a hole, (after, to], and what is known beside it.
// An entry is taken once, by (epoch, seq), and only as the next one; anything further on is a hole that somebody reads.
// Unread messages are a subtraction of `n` (rule 22); the server's counts win.
import {
  type ConversationState,
  type Entry,
  type EntryBody,
  emptyState,
  fold,
  type Marks,
  type Member,
  type Role,
  type Summary,
} from '@kith/protocol';

type Mark = { readonly delivered: number; readonly read: number };

/** What became of an entry that came. */
export type Taken = 'next' | 'known' | 'hole' | 'other_epoch';

const NO_MARK: Mark = { delivered: 0, read: 0 };
const UNREAD_CAP = 1_000;
/** Entries held of a conversation that nobody looks at; older ones are read again when it is opened. */
const MOST_HELD = 500;

export class Conversation {
  readonly id: string;
  readonly me: string;
  state: ConversationState = emptyState(0);
  role: Role = 'none';
  updatedAt = 0;
  /** The head of the log as last announced. */
  head = 0;
  /** The lowest seq that this person may read. */
  first = 1;
  /** Nothing pushes what is missing up to here: it has to be read. */
  wanted = 0;
  /** The last entry that is known, held or not. */
  last: Entry | null = null;
  areMembersKnown = false;
  /** How far everyone has got, this person included. */
  readonly marks = new Map<string, Mark>();
  /** The own marks that the server is known to have. */
  confirmed: Mark = NO_MARK;
  /** Rising, all within (after, to]; entries that no timeline shows may be left out. */
  entries: Entry[] = [];
  after = 0;
  /** The number of messages up to the own read mark. */
  #nAtRead = 0;
  #isBegun = false;

  constructor(id: string, me: string) {
    this.id = id;
    this.me = me;
  }

  get epoch(): number {
    return this.state.epoch;
  }

  /** Held up to this seq. */
  get to(): number {
    return this.state.head;
  }

  get isBehind(): boolean {
    return this.to < this.wanted;
  }

  get unread(): number {
    return Math.min(UNREAD_CAP, Math.max(0, (this.last?.n ?? 0) - this.#nAtRead));
  }

  get own(): Mark {
    return this.marks.get(this.me) ?? NO_MARK;
  }

  /** The other person of a direct conversation. */
  get peer(): string | null {
    if (this.state.kind !== 'direct') return null;
    for (const user of [...this.marks.keys(), ...this.state.members.keys()]) if (user !== this.me) return user;
    return null;
  }

  /** @returns false where the summary is of another epoch: all that was held is gone */
  applySummary(summary: Summary): boolean {
    const isSame = !this.#isBegun || this.epoch === summary.epoch;
    if (!this.#isBegun || !isSame) this.#begin(summary);
    this.role = summary.role;
    this.first = summary.first;
    this.updatedAt = summary.updatedAt;
    this.state = { ...this.state, kind: summary.kind, name: summary.name };
    this.wanted = Math.max(this.wanted, summary.pushedAfter);
    this.#announce(summary.last, summary.head);
    this.takeMarks([{ user: this.me, delivered: summary.delivered, read: summary.read }]);
    if (summary.peer) this.#raise(summary.peer);
    this.#nAtRead = (summary.last?.n ?? 0) - summary.unread;
    if (this.own.read > summary.read) this.#countFrom(this.own.read);
    return isSame;
  }

  take(entry: Entry): Taken {
    if (entry.epoch !== this.epoch) return 'other_epoch';
    this.#announce(entry, entry.seq);
    if (entry.erased) this.entries = this.entries.map((held) => (held.seq === entry.seq ? entry : held));
    if (entry.seq <= this.to) return 'known';
    if (entry.seq > this.to + 1) {
      this.wanted = Math.max(this.wanted, entry.seq);
      return 'hole';
    }
    this.state = fold(this.state, entry);
    this.entries.push(entry);
    this.#applyOwnRole(entry);
    // Whoever writes has seen what was there.
    if (entry.kind === 'message.sent' && entry.author) {
      this.takeMarks([{ user: entry.author, delivered: entry.seq, read: entry.seq }]);
    }
    return 'next';
  }

  /** Marks of others and, with the server's own count, of this person's other devices. */
  takeMarks(marks: readonly Marks[], unread?: number): void {
    for (const mark of marks) {
      this.#raise(mark);
      if (mark.user === this.me) this.confirmed = highest(this.confirmed, mark);
    }
    if (unread !== undefined && this.#nAt(this.own.read) === null) this.#nAtRead = (this.last?.n ?? 0) - unread;
  }

  /** How far this person has got here, before the server knows. */
  raiseOwn(mark: Mark): void {
    this.#raise({ user: this.me, ...mark });
  }

  /** The members as they were when everything up to `asOf`, at least, was in the log. */
  takeMembers(members: readonly Member[], asOf: number): void {
    if (asOf < this.after) return;
    const known = members.map(({ user, role, joined }, index) => {
      return [user, { ordinal: index + 1, role, joined, left: null }] as const;
    });
    let state: ConversationState = { ...this.state, head: asOf, size: members.length, members: new Map(known) };
    for (const entry of this.entries) if (entry.seq > asOf) state = fold({ ...state, head: entry.seq - 1 }, entry);
    this.state = { ...this.state, size: state.size, members: state.members };
    this.areMembersKnown = true;
  }

  /** Puts an older page, whole for [from, after], in front. */
  prepend(entries: readonly Entry[], from: number): void {
    this.entries = [...entries.filter(({ seq }) => seq <= this.after), ...this.entries];
    this.after = Math.min(this.after, from - 1);
  }

  /** Lets go of what is held and holds the newest page instead, whole for [from, to]. */
  jump(entries: readonly Entry[], { from, to }: { readonly from: number; readonly to: number }): void {
    this.after = from - 1;
    this.entries = [...entries];
    this.state = { ...this.state, head: to };
    this.areMembersKnown = false;
    this.wanted = Math.min(this.wanted, to);
    if (entries.length > 0) this.#announce(entries.at(-1) ?? null, to);
  }

  /** Nobody looks at it: the oldest may go. */
  trim(): void {
    if (this.entries.length <= MOST_HELD) return;
    this.entries = this.entries.slice(-MOST_HELD);
    this.after = (this.entries[0]?.seq ?? this.to + 1) - 1;
  }

  #begin(summary: Summary): void {
    const held = Math.max(summary.first - 1, Math.min(summary.delivered, summary.head));
    this.#isBegun = true;
    this.state = { ...emptyState(summary.epoch), head: held, size: summary.members };
    this.head = 0;
    this.last = null;
    this.wanted = 0;
    this.after = held;
    this.entries = [];
    this.marks.clear();
    this.confirmed = NO_MARK;
    this.areMembersKnown = false;
  }

  #announce(entry: Entry | null, head: number): void {
    this.head = Math.max(this.head, head);
    if (entry === null || entry.seq < (this.last?.seq ?? 0)) return;
    this.last = entry;
    this.updatedAt = entry.at;
  }

  #raise({ user, delivered, read }: Marks): void {
    const held = this.marks.get(user) ?? NO_MARK;
    const raised = highest(held, { delivered, read });
    this.marks.set(user, raised);
    if (user === this.me && raised.read > held.read) this.#countFrom(raised.read);
  }

  #countFrom(read: number): void {
    this.#nAtRead = this.#nAt(read) ?? this.#nAtRead;
  }

  /** How many messages there were up to `seq`, where that can be seen from what is held. */
  #nAt(seq: number): number | null {
    if (seq >= this.head) return this.last?.n ?? 0;
    if (seq < this.after) return null;
    const next = this.entries.find((entry) => entry.seq > seq);
    return next ? next.n - (next.kind === 'message.sent' ? 1 : 0) : null;
  }

  #applyOwnRole(entry: Entry): void {
    if (entry.kind === 'member.left' && (entry.body as EntryBody<'member.left'>).users.includes(this.me)) {
      if (entry.seq === this.head) this.role = 'none';
    } else if (this.areMembersKnown && entry.seq === this.head) {
      this.role = this.state.members.get(this.me)?.role ?? this.role;
    }
  }
}

function highest(held: Mark, { delivered, read }: Mark): Mark {
  return { delivered: Math.max(held.delivered, delivered, read), read: Math.max(held.read, read) };
}
