// Everything that belongs to one signed-in person on one server: the replica and its store, the outbox, marks, presence, and
// the link, wired together. Frames go to the replica first; what follows from them is told to the rest. Where another tab
// leads, this one hears its frames, asks through it, and writes nothing but what it adds to be sent.
import type { CommandName, Entry, Params, Result, ServerFrame } from '@kith/protocol';
import type { WatchedMembers } from './members/members.js';
import { type Observable, Value } from './observable.js';
import { Marks } from './outbox/marks.js';
import { Outbox } from './outbox/outbox.js';
import type { Failure, OutboxItem } from './outbox/outbox-item.js';
import type { Cancel, Platform } from './ports.js';
import type { Presence, Status } from './presence/presence.js';
import { Asker } from './replica/asker.js';
import { Keeper, type StorageStatus } from './replica/keeper.js';
import { Reader } from './replica/reader.js';
import { Replica } from './replica/replica.js';
import type { ReplicaEvent } from './replica/replica-event.js';
import { Settings } from './replica/settings.js';
import type { Hidden } from './replica/timeline.js';
import type { Batch, ReplicaStore } from './storage/replica-store.js';
import type { Role } from './tabs/election.js';
import type { OwnLink } from './tabs/shared-link.js';
import type { OutboxChange, Tabs, TabsParts, Unkept } from './tabs/tabs.js';
import type { Typing } from './typing/typing.js';
import type { Link, LinkEvents, LinkState, OutgoingSignal } from './wire/link.js';

export type PersonClientParts = {
  readonly platform: Pick<Platform, 'clock' | 'random'>;
  readonly user: string;
  readonly store: ReplicaStore;
  readonly status: StorageStatus;
  /** A connection of this person's own, not started. @param since the cursor, asked anew for every stream */
  readonly connect: (events: LinkEvents, since: () => string | null) => OwnLink;
  /** Puts the tabs that share the store on one link; null where this run has its own. */
  readonly share: (parts: TabsParts) => Tabs | null;
};

const CLOSED: LinkState = { kind: 'stopped', why: 'closed' };

/** A link itself: its parts are made before the one that they use, and reach it through this. */
export class PersonClient implements Link {
  readonly replica: Replica;
  readonly keeper: Keeper;
  readonly asker: Asker;
  readonly settings: Settings;
  /** What is not shown to this person: what `Hiding` says, nothing without that. */
  readonly hidden = new Value<Hidden>((view) => view);
  readonly outbox: Outbox;
  /** What not every app wants: made by its own module when somebody first asks for it. */
  presence: Presence | null = null;
  typing: Typing | null = null;
  members: WatchedMembers | null = null;
  readonly platform: PersonClientParts['platform'];
  readonly #parts: PersonClientParts;
  readonly #reader: Reader;
  readonly #marks: Marks;
  readonly #tabs: Tabs | null;
  readonly #link: OwnLink;
  readonly #state = new Value<LinkState>(CLOSED);
  readonly #onMessage = new Set<(message: Entry) => void>();
  #isLoaded = false;

  constructor(parts: PersonClientParts) {
    const { platform, user, store, connect } = parts;
    this.platform = platform;
    this.#parts = parts;
    this.keeper = new Keeper({ ...platform, ...parts });
    this.replica = new Replica(this.keeper, user);
    const around = { ...platform, user, link: this, replica: this.replica };
    this.asker = new Asker(around);
    // Before the outbox hears of an entry: what it shows no more is held then.
    const unsent = (id: string) => this.outbox.of(id);
    this.settings = new Settings({ ...around, keeper: this.keeper, asker: this.asker, unsent });
    this.#reader = new Reader({ ...around, asker: this.asker });
    this.outbox = new Outbox({
      ...around,
      keeper: { keep: (part) => this.#keepOutbox(part) },
      stored: async () => (await store.load()).outbox,
      logOf: (id) => this.replica.conversation(id) ?? null,
    });
    this.#marks = new Marks({ ...around, onOwn: (id, own) => this.replica.raiseOwn(id, own) });
    this.replica.subscribe((event) => this.#heard(event));
    const since = () => this.replica.missing.since;
    const events: LinkEvents = { onFrame: (frame) => this.#take(frame), onState: (state) => this.#moved(state) };
    this.#tabs = parts.share({
      ...platform,
      owner: this,
      connect: (own) => connect(own, since),
      events,
      onRole: (role, isKept) => this.#became(role, isKept),
      keeper: this.keeper,
      reloadOutbox: (unkept) => this.#reloadOutbox(unkept),
      changeOutbox: (change) => this.#change(change),
      forget: (id) => this.replica.forget(id),
    });
    this.#link = this.#tabs?.link ?? connect(events, since);
    // Until this tab leads, another one may be writing.
    if (this.#tabs) this.keeper.lead(false);
  }

  get connection(): Observable<LinkState> {
    return this.#state;
  }

  get isLeading(): boolean {
    return this.#tabs?.isLeading ?? true;
  }

  /** Takes what the store has, then connects. What is held can be shown when this resolves. */
  async start(): Promise<void> {
    await this.#load();
    this.#link.start();
  }

  async close(): Promise<void> {
    if (this.#tabs) this.#tabs.close();
    else this.#link.stop();
    this.#reader.stop();
    this.members?.close();
    this.outbox.close();
    this.#marks.close();
    this.presence?.close();
    this.typing?.close();
    await this.keeper.close();
  }

  get state(): LinkState {
    return this.#link.state;
  }

  signal(signal: OutgoingSignal): void {
    this.#link.signal(signal);
  }

  /** @throws Refusal */
  command<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>> {
    return this.#link.command(name, params);
  }

  /** Changes what is not in the log yet. @returns the item that bears the change, or null. @throws Refusal */
  async change(change: OutboxChange): Promise<OutboxItem | null> {
    if (this.#tabs && !this.isLeading) return (await this.#tabs.changeOutbox(change)) as OutboxItem | null;
    return await this.#change(change);
  }

  /** Hears the messages of others as they come in, live or after an absence. */
  onMessage(listener: (message: Entry) => void): Cancel {
    this.#onMessage.add(listener);
    return () => {
      this.#onMessage.delete(listener);
    };
  }

  /** What of a conversation was looked at, up to `read`. */
  looked(id: string, read: number): void {
    const conversation = this.replica.conversation(id);
    if (conversation) this.#marks.raise(id, conversation.epoch, { read });
  }

  /** Whether the person is at this device. */
  say(status: Status): void {
    if (this.#tabs) this.#tabs.say(status);
    else this.presence?.say(status);
  }

  /** @param isKept the store has all that the leader took */
  async #load(isKept = true): Promise<void> {
    // Where the store fails, the keeper says so to all, and the run goes on in memory.
    const isWhole = await this.replica.load().then(
      () => isKept,
      () => false,
    );
    await this.keeper.load().then(
      ({ meta }) => this.settings.restore(meta),
      () => {},
    );
    const { shown, missing } = this.replica;
    if (!isWhole && !this.isLeading) missing.relist(shown.list.getSnapshot().map(({ id }) => id));
    // Whoever leads from now on hears of it, where storage still does not take it.
    void this.outbox.keepAgain();
    await this.#reloadOutbox();
    this.#isLoaded = true;
  }

  async #became(role: Role, isKept?: boolean): Promise<void> {
    // Where one that gave way again has only just led, somebody is to lead anew.
    this.keeper.lead(role === 'leader', () => this.#tabs?.link.resign());
    await this.#load(isKept);
  }

  async #keepOutbox(part: Batch): Promise<void> {
    try {
      await this.keeper.keep(part);
      this.#tabs?.wroteOutbox();
    } catch (error) {
      // What this tab has in memory alone the leader could not send.
      this.#tabs?.wroteOutbox([...(part.outbox ?? [])]);
      throw error;
    }
  }

  async #reloadOutbox(unkept: Unkept | null = null): Promise<void> {
    await (unkept ? this.outbox.take(unkept, this.isLeading) : this.outbox.reload().catch(() => {}));
  }

  #change({ verb, key, value }: OutboxChange): Promise<OutboxItem | null> {
    return this.outbox[verb](key, value as Failure);
  }

  #take(frame: ServerFrame): void {
    this.replica.take(frame);
    if (frame.type === 'welcome') this.#opened();
    else if (frame.type === 'signal' && frame.name === 'presence') this.presence?.take(frame.presence);
  }

  #opened(): void {
    for (const { id } of this.replica.shown.list.getSnapshot()) this.#compareMarks(id);
    this.#marks.connected();
    this.presence?.connected(this.replica.limits.watch);
    if (this.isLeading) this.outbox.connected();
  }

  #compareMarks(id: string): void {
    const conversation = this.replica.conversation(id);
    if (!conversation) return;
    const { epoch, reading } = conversation;
    this.#marks.told(id, epoch, reading.confirmed);
    this.#delivered(id);
  }

  #moved(state: LinkState): void {
    if (state.kind !== 'open') {
      this.#marks.disconnected();
      this.presence?.disconnected();
      this.outbox.disconnected();
    } else if (state.transport === 'tab' && this.#isLoaded) {
      // The leader's welcome came before this tab was there.
      this.replica.resume();
      this.#opened();
    }
    this.#state.set(state);
  }

  #heard(event: ReplicaEvent): void {
    switch (event.type) {
      case 'held':
        this.outbox.took(event.conversation.id, event.entries);
        this.#delivered(event.conversation.id);
        for (const entry of event.entries) this.#wrote(entry);
        return;
      case 'moved':
      case 'restored':
        this.outbox.took(event.conversation.id, []);
        this.#compareMarks(event.conversation.id);
        return;
      case 'gone':
        this.#tabs?.forgot(event.id);
        return;
      default:
        return;
    }
  }

  /**
   * What is held counts as delivered when the store has it, or when there is none to wait for. What was read is said too: in
   * an earlier run it may not have been, and of own messages (N4) the server may not know it, if it went before it said so.
   */
  #delivered(id: string): void {
    const conversation = this.replica.conversation(id);
    if (!conversation || !this.isLeading) return;
    const { to: delivered, epoch, reading } = conversation;
    const { read } = reading.own;
    void this.keeper.settled().then(() => this.#marks.raise(id, epoch, { delivered, read }));
  }

  #wrote(entry: Entry): void {
    const { kind, author, conversation, erased } = entry;
    if (kind !== 'message.sent' || erased || author === undefined || author === this.#parts.user) return;
    this.typing?.wrote(conversation, author);
    for (const listener of [...this.#onMessage]) listener(entry);
  }
}
