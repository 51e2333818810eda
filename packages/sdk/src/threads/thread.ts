// One thread as a person sees it: the message that it begins with, and those that answer it, from the newest upwards. It follows
// what comes in, is read anew where that went on otherwise, and says how far the person has read in it.
import { type Entry, isMessage, type ThreadStanding, type TimelineItem } from '@kith/protocol';
import { type Observable, Value } from '../observable.js';
import type { MessagePlace, Person } from '../person.js';
import type { Cancel } from '../ports.js';
import { Refusal } from '../refusal.js';
import { applyToItem, toItem } from '../replica/apply.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import type { ShownItem } from '../replica/shown-entry.js';
import { standingAfter } from './standing.js';

export type ThreadView = {
  /** What it begins with; null until that is known, and where this person may not read it. */
  readonly message: ShownItem | null;
  /** Those that answer it, rising; the newest are always among them. */
  readonly items: readonly ShownItem[];
  readonly hasBefore: boolean;
  readonly standing: ThreadStanding;
  readonly isLoading: boolean;
  /** Why it could not be read. It is tried again with the next connection. */
  readonly error: Refusal | null;
};

const PAGE = 50;
/** Marks wait so long for further ones. */
const GATHER_MS = 500;
const NOBODY: ThreadStanding = { follows: false, read: 0, unread: 0, mentions: 0 };
const NOTHING: ThreadView = {
  message: null,
  items: [],
  hasBefore: false,
  standing: NOBODY,
  isLoading: true,
  error: null,
};

/** A window on the thread that begins with a message. Whoever opened it closes it. */
export class Thread {
  readonly #person: Person;
  readonly #place: MessagePlace;
  readonly #view = new Value(NOTHING);
  readonly #unsubscribe: Cancel;
  /** Entries that came while a page was read: those above its `asOf` are applied to it. */
  readonly #late: TimelineItem[] = [];
  /** Counts readings: what was read for an earlier one is dropped. */
  #turn = 0;
  /** The entry up to which the server counted: what comes later of those is in the standing already. */
  #countedTo = 0;
  /** Counts what came of the thread: a count that was asked for meanwhile may lack it. */
  #news = 0;
  #isCounting = false;
  #isOpen = false;
  /** How far was looked, which the server may not have been told. */
  #looked = 0;
  #said: Cancel | null = null;

  /** @param message the first of the thread, or one that is to begin it */
  constructor(person: Person, message: MessagePlace) {
    this.#person = person;
    const { conversation, epoch, seq } = message;
    this.#place = { conversation, epoch, seq };
    const { replica, hidden } = person.client;
    const ends = [replica.subscribe((event) => this.#heard(event)), hidden.subscribe(() => void this.#read())];
    this.#unsubscribe = () => {
      for (const end of ends) end();
    };
    void this.#read();
  }

  get view(): Observable<ThreadView> {
    return this.#view;
  }

  /** Older answers. Resolves when they are there, or cannot be had now. */
  async loadBefore(): Promise<void> {
    const { items, hasBefore } = this.#view.getSnapshot();
    const [first] = items;
    if (!this.#isOpen || !hasBefore || !first) return;
    const page = await this.#ask(() => this.#page({ before: first.seq }));
    const now = this.#view.getSnapshot();
    if (!page || now.items[0]?.seq !== first.seq) return;
    const older = page.items.filter(({ seq }) => seq > this.#place.seq);
    this.#set({ items: [...older, ...now.items], hasBefore: page.hasBefore });
  }

  /** The person has looked at the thread up to here. Only ever rises, and counts where they follow it. */
  looked(seq: number): void {
    const { standing, items } = this.#view.getSnapshot();
    this.#looked = Math.max(this.#looked, seq);
    if (!standing.follows || seq <= standing.read) return;
    const above = items.filter((item) => item.seq > seq);
    const none = { ...standing, read: seq, unread: 0, mentions: 0 };
    this.#set({ standing: above.reduce((now, item) => this.#counted(now, item), none) });
    this.#saySoon();
  }

  /** Follows the thread from now on, or no more. Needs a connection. @throws Refusal */
  async follow(on = true): Promise<void> {
    const { conversation, epoch, seq: target } = this.#place;
    const standing = await this.#person.command('thread.follow', { conversation, epoch, target, on });
    this.#set({ standing });
  }

  close(): void {
    this.#turn += 1;
    this.#isOpen = false;
    this.#unsubscribe();
    this.#said?.();
  }

  #counted(standing: ThreadStanding, item: TimelineItem | ShownItem): ThreadStanding {
    return item.erased ? standing : standingAfter(standing, item, { me: this.#person.id, first: null });
  }

  /** The newest page, and what the thread begins with. */
  async #read(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const { seq } = this.#place;
    this.#late.length = 0;
    this.#set({ isLoading: true });
    const pages = await this.#ask(async () => {
      const page = await this.#page({});
      return { page, start: page.hasBefore ? await this.#page({ after: seq - 1, limit: 1 }) : page };
    });
    if (turn !== this.#turn) return;
    this.#isOpen = pages !== null;
    if (!pages) return;
    const { page, start } = pages;
    this.#countedTo = page.asOf;
    this.#set({
      message: start.items.find((item) => item.seq === seq) ?? null,
      items: page.items.filter((item) => item.seq !== seq),
      hasBefore: page.hasBefore && page.items[0]?.seq !== seq,
      standing: page.standing ?? NOBODY,
      isLoading: false,
      error: null,
    });
    for (const item of this.#late.splice(0)) this.#take(item);
    if (this.#looked > 0) this.looked(this.#looked);
  }

  #page(where: { readonly before?: number; readonly after?: number; readonly limit?: number }) {
    const { conversation, epoch, seq: thread } = this.#place;
    return this.#person.client.asker.ask('messages.read', { conversation, epoch, thread, limit: PAGE, ...where });
  }

  /** Null where it was refused, which the view says. */
  async #ask<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#set({ isLoading: false, error });
      return null;
    }
  }

  #heard(event: ReplicaEvent): void {
    const { conversation, seq } = this.#place;
    if (event.type === 'connected') void this.#read();
    else if (event.type === 'signal' && event.signal.name === 'thread') {
      const { signal } = event;
      if (signal.conversation === conversation && signal.thread === seq) this.#told(signal);
    } else if (event.type === 'gone') {
      if (event.id === conversation) this.#set({ ...NOTHING, isLoading: false });
    } else if (!('conversation' in event) || event.conversation.id !== conversation) return;
    else if (event.type === 'moved' || event.type === 'restored') void this.#read();
    else if (event.type === 'changed') this.#change(event.entry);
    else if (event.type === 'held') for (const item of event.entries) if (this.#isHere(item)) this.#take(item);
  }

  /** An answer in this thread, or the deletion of one. */
  #isHere(entry: Entry): boolean {
    return entry.body.thread === this.#place.seq && (isMessage(entry) || entry.kind === 'message.deleted');
  }

  #take(item: TimelineItem): void {
    if (!this.#isOpen || this.#view.getSnapshot().isLoading) {
      this.#late.push(item);
      return;
    }
    const { message: first, items, standing } = this.#view.getSnapshot();
    this.#news += 1;
    const isCounted = item.seq <= this.#countedTo;
    const after = isCounted ? standing : standingAfter(standing, item, { me: this.#person.id, first });
    const isNew = item.kind === 'message.sent' && item.seq > (items.at(-1)?.seq ?? 0);
    this.#set({ items: isNew ? [...items, toItem(item)] : items, standing: after });
    // Whose the thread is, whoever hid its beginning doesn't see: the server knows whether they follow it.
    if (first === null) void this.#count();
  }

  #change(entry: Entry): void {
    const { message, items } = this.#view.getSnapshot();
    const changed = <T extends ShownItem>(item: T) => applyToItem(item as TimelineItem, entry, this.#person.id);
    const after = items.map(changed);
    const isSame = after.every((item, index) => item === items[index]);
    this.#set({ message: message && changed(message), ...(isSame ? {} : { items: after }) });
  }

  #told({ follows, read, unread, mentions }: ThreadStanding): void {
    this.#set({ standing: { follows, read, unread, mentions } });
    if (follows && this.#looked > read) this.#saySoon();
    void this.#count();
  }

  /** A signal may be older or newer than the entries beside it: the server's count as of an entry is right. */
  async #count(): Promise<void> {
    this.#news += 1;
    if (this.#isCounting) return;
    this.#isCounting = true;
    for (let news = -1; news !== this.#news; ) {
      news = this.#news;
      const turn = this.#turn;
      const page = await this.#ask(() => this.#page({ limit: 1 }));
      if (!page || turn !== this.#turn) break;
      if (news !== this.#news) continue;
      this.#countedTo = page.asOf;
      this.#set({ standing: page.standing ?? NOBODY });
      if (this.#looked > 0) this.looked(this.#looked);
    }
    this.#isCounting = false;
  }

  #saySoon(): void {
    const { platform, asker } = this.#person.client;
    if (!asker.isOpen) return;
    this.#said ??= platform.clock.after(GATHER_MS, () => {
      this.#said = null;
      const { conversation, epoch, seq: thread } = this.#place;
      this.#person.client.signal({ name: 'marks', conversation, epoch, read: this.#looked, thread });
    });
  }

  #set(part: Partial<ThreadView>): void {
    const before = this.#view.getSnapshot();
    const isSame = (Object.keys(part) as (keyof ThreadView)[]).every((field) => part[field] === before[field]);
    if (!isSame) this.#view.set({ ...before, ...part });
  }
}
