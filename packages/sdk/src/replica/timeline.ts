// What a person sees of a conversation: a window on its log that opens anywhere, pages both ways, follows the live end where
// it stands there, and never shows a hole, a double or another order. It reads from what is held, else from the server, and
// what it read is held from then on. Bounded: the far end is let go of, and can be paged to again.
import { CLIENT_LIMITS, type TimelineItem } from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import type { Cancel } from '../ports.js';
import { Refusal } from '../refusal.js';
import type { Asker } from './asker.js';
import type { Conversation } from './conversation.js';
import { Folded } from './folded.js';
import type { Keeper } from './keeper.js';
import { PageSource } from './page-source.js';
import type { WholePage } from './pages.js';
import { Quotes } from './quotes.js';
import type { Replica } from './replica.js';
import type { ReplicaEvent } from './replica-event.js';
import { runAt } from './runs.js';
import type { ShownItem } from './shown-entry.js';
import { nBefore } from './unread.js';
import { Window } from './window.js';

/** Where a timeline opens. `unread` is the first unread message, or the end; `time` is in milliseconds. */
export type Opening =
  | { readonly at: 'end' }
  | { readonly at: 'unread' }
  | { readonly at: 'seq'; readonly seq: number }
  | { readonly at: 'time'; readonly time: number };

/** What a window shows: items without a hole or a double between its two ends. */
export type TimelineView = {
  /** Rising by seq, each once. */
  readonly items: readonly ShownItem[];
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  readonly isLoading: boolean;
  /** The seq of the first message that was unread when the timeline was opened, once it is among the items. */
  readonly firstUnread: number | null;
  /** What items reply to, by seq, as it is now; null is none that this person can see. What is not known yet is not there. */
  readonly quotes: ReadonlyMap<number, ShownItem | null>;
  /** Why the last page could not be read. It is tried again with the next connection, and when it is asked for. */
  readonly error: Refusal | null;
};

/** A view without what the person has hidden; the same parts of it again while nothing of them changes. */
export type Hidden = (view: TimelineView) => TimelineView;

export type TimelineParts = {
  readonly id: string;
  readonly replica: Replica;
  readonly keeper: Pick<Keeper, 'entries'>;
  readonly asker: Asker;
  /** Whose messages come folded; by default nobody's. */
  readonly blocked?: Observable<ReadonlySet<string>>;
  /** What is not shown; by default nothing. */
  readonly hidden?: Observable<Hidden>;
  /** Items in a page; by default 50. */
  readonly page?: number;
  /** Most items in the window; by default 300. */
  readonly most?: number;
};

const PAGE = 50;
const MOST = 300;
const NOTHING: TimelineView = {
  items: [],
  hasBefore: false,
  hasAfter: false,
  isLoading: true,
  firstUnread: null,
  quotes: new Map(),
  error: null,
};

type Side = 'before' | 'after';

/** A window on a conversation. `Person.timeline` opens one; whoever opened it closes it. */
export class Timeline {
  readonly #id: string;
  readonly #replica: Replica;
  readonly #source: PageSource;
  readonly #quotes: Quotes;
  readonly #limit: number;
  readonly #most: number;
  readonly #view = new Value(NOTHING);
  readonly #folded: Folded;
  readonly #hidden: TimelineParts['hidden'];
  readonly #unsubscribe: Cancel;
  #opening: Opening;
  /** Null until it is known where it opens. */
  #window: Window | null = null;
  /** It stands at the live end, and goes on with it. */
  #isFollowing = false;
  /** What was unread when it was opened. */
  #unread: { readonly after: number; readonly upTo: number; seq: number | null } | null = null;
  /** Counts openings: what was read for an earlier one is dropped. */
  #turn = 0;
  readonly #loading = new Map<Side | 'open', Promise<void>>();
  readonly #failed = new Set<Side | 'open'>();
  #error: Refusal | null = null;
  #isGone = false;

  /** @internal */
  constructor(parts: TimelineParts, opening: Opening = { at: 'end' }) {
    const { id, replica, page = PAGE, most = MOST } = parts;
    this.#id = id;
    this.#replica = replica;
    this.#quotes = new Quotes({ read: (seqs) => this.#readQuotes(seqs), onChange: () => this.#show() });
    this.#source = new PageSource({ ...parts, onQuoted: (items) => this.#quotes.take(items) });
    this.#limit = page;
    // Two pages at least, so that paging one way does not throw out what is looked at.
    this.#most = Math.max(most, page * 2);
    this.#opening = opening;
    this.#folded = new Folded(parts.blocked);
    this.#hidden = parts.hidden;
    const ends = [replica.subscribe((event) => this.#heard(event)), parts.blocked?.subscribe(() => this.#show())];
    ends.push(parts.hidden?.subscribe(() => this.#show()));
    this.#unsubscribe = () => {
      for (const end of ends) end?.();
    };
    void this.open(opening);
  }

  /** What the window shows now. */
  get view(): Observable<TimelineView> {
    return this.#view;
  }

  /** Resolves when it is open, or cannot be now. */
  open(opening: Opening): Promise<void> {
    this.#turn += 1;
    this.#opening = opening;
    this.#window = null;
    this.#unread = null;
    this.#isFollowing = false;
    this.#loading.clear();
    this.#failed.clear();
    this.#quotes.forget();
    return this.#run('open', (turn) => this.#open(turn));
  }

  /** One page more above. Resolves when it is there, or cannot be had now. */
  loadBefore(): Promise<void> {
    return this.#run('before', () => this.#page('before'));
  }

  /** One page more below. */
  loadAfter(): Promise<void> {
    return this.#run('after', () => this.#page('after'));
  }

  /** It shows no more changes from now on. */
  close(): void {
    this.#turn += 1;
    this.#unsubscribe();
  }

  get #conversation(): Conversation | undefined {
    return this.#replica.conversation(this.#id);
  }

  /** One at a time of each kind; what went wrong is shown. */
  #run(kind: Side | 'open', work: (turn: number) => Promise<void>): Promise<void> {
    const running = this.#loading.get(kind);
    if (running) return running;
    const turn = this.#turn;
    const run = work(turn)
      .then(() => this.#ended(kind, turn, null))
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        this.#ended(kind, turn, error);
      });
    this.#loading.set(kind, run);
    this.#failed.delete(kind);
    this.#error = null;
    this.#show();
    return run;
  }

  #ended(kind: Side | 'open', turn: number, error: Refusal | null): void {
    if (turn !== this.#turn) return;
    this.#loading.delete(kind);
    this.#error = error;
    if (error) this.#failed.add(kind);
    this.#show();
  }

  async #open(turn: number): Promise<void> {
    const conversation = this.#conversation;
    if (!conversation) {
      this.#replica.wantSummary(this.#id);
      return;
    }
    const { reading, to, first, head } = conversation;
    this.#unread = reading.counts.unread > 0 ? { after: reading.own.read, upTo: head, seq: null } : null;
    const opening = this.#opening;
    if (opening.at === 'time') {
      await this.#place(conversation, turn, { at: opening.time });
      return;
    }
    const wanted =
      opening.at === 'seq' ? opening.seq : this.#unread && opening.at === 'unread' ? reading.own.read + 1 : to + 1;
    const seq = Math.min(to + 1, Math.max(first, wanted));
    if (seq <= to && !runAt(conversation.runs, seq)) {
      await this.#place(conversation, turn, { around: seq });
      return;
    }
    this.#window = new Window(seq, this.#most);
    this.#settle();
    if (seq <= to) await this.#page('after');
    await this.#page('before');
  }

  async #place(conversation: Conversation, turn: number, where: { at: number } | { around: number }): Promise<void> {
    const page = await this.#source.around(conversation, { ...where, limit: this.#limit });
    if (turn !== this.#turn) return;
    const window = new Window(page.from, this.#most);
    window.putAfter(current(conversation, page));
    this.#window = window;
    this.#settle();
    for (const side of ['before', 'after'] as const) if (!this.#end(side)) await this.#page(side);
  }

  /** One page, or as many as it takes, larger ones each time, where they hold nothing that is shown. */
  async #page(side: Side): Promise<void> {
    for (let limit = this.#limit; ; limit = Math.min(limit * 2, CLIENT_LIMITS.readPage)) {
      const [window, conversation] = [this.#window, this.#conversation];
      if (!window || !conversation) return;
      const end = this.#end(side);
      const isPut = await (side === 'before'
        ? this.#pageBefore(conversation, window, limit)
        : this.#pageAfter(conversation, window, limit));
      if (!isPut) return;
      this.#settle();
      if (end !== this.#end(side)) return;
    }
  }

  /** The seq of the first or last item that is shown. */
  #end(side: Side): number | undefined {
    return this.#view.getSnapshot().items.at(side === 'before' ? 0 : -1)?.seq;
  }

  /** @returns false where there is none, or the window went on meanwhile and it does not fit any more */
  async #pageBefore(conversation: Conversation, window: Window, limit: number): Promise<boolean> {
    const { from, items } = window;
    if (from <= conversation.first) return false;
    const n = items[0] ? nBefore(items[0]) : conversation.nAt(from - 1);
    const page = await this.#source.before(conversation, { edge: from - 1, n, limit });
    if (window !== this.#window || window.from !== from) return false;
    window.putBefore(current(conversation, page));
    return true;
  }

  async #pageAfter(conversation: Conversation, window: Window, limit: number): Promise<boolean> {
    const { to, items } = window;
    if (to >= conversation.to) return false;
    const page = await this.#source.after(conversation, { edge: to + 1, n: items.at(-1)?.n ?? null, limit });
    if (window !== this.#window || window.to !== to) return false;
    window.putAfter(current(conversation, page));
    return true;
  }

  #heard(event: ReplicaEvent): void {
    if (event.type === 'connected') this.#retry();
    else if (event.type === 'gone') {
      if (event.id === this.#id) this.#leave();
    } else if ('conversation' in event && event.conversation.id === this.#id) this.#follow(event);
  }

  #follow(event: ReplicaEvent & { readonly conversation: Conversation }): void {
    const window = this.#window;
    this.#isGone = false;
    if (event.type === 'restored') void this.open({ at: 'end' });
    else if (window === null) {
      // It was not known before.
      if (!this.#loading.has('open') && !this.#failed.has('open')) void this.open(this.#opening);
    } else if (event.type === 'changed') {
      const changed = (item: TimelineItem) => event.conversation.changed(item, event.entry);
      window.change(changed);
      this.#quotes.change(changed);
    } else if (event.type === 'moved') this.#moved(event.conversation, window);
    else if (event.type === 'held' && this.#isFollowing) this.#append(window, event.entries);
    this.#show();
  }

  #append(window: Window, held: readonly TimelineItem[]): void {
    const items = held.filter(({ seq }) => seq > window.to);
    const last = items.at(-1);
    if (!last) return;
    if (items[0]?.seq === window.to + 1) window.putAfter({ from: window.to + 1, to: last.seq, items });
    else void this.loadAfter();
  }

  /** What is held went on otherwise than entry by entry. */
  #moved(conversation: Conversation, window: Window): void {
    const { first, runs, to, changesAfter } = conversation;
    this.#quotes.check(conversation);
    window.cutBelow(first);
    const isLate = window.items.some(({ asOf }) => asOf < changesAfter);
    const isHeld = !isLate && (window.to < window.from || runAt(runs, window.to) !== null);
    if (isHeld && this.#isFollowing && window.to < to) void this.loadAfter();
    // What was skipped may have changed what is shown: it is read anew (C5).
    else if (!isHeld) void this.open(this.#isFollowing ? { at: 'end' } : middleOf(window));
  }

  async #readQuotes(seqs: readonly number[]): Promise<readonly TimelineItem[]> {
    const conversation = this.#conversation;
    return conversation ? await this.#source.quotes(conversation, seqs) : [];
  }

  #retry(): void {
    this.#quotes.retry();
    this.#show();
    const failed = [...this.#failed];
    if (this.#window === null || failed.includes('open')) void this.open(this.#opening);
    else for (const side of failed) void (side === 'before' ? this.loadBefore() : this.loadAfter());
  }

  #leave(): void {
    this.#turn += 1;
    this.#window = null;
    this.#loading.clear();
    this.#isGone = true;
    this.#show();
  }

  /** After whatever moved the window's end. Not within an event of several: the conversation is ahead of it then. */
  #settle(): void {
    const [window, conversation] = [this.#window, this.#conversation];
    // While something was read, this person may have left, and come back to a history that is closed to them.
    if (conversation) window?.cutBelow(conversation.first);
    this.#isFollowing = window !== null && conversation !== undefined && window.to >= conversation.to;
    this.#show();
  }

  #show(): void {
    const [window, conversation, error] = [this.#window, this.#conversation, this.#error];
    const isLoading = this.#loading.size > 0 || (window === null && !this.#isGone && error === null);
    if (!window || !conversation) this.#set({ ...NOTHING, isLoading, error });
    else {
      this.#set({
        items: conversation.kind === 'direct' ? window.items : this.#folded.show(window.items),
        hasBefore: window.from > conversation.first,
        hasAfter: !this.#isFollowing && window.to < conversation.to,
        isLoading,
        firstUnread: this.#firstUnread(window),
        quotes: this.#quotes.of(window.items),
        error,
      });
    }
  }

  #set(whole: TimelineView): void {
    const view = this.#hidden?.getSnapshot()(whole) ?? whole;
    const before = this.#view.getSnapshot();
    const isSame = (Object.keys(view) as (keyof TimelineView)[]).every((field) => view[field] === before[field]);
    if (!isSame) this.#view.set(view);
  }

  /** Once found it stays, also where the window goes on without it. */
  #firstUnread({ from, items }: Window): number | null {
    const unread = this.#unread;
    if (!unread || unread.seq !== null) return unread?.seq ?? null;
    // Above the window there may be an earlier one.
    if (from > unread.after + 1) return null;
    const me = this.#replica.me?.id;
    const first = items.find(
      ({ seq, kind, author, erased }) => seq > unread.after && kind === 'message.sent' && author !== me && !erased,
    );
    if (first && first.seq <= unread.upTo) unread.seq = first.seq;
    return unread.seq;
  }
}

/** What changed while it was on its way here changed no window. */
function current(conversation: Conversation, page: WholePage): WholePage {
  return { ...page, items: conversation.current(page.items) };
}

function middleOf({ items, from }: Window): Opening {
  return { at: 'seq', seq: items[items.length >> 1]?.seq ?? from };
}
