// What is held of one conversation: its log without a hole up to `to`, parts of it further back (`runs`), the newest entries
// in memory (`tail`), and what follows from them. An entry is taken once, by (epoch, seq), and only as the next one; what
// comes above a hole waits until somebody has read the hole. Rules M5 to M8, B2, C2 to C8.
import {
  type ConversationKind,
  type ConversationState,
  type Entry,
  emptyState,
  fold,
  type Member,
  type Role,
  type Summary,
  type TimelineItem,
  usersChangedBy,
} from '@kith/protocol';
import { applyToItem, roleAfter, targetOf, toEntry, toItem } from './apply.js';
import type { WholePage } from './pages.js';
import { type LogView, Reading, type ReadingParts } from './reading.js';
import { type Run, withoutRun, withRun } from './runs.js';
import { nBefore } from './unread.js';

/** What became of an entry that came. */
export type Taken = 'next' | 'known' | 'hole' | 'other_epoch';

/** What conversations need to know of the run that they are part of. */
export type Surroundings = Pick<ReadingParts, 'me' | 'unreadCap'> & {
  /** Whether what is held is kept in a store too. */
  readonly isKeeping: () => boolean;
};

/** What a summary said, until the entries up to there are held. */
export type Announced = Pick<ConversationState, 'kind' | 'name' | 'size'> & { readonly at: number };

/** Newest entries in memory: cut to this when they are half as many again. */
const MOST_TAIL = 100;
/** Entries that wait above a hole; those of a longer row are read instead. */
const MOST_AHEAD = 1_000;
/** Entries that change earlier ones, remembered for pages that were read before they came. */
const MOST_CHANGES = 200;

export class Conversation implements LogView {
  readonly id: string;
  readonly reading: Reading;
  readonly #around: Surroundings;
  /** As of `to`; its members are everybody only where `areMembersKnown`. */
  state: ConversationState = emptyState(0);
  announced: Announced | null = null;
  role: Role = 'none';
  isMuted = false;
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
  runs: readonly Run[] = [];
  /** Rising, without a hole, up to `to`. */
  tail: TimelineItem[] = [];
  /** A page as of an earlier entry may lack a change that is not remembered any more. */
  changesAfter = 0;
  /** All that is held came with this entry, or later: it has every change up to there. */
  wholeAt = 0;
  /** What entries from this one on change may not be so in the store yet; 0 where all of it is. */
  changing = 0;
  /** What is held up to here is in the store, also where nothing is kept any more. */
  storedTo = 0;
  #changes: readonly Entry[] = [];
  #ahead: Entry[] = [];
  /** False where nothing but its id is known. */
  isBegun = false;

  constructor(id: string, around: Surroundings & Pick<ReadingParts, 'onMismatch'>) {
    this.id = id;
    this.#around = around;
    this.reading = new Reading(around, this);
  }

  get epoch(): number {
    return this.state.epoch;
  }

  /** Everything that was to be held up to here is, or was let go of on purpose. */
  get to(): number {
    return this.state.head;
  }

  get isBehind(): boolean {
    return this.to < this.wanted;
  }

  get kind(): ConversationKind {
    return (this.announced ?? this.state).kind;
  }

  get name(): string | null {
    return (this.announced ?? this.state).name;
  }

  /** The number of present members. */
  get size(): number {
    return (this.announced ?? this.state).size;
  }

  /** The other person of a direct conversation. */
  get peer(): string | null {
    if (this.kind !== 'direct') return null;
    const people = [...this.reading.marks.keys(), ...this.state.members.keys()];
    return people.find((user) => user !== this.#around.me()) ?? null;
  }

  /** Whoever says what was so before this says nothing new. */
  get asOf(): number {
    return Math.max(this.to, this.announced?.at ?? 0);
  }

  /** Everything above this seq is in memory. */
  get #tailAfter(): number {
    return (this.tail[0]?.seq ?? this.to + 1) - 1;
  }

  nAt(seq: number): number | null {
    const { n } = this.reading.counting;
    if (seq === this.to && n !== null) return n;
    if (seq < this.#tailAfter) return null;
    // What a page left out was no message.
    const item = this.tail.find((other) => other.seq >= seq);
    return item ? (item.seq === seq ? item.n : nBefore(item)) : null;
  }

  /**
   * @param isPushing entries above `pushedAfter` come by themselves, those up to it do not
   * @returns false where it is of another epoch, or what was before may be read now (P5): all that was held is gone
   */
  applySummary(summary: Summary, isPushing: boolean): boolean {
    const isKnown = this.isBegun;
    const { head, last } = summary;
    const isOpened = summary.first < this.first && head >= this.asOf;
    const isSame = isKnown && this.epoch === summary.epoch && !isOpened;
    if (!isSame) this.#begin(summary);
    this.raiseFirst(summary.first, head);
    // Of one that was left nothing comes by itself any more (B2).
    if (isPushing || !isSame || summary.role === 'none')
      this.wanted = Math.max(this.wanted, Math.min(summary.pushedAfter, head));
    this.isMuted = summary.muted;
    // An answer that was overtaken by entries says what was before them.
    if (head >= this.asOf) {
      const { kind, name, members: size } = summary;
      this.role = summary.role;
      this.announced = { at: head, kind, name, size };
      if (head >= this.head) this.updatedAt = summary.updatedAt;
      this.#settleAnnounced();
    }
    // Who reads may be sent what comes after they left, until every node knows: the frame counts (RD4).
    else if (isPushing && summary.role === 'none') this.role = 'none';
    this.#announce(last, head);
    this.reading.applySummary(summary);
    return isSame || !isKnown;
  }

  /** @param held gets what is held from now on */
  take(entry: Entry, held: TimelineItem[]): Taken {
    if (entry.epoch !== this.epoch) return 'other_epoch';
    this.#announce(entry, entry.seq);
    if (entry.seq <= this.to) {
      if (entry.erased) this.change(entry);
      return 'known';
    }
    if (entry.seq > this.to + 1) {
      this.#wait(entry);
      return 'hole';
    }
    this.#advance(entry, held);
    this.#spliceAhead(held);
    return 'next';
  }

  /**
   * A connection begins: what was announced before does not come by itself any more (C8), and what waits above a hole has no
   * part in what comes now. @param isListed its summary follows, and says the rest
   */
  reconnect(isListed: boolean): void {
    this.#ahead = [];
    this.wanted = isListed ? 0 : this.head;
  }

  /** Entries up to `head` were left out by the server. */
  takeGap(head: number): void {
    this.head = Math.max(this.head, head);
    this.wanted = Math.max(this.wanted, head);
  }

  /** A page of the log that was asked for up to `asked` said that there is nothing above `head` to be read. */
  endAt(head: number, asked: number): void {
    // What was announced meanwhile came after the page, which is as of before.
    if (this.wanted <= asked) this.wanted = Math.min(this.wanted, Math.max(head, this.to));
  }

  /** A page that was read: what can be held of it is, where there is a store for it. @returns what is to be kept */
  hold({ from, to, items }: WholePage): readonly TimelineItem[] {
    this.reading.saw(items);
    if (!this.#around.isKeeping()) return [];
    const run: Run = [Math.max(from, this.first), Math.min(to, this.to)];
    this.runs = withRun(this.runs, run);
    return items.filter(({ seq }) => seq >= run[0] && seq <= run[1]);
  }

  /** Holds the newest page instead of all else (C5). @param held gets what is above it @returns what is to be kept of it */
  jump({ from, to, items }: WholePage, held: TimelineItem[]): readonly TimelineItem[] {
    const { kind, name, size } = this.announced ?? this.state;
    const last = items.at(-1);
    this.state = { ...emptyState(this.epoch), head: to, kind, name, size };
    this.areMembersKnown = false;
    this.tail = items.slice(-MOST_TAIL);
    this.runs = withRun([], [this.#around.isKeeping() ? from : this.#tailAfter + 1, to]);
    this.storedTo = 0;
    this.changesAfter = to;
    this.wholeAt = to;
    this.#announce(last ? toEntry(last) : null, to);
    this.reading.skipTo(from - 1, items);
    this.#settleAnnounced();
    this.#spliceAhead(held);
    return items;
  }

  /** Below `first` there is nothing any more (M7). @returns false where that was said, at `head`, before it was opened (P5) */
  raiseFirst(first: number, head: number): boolean {
    if (first > this.first && head < this.asOf) return false;
    if (first > this.first) {
      if ((this.last?.seq ?? 0) < first) this.last = null;
      this.first = first;
      this.runs = withoutRun(this.runs, [0, first - 1]);
      this.tail = this.tail.filter(({ seq }) => seq >= first);
      this.reading.recount();
      if (this.to < first - 1) {
        this.state = { ...this.state, head: first - 1, members: new Map() };
        this.areMembersKnown = false;
        this.reading.skipTo(first - 1, []);
        this.#settleAnnounced();
      }
    }
    return true;
  }

  /** The members as they were when everything up to `asOf`, at least, was in the log. @returns false where that is too long ago */
  takeMembers(members: readonly Member[], asOf: number): boolean {
    if (asOf < this.#tailAfter) return false;
    const known = members.map(({ user, role, joined }, index) => {
      return [user, { ordinal: index + 1, role, joined, left: null }] as const;
    });
    let state: ConversationState = { ...this.state, head: asOf, size: members.length, members: new Map(known) };
    for (const item of this.tail) if (item.seq > asOf) state = fold({ ...state, head: item.seq - 1 }, item);
    this.state = { ...this.state, size: state.size, members: state.members };
    this.areMembersKnown = true;
    return true;
  }

  /** Items that were read, with every change that came since and is remembered. */
  current(items: readonly TimelineItem[]): readonly TimelineItem[] {
    return items.map((item) => this.#changes.reduce<TimelineItem>((now, entry) => this.changed(now, entry), item));
  }

  /** Changes of before that the store may lack: what is read from it has them from now on. */
  recall(changes: readonly Entry[]): void {
    this.#changes = [...changes, ...this.#changes].sort((one, other) => one.seq - other.seq).slice(-MOST_CHANGES);
  }

  /** An item after a later entry, as this person sees it. */
  changed(item: TimelineItem, entry: Entry): TimelineItem {
    return applyToItem(item, entry, this.#around.me());
  }

  /** Lets go of what is in memory and can be read again. */
  trim(): void {
    if (this.#around.isKeeping()) this.tail = [];
  }

  /** There is no store any more: what is held is what is in memory. */
  loseStore(): void {
    this.storedTo = 0;
    this.runs = withRun([], [this.#tailAfter + 1, this.to]);
  }

  /** What is held up to `to` was found in the store. What was announced to another run is not pushed to this one (C8). */
  wasStored(to: number, isNewer: boolean): void {
    if (this.isBegun && isNewer) {
      // What another tab took meanwhile may have changed what is shown by this one.
      this.#changes = [];
      this.changesAfter = to;
    }
    this.isBegun = true;
    this.storedTo = to;
    this.#ahead = [];
    this.wanted = Math.max(this.wanted, this.head);
  }

  #begin(summary: Summary): void {
    const { epoch, first, head } = summary;
    const at = Math.max(first - 1, Math.min(summary.delivered, head));
    this.isBegun = true;
    this.state = { ...emptyState(epoch), head: at };
    this.announced = null;
    this.areMembersKnown = at === 0;
    this.first = first;
    this.head = 0;
    this.last = null;
    this.wanted = 0;
    this.runs = [];
    this.tail = [];
    this.storedTo = 0;
    this.#changes = [];
    // A page from before it, of what was closed then (P5), is not what is open now.
    this.changesAfter = head;
    this.wholeAt = 0;
    this.#ahead = [];
    this.reading.begin(at, at === 0 ? 0 : summary.last?.seq === at ? summary.last.n : null);
  }

  #announce(entry: Entry | null, head: number): void {
    this.head = Math.max(this.head, head);
    const seq = this.last?.seq ?? 0;
    if (entry === null || entry.seq < seq || (entry.seq === seq && !entry.erased)) return;
    if (entry.seq > seq) this.updatedAt = entry.at;
    this.last = entry;
  }

  #wait(entry: Entry): void {
    const last = this.#ahead.at(-1);
    if (entry.erased) this.#ahead = this.#ahead.map((waiting) => (waiting.seq === entry.seq ? entry : waiting));
    if (last && entry.seq <= last.seq) return;
    if (last?.seq !== entry.seq - 1 || this.#ahead.length >= MOST_AHEAD) this.#ahead = [];
    this.#ahead.push(entry);
    this.wanted = Math.max(this.wanted, (this.#ahead[0] ?? entry).seq - 1);
  }

  #spliceAhead(held: TimelineItem[]): void {
    const ahead = this.#ahead.filter(({ seq }) => seq > this.to);
    const isNext = ahead[0]?.seq === this.to + 1;
    this.#ahead = isNext ? [] : ahead;
    if (isNext) for (const entry of ahead) this.#advance(entry, held);
  }

  #advance(entry: Entry, held: TimelineItem[]): void {
    const item = toItem(entry);
    this.#fold(entry);
    this.runs = withRun(this.runs, [entry.seq, entry.seq]);
    this.tail.push(item);
    if (this.tail.length > MOST_TAIL * 1.5) this.#trimTail();
    this.#settleAnnounced();
    this.reading.took(entry);
    if (targetOf(entry) !== null) this.change(entry);
    held.push(item);
  }

  #fold(entry: Entry): void {
    const before = this.state;
    try {
      const folded = fold(before, entry);
      this.state = folded.n === entry.n ? folded : { ...folded, n: entry.n };
      const changed = usersChangedBy(entry);
      // The fold can't tell the leaving of somebody it never saw.
      if (entry.kind === 'member.left' && !this.areMembersKnown) {
        this.state = { ...this.state, size: before.size - changed.length };
      }
      if (this.announced === null && changed.includes(this.#around.me()))
        this.role = roleAfter(entry, this.state.members.get(this.#around.me()));
    } catch {
      // Its body is not what the kind says: it counts, and changes nothing.
      this.state = { ...before, head: entry.seq, n: entry.n };
    }
  }

  #trimTail(): void {
    this.tail = this.tail.slice(-MOST_TAIL);
    if (!this.#around.isKeeping()) this.runs = withoutRun(this.runs, [this.storedTo + 1, this.#tailAfter]);
  }

  /** An entry that changes what is held, which may be so already. */
  change(entry: Entry): void {
    if (entry.erased && this.#changes.some(({ seq, erased }) => erased && seq === entry.seq)) return;
    this.tail = this.tail.map((item) => this.changed(item, entry));
    if (entry.erased) this.reading.tookErased(entry);
    if (this.#changes.length >= MOST_CHANGES)
      this.changesAfter = Math.max(this.changesAfter, this.#changes[0]?.seq ?? 0);
    this.#changes = [...this.#changes.slice(1 - MOST_CHANGES), entry];
  }

  /** What a summary said is so from the entry on up to which it said it. */
  #settleAnnounced(): void {
    if (this.announced === null || this.announced.at > this.to) return;
    const { at, kind, name, size } = this.announced;
    if (at === this.to) this.state = { ...this.state, kind, name, size };
    this.announced = null;
  }
}
