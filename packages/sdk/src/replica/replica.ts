// All that is held of a person's conversations, and the cursor that goes with it. Frames go in, in the order in which they
// came; what is missing is named in `missing`, and somebody reads it. What is held is kept by the keeper as it changes, the
// cursor never before what it vouches for (C4); `load` makes it what it was, before there is any connection.
import {
  CLIENT_LIMITS,
  type ClientLimits,
  type Entry,
  type ServerFrame,
  type Summary,
  type TimelineItem,
  type User,
  type Welcome,
} from '@kith/protocol';
import type { Mark } from '../mark.js';
import type { Observable } from '../observable.js';
import type { Cancel } from '../ports.js';
import type { Held } from '../storage/replica-store.js';
import { namedIn, targetOf, toEntry } from './apply.js';
import { Conversation } from './conversation.js';
import { restore } from './conversation-record.js';
import { HeldConversations } from './held-conversations.js';
import type { Keeper } from './keeper.js';
import { LookUp } from './look-up.js';
import { Missing, type Seen } from './missing.js';
import type { EntriesPage, MembersRead, TimelinePage, UsersById } from './pages.js';
import { type ReplicaEvent, ReplicaEvents } from './replica-event.js';
import { MEMBERS, Turn } from './turn.js';
import { Users } from './users.js';

type Origin = { readonly since: string | null; readonly me: User | null; readonly self: string | null };

const ORIGIN = 'origin';

export class Replica {
  readonly users = new Users();
  readonly missing = new Missing();
  me: User | null = null;
  /** This person's own conversation. */
  self: string | null = null;
  limits: ClientLimits = CLIENT_LIMITS;
  readonly #keeper: Keeper;
  readonly #user: string;
  readonly #conversations: HeldConversations;
  readonly #lookUp: LookUp;
  readonly #events = new ReplicaEvents();
  readonly #turn = new Turn();

  /** @param user whose it is: a tab that follows may never have been welcomed */
  constructor(keeper: Keeper, user = '') {
    this.#keeper = keeper;
    this.#user = user;
    this.#conversations = new HeldConversations(
      (id) => this.#make(id),
      () => this.#myId,
    );
    this.#lookUp = new LookUp({
      keeper,
      onItem: (item) => {
        this.#turn.put([item]);
        this.#end();
      },
      onDone: (conversation) => {
        conversation.changing = 0;
        this.#turn.touch(conversation);
        this.#end();
      },
      onLate: (conversation) => {
        conversation.changesAfter = conversation.to;
        this.#events.say({ type: 'moved', conversation });
        this.#end();
      },
      onCount: ({ id }, n) => this.change(id, ({ reading }) => reading.recount(n)),
      onMissing: ({ id }) => this.wantSummary(id),
    });
    keeper.storage.subscribe(() => {
      if (!keeper.isKeeping) for (const conversation of this.#conversations.all()) conversation.loseStore();
    });
  }

  get #myId(): string {
    return this.me?.id ?? this.#user;
  }

  /** How often the server's counts were others than those of what is held. */
  get mismatches(): Observable<number> {
    return this.#events.mismatches;
  }

  /** One that is to be read on, if there is any. */
  get behind(): Conversation | null {
    return this.#conversations.behind;
  }

  /** What is shown: the list, newest first, and each conversation, in it or not. */
  get shown(): Pick<HeldConversations, 'list' | 'view' | 'people'> {
    return this.#conversations;
  }

  conversation(id: string): Conversation | undefined {
    return this.#conversations.get(id);
  }

  subscribe(listener: (event: ReplicaEvent) => void): Cancel {
    return this.#events.subscribe(listener);
  }

  /** Takes what is in the store: at the start, and when another tab took over the writing, or gave it to this one. @throws StorageError */
  async load(): Promise<void> {
    const held = await this.#keeper.load();
    const { since, me, self } = (held.meta.get(ORIGIN) ?? {}) as Partial<Origin>;
    // The store's own cursor: it goes with what is in the store, whatever this tab has heard since.
    this.missing.begin(since ?? null);
    this.me ??= me ?? null;
    this.self ??= self ?? null;
    this.users.restore(held.users.values());
    const before = this.#conversations.all();
    for (const id of held.conversations.keys()) this.#restore(id, held);
    // What the store lacks may be gone from the server as well, and another tab was told: the list says what is there.
    if (before.some(({ id }) => !held.conversations.has(id))) this.missing.relist(this.#conversations.ids());
    // From now on this tab writes: what it holds in memory is held in the store too.
    if (this.#keeper.isKeeping) for (const conversation of before) this.#turn.keepAll(conversation);
    this.#conversations.show(this.#conversations.all());
    for (const conversation of this.#conversations.all()) this.#lookUp.again(conversation);
    this.#end();
  }

  take(frame: ServerFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#welcome(frame);
        break;
      case 'entry':
        this.#entry(this.#conversations.get(frame.conversation), toEntry(frame));
        break;
      case 'gap':
        this.#gap(frame.conversation, { epoch: frame.epoch, seq: frame.head });
        break;
      case 'conversation':
        this.users.take(Object.values(frame.users ?? {}));
        this.#summary(frame.summary, true);
        break;
      case 'synced':
        this.missing.synced(frame.since);
        break;
      case 'signal':
        this.#signal(frame);
        break;
      default:
        return;
    }
    this.#end();
  }

  /** There is a way to the server, and its `welcome` went to another tab: what is missing is read, what failed is tried again. */
  resume(): void {
    this.users.connected();
    this.#lookUp.connected();
    this.#events.say({ type: 'connected' });
    this.#end();
  }

  /** Summaries that were read; those of a list say up to where nothing comes by itself. */
  takeSummaries(summaries: readonly Summary[], { users, isList }: { users: UsersById; isList: boolean }): void {
    this.users.take(Object.values(users));
    for (const summary of summaries) this.#summary(summary, isList);
    this.#end();
  }

  /** The list was read to its end. @param since its cursor */
  endList(since: string): void {
    this.missing.endList(since);
    this.#end();
  }

  /** A page of the log that was read from `to` on: one that hides what is open now is not taken. @param asked up to where */
  takeEntries(conversation: Conversation, { first, head, entries }: EntriesPage, asked: number): void {
    const isNow = this.#raiseFirst(conversation, () => conversation.raiseFirst(first, head));
    for (const entry of isNow ? entries : []) this.#entry(conversation, entry);
    conversation.endAt(head, asked);
    this.#turn.touch(conversation);
    this.#end();
  }

  /** A page of a timeline that was read. @returns its items, with what changed since it was read */
  takePage(conversation: Conversation, page: TimelinePage): readonly TimelineItem[] {
    this.users.take(Object.values(page.users));
    const items = conversation.current(page.items);
    this.#turn.put(conversation.hold({ ...page, items }));
    // What was erased stays so, also where it is held as it was (C3).
    for (const item of items) if (item.erased && item.seq <= conversation.to) this.#entry(conversation, toEntry(item));
    this.#turn.touch(conversation);
    this.#end();
    return items;
  }

  /** The newest page instead of all that is held (C5), where that did not go on further meanwhile; the summary says the rest. */
  jump(conversation: Conversation, page: TimelinePage): void {
    this.users.take(Object.values(page.users));
    if (page.to <= conversation.to) return;
    const held: TimelineItem[] = [];
    this.#turn.drop(conversation.id);
    this.#turn.put(conversation.jump(page, held));
    this.#events.say({ type: 'moved', conversation });
    this.#held(conversation, held);
    this.wantSummary(conversation.id);
  }

  /** The server doesn't know it, or never showed it to this person. */
  forget(id: string): void {
    this.missing.forget(id);
    const conversation = this.#conversations.get(id);
    if (conversation) {
      this.#conversations.forget(conversation);
      this.#turn.remove(conversation);
    }
    this.#events.say({ type: 'gone', id });
    this.#end();
  }

  /** How far this person has got, whether or not the server knows. What was delivered here changes nothing that is shown. */
  raiseOwn(id: string, mark: Mark): void {
    const { reading } = this.#conversations.get(id) ?? {};
    if (reading?.raiseOwn(mark)) this.change(id, () => {});
  }

  /** Whoever is in it was read. @returns false where it was asked too long ago */
  takeMembers(id: string, { members, users, asOf }: MembersRead): boolean {
    this.users.take(Object.values(users));
    return this.change(id, (conversation) => conversation.takeMembers(members, asOf)) ?? false;
  }

  wantSummary(id: string): void {
    this.missing.want(id, null);
    this.#end();
  }

  /** People who are shown; those who are not known are to be read. */
  wantUsers(ids: Iterable<string>): void {
    this.users.named(ids);
    this.#end();
  }

  /** People who were read. @param asked those who were to be found */
  takeUsers(users: readonly User[], asked: readonly string[]): void {
    this.users.take(users);
    this.users.asked(asked);
    this.#end();
  }

  #welcome(welcome: Welcome): void {
    const isOther = this.me !== null && this.me.id !== welcome.user.id;
    // A store belongs to one person: what another one left is not shown to anybody.
    if (isOther) for (const id of this.#conversations.ids()) this.forget(id);
    this.missing.welcome(welcome.reset || this.missing.since === null, this.#conversations.ids());
    this.me = welcome.user;
    this.self = welcome.self;
    this.limits = welcome.limits;
    this.users.connected();
    this.users.take([welcome.user, ...Object.values(welcome.users)]);
    this.#lookUp.connected();
    const listed = new Set(welcome.conversations.map(({ id }) => id));
    for (const conversation of this.#conversations.all()) conversation.reconnect(listed.has(conversation.id));
    for (const summary of welcome.conversations) this.#summary(summary, true);
    this.#conversations.show(this.#conversations.all());
    // The welcome of another tab says nothing of what this one lacks.
    const isOpen = this.missing.isListWanted && !this.#keeper.isKeeping;
    if (welcome.more || isOther || isOpen) this.missing.isListWanted = true;
    else this.missing.endList(welcome.since);
    this.#events.say({ type: 'connected' });
  }

  #summary(summary: Summary, isPushing: boolean): void {
    const { id, last, peer } = summary;
    const conversation = this.#conversations.getOrBegin(id);
    // Whoever waits for it may have nothing else to wait for: all of it may be delivered.
    if (!conversation.isBegun) this.#events.say({ type: 'moved', conversation });
    const isSame = this.#raiseFirst(conversation, () => conversation.applySummary(summary, isPushing));
    const seen = this.missing.came(id);
    if (seen?.epoch === conversation.epoch) conversation.takeGap(seen.seq);
    this.#turn.touch(conversation);
    if (!isSame) {
      this.#turn.drop(id);
      this.#events.say({ type: 'restored', conversation });
    }
    this.users.named([...namedIn(last ? [last] : []), ...(peer ? [peer.user] : [])]);
  }

  /** What is held below `first` goes where that rises (M7). */
  #raiseFirst<T>(conversation: Conversation, change: () => T): T {
    const { first, epoch } = conversation;
    const result = change();
    if (conversation.first > first && conversation.epoch === epoch) {
      this.#turn.drop(conversation.id, 0, conversation.first - 1);
      this.#events.say({ type: 'moved', conversation });
    }
    return result;
  }

  #entry(conversation: Conversation | undefined, entry: Entry): void {
    const held: TimelineItem[] = [];
    const taken = conversation?.take(entry, held);
    if (!conversation || taken === 'other_epoch') this.missing.want(entry.conversation, entry);
    else if (taken !== 'known') this.#held(conversation, held);
    else if (entry.erased) this.#changed(conversation, entry, entry.seq);
  }

  #held(conversation: Conversation, items: readonly TimelineItem[]): void {
    this.#turn.touch(conversation);
    this.#turn.put(items);
    this.#conversations.warm(conversation);
    this.users.named(namedIn(items));
    this.#events.sayHeld(conversation, items);
    for (const entry of items) {
      const target = targetOf(entry);
      if (target !== null) this.#changed(conversation, entry, target);
    }
  }

  #changed(conversation: Conversation, entry: Entry, target: number): void {
    this.#turn.touch(conversation);
    this.#events.say({ type: 'changed', conversation, entry });
    this.#lookUp.change(conversation, entry, target);
  }

  #gap(id: string, seen: Seen): void {
    const conversation = this.#conversations.get(id);
    if (conversation?.epoch !== seen.epoch) this.missing.want(id, seen);
    else {
      conversation.takeGap(seen.seq);
      this.#turn.touch(conversation);
    }
  }

  #signal(signal: ServerFrame & { readonly type: 'signal' }): void {
    if (signal.name === 'user') this.users.changed(signal.users);
    else if (signal.name !== 'marks') this.#events.say({ type: 'signal', signal });
    if (signal.name !== 'marks') return;
    const conversation = this.#conversations.get(signal.conversation);
    if (conversation?.epoch !== signal.epoch) return;
    this.#turn.touch(conversation);
    this.#raiseFirst(conversation, () => conversation.raiseFirst(signal.first ?? 0, conversation.head));
    conversation.reading.takeMarks(signal.marks);
    if (conversation.reading.tookCounts(signal)) this.missing.want(conversation.id, null);
  }

  #make(id: string): Conversation {
    const conversation: Conversation = new Conversation(id, {
      me: () => this.#myId,
      unreadCap: () => this.limits.unreadCap,
      isKeeping: () => this.#keeper.isKeeping,
      onMismatch: (own, told) => this.#events.say({ type: 'mismatch', conversation, own, told }),
    });
    return conversation;
  }

  #restore(id: string, { conversations, meta }: Held): void {
    const isNew = this.#conversations.get(id) === undefined;
    const conversation = this.#conversations.getOrBegin(id);
    const { epoch } = conversation;
    const taken = restore(conversation, conversations.get(id) ?? {}, meta.get(MEMBERS + id));
    if (taken === 'newer') {
      this.#turn.keptMembers(conversation);
      if (!isNew) this.#events.say({ type: epoch === conversation.epoch ? 'moved' : 'restored', conversation });
    } else if (taken === 'nonsense' && isNew) {
      // The cursor knew it: without it, all conversations are to be named again.
      this.#conversations.forget(conversation);
      this.missing.begin(null);
    }
    this.users.named(namedIn(conversation.last ? [conversation.last] : []));
  }

  /** What somebody beside this knows of one changes it. @returns null where it is not known */
  change<T>(id: string, change: (conversation: Conversation) => T): T | null {
    const conversation = this.#conversations.get(id);
    if (!conversation) return null;
    const result = change(conversation);
    this.#turn.touch(conversation);
    this.#end();
    return result;
  }

  /** The turn is over: what it changed is kept, shown and told. */
  #end(): void {
    const { me, self, missing } = this;
    if (missing.settle()) this.#turn.set(ORIGIN, { since: missing.since, me, self } satisfies Origin);
    const { touched, batch } = this.#turn.end(this.#myId, this.users.toKeep());
    // Where it can't be kept the keeper says so to all; here it is held in memory either way.
    if (this.#keeper.isKeeping && Object.keys(batch).length > 0) this.#keeper.keep(batch).catch(() => {});
    this.#conversations.show(touched);
    for (const conversation of touched) this.#lookUp.count(conversation);
    const isMissing = missing.isListWanted || missing.summaries.size > 0 || this.behind !== null;
    if (isMissing || this.users.wanted(1).length > 0) this.#events.say({ type: 'missing' });
    this.#events.flush();
  }
}
