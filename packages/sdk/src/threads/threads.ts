// The threads that a person follows, the one that was answered last first, and how many have something unread. What comes in
// changes the list at once where that can be told from it, and has it read anew where not; the server's counts win.
import {
  amend,
  type Entry,
  type FollowedThread,
  isMessage,
  type ThreadStanding,
  type TimelineItem,
} from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import type { Person } from '../person.js';
import type { Cancel } from '../ports.js';
import { Refusal } from '../refusal.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import { standingAfter } from './standing.js';

export type ThreadsView = {
  readonly items: readonly FollowedThread[];
  /** How many threads have something unread, those that are not loaded among them. */
  readonly unread: number;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  /** Why they could not be read. It is tried again with the next connection. */
  readonly error: Refusal | null;
};

const PAGE = 20;
/** Most threads that are read anew at once. */
const MOST = 100;
/** News gather so long before the list is read anew. */
const GATHER_MS = 300;

/** One's threads. Whoever made it closes it. */
export class Threads {
  readonly #person: Person;
  readonly #view = new Value<ThreadsView>({ items: [], unread: 0, hasMore: false, isLoading: true, error: null });
  readonly #unsubscribe: Cancel;
  #next: string | null = null;
  #turn = 0;
  #soon: Cancel | null = null;
  /** Counts what came of threads: a list that was read meanwhile may lack it. */
  #news = 0;

  constructor(person: Person) {
    this.#person = person;
    const { replica, hidden } = person.client;
    const ends = [replica.subscribe((event) => this.#heard(event)), hidden.subscribe(() => this.#readSoon())];
    this.#unsubscribe = () => {
      for (const end of ends) end();
    };
    void this.#read();
  }

  get view(): Observable<ThreadsView> {
    return this.#view;
  }

  /** Further ones. Resolves when they are there, or cannot be had now. */
  async loadMore(): Promise<void> {
    const [turn, cursor] = [this.#turn, this.#next];
    if (cursor === null) return;
    const news = this.#news;
    const page = await this.#ask({ cursor, limit: PAGE });
    if (news !== this.#news) this.#readSoon();
    if (!page || turn !== this.#turn || cursor !== this.#next) return;
    this.#next = page.next;
    const { items } = this.#view.getSnapshot();
    const fresh = page.items.filter((one) => !items.some((other) => isSame(one, other)));
    this.#set({ items: [...items, ...fresh], unread: page.unread, hasMore: page.next !== null });
  }

  close(): void {
    this.#turn += 1;
    this.#unsubscribe();
    this.#soon?.();
  }

  async #read(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const limit = Math.min(Math.max(this.#view.getSnapshot().items.length, PAGE), MOST);
    const news = this.#news;
    const page = await this.#ask({ limit });
    if (!page || turn !== this.#turn) return;
    if (news !== this.#news) this.#readSoon();
    this.#next = page.next;
    this.#set({ items: page.items, unread: page.unread, hasMore: page.next !== null, isLoading: false, error: null });
  }

  /** Null where it was refused, which the view says. */
  async #ask(params: { readonly cursor?: string; readonly limit: number }) {
    try {
      return await this.#person.client.asker.ask('threads.list', params);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#set({ isLoading: false, error });
      return null;
    }
  }

  #heard(event: ReplicaEvent): void {
    if (event.type === 'held') for (const entry of event.entries) this.#take(entry);
    else if (event.type === 'changed') this.#change(event.entry);
    else if (event.type === 'signal' && event.signal.name === 'thread') this.#told(event.signal);
    else if (event.type !== 'missing' && event.type !== 'mismatch') this.#readSoon();
  }

  #take(entry: TimelineItem): void {
    const { thread, users } = entry.body;
    // Who comes to a conversation, or leaves it, has other threads.
    if (Array.isArray(users) && users.includes(this.#person.id)) this.#readSoon();
    if (typeof thread !== 'number' || (!isMessage(entry) && entry.kind !== 'message.deleted')) return;
    this.#news += 1;
    const { id: me } = this.#person;
    const named = (entry.body as { readonly mentions?: { readonly users?: readonly string[] } }).mentions?.users;
    const isMine = entry.author === me || entry.body.count === 1 || named?.includes(me) === true;
    const isListed = this.#put({ ...entry, thread }, (one) => {
      // The list was read as of a later entry than what was held here: it counts this one.
      if (isMessage(entry) && entry.seq <= one.last.seq) return one;
      const last = isMessage(entry) ? entry : one.last;
      return { ...one, ...standingAfter(one, entry, { me, first: one.message }), last };
    });
    // Whether the list counted what was deleted cannot be told from it.
    if (isListed ? !isMessage(entry) : isMine || this.#next !== null) this.#readSoon();
  }

  #change(entry: Entry): void {
    this.#news += 1;
    const { items } = this.#view.getSnapshot();
    const changed = items.map((one) => {
      if (one.conversation !== entry.conversation) return one;
      const message = amend(one.message, entry, this.#person.id);
      const last = amend(one.last, entry, this.#person.id);
      return message === one.message && last === one.last ? one : { ...one, message, last };
    });
    if (changed.some((one, index) => one !== items[index])) this.#set({ items: changed });
  }

  #told({
    follows,
    read,
    unread,
    mentions,
    ...place
  }: ThreadStanding & Pick<FollowedThread, 'conversation' | 'thread'>) {
    this.#news += 1;
    const isListed = this.#put(place, (one) => ({ ...one, follows, read, unread, mentions }));
    if (isListed !== follows) this.#readSoon();
  }

  /** Changes one of the list, and what follows from that. @returns whether it is in it */
  #put(
    place: Pick<FollowedThread, 'conversation' | 'thread'>,
    change: (one: FollowedThread) => FollowedThread,
  ): boolean {
    const { items, unread } = this.#view.getSnapshot();
    const before = items.find((one) => isSame(one, place));
    if (!before) return false;
    const after = change(before);
    const isFirst = after.last.seq !== before.last.seq;
    const rest = items.filter((one) => one !== before);
    const kept = after.follows ? [after] : [];
    const changed = isFirst ? [...kept, ...rest] : items.flatMap((one) => (one === before ? kept : one));
    this.#set({ items: changed, unread: Math.max(0, unread + isUnread(after) - isUnread(before)) });
    return true;
  }

  #readSoon(): void {
    this.#soon ??= this.#person.client.platform.clock.after(GATHER_MS, () => {
      this.#soon = null;
      void this.#read();
    });
  }

  #set(part: Partial<ThreadsView>): void {
    this.#view.set({ ...this.#view.getSnapshot(), ...part });
  }
}

function isUnread({ follows, unread }: FollowedThread): 0 | 1 {
  return follows && unread > 0 ? 1 : 0;
}

function isSame(one: Place, other: Place): boolean {
  return one.conversation === other.conversation && one.thread === other.thread;
}

type Place = Pick<FollowedThread, 'conversation' | 'thread'>;
