// Everything that belongs to one signed-in person on one server: the replica and its store, the outbox, marks, presence, and
// the link, wired together. Frames go to the replica first; what follows from them is told to the rest. Where another tab
// leads, this one hears its frames, asks through it, and writes nothing but what it adds to be sent.
import type { CommandName, Entry, Params, Result, ServerFrame } from '@kith/protocol';
import { type Observable, Value } from './observable.js';
import { Marks } from './outbox/marks.js';
import { Outbox } from './outbox/outbox.js';
import type { Failure, OutboxItem } from './outbox/outbox-item.js';
import { Presence } from './outbox/presence.js';
import { Typing } from './outbox/typing.js';
import type { Cancel, Platform } from './ports.js';
import { Asker } from './replica/asker.js';
import { Keeper, type StorageStatus } from './replica/keeper.js';
import { Reader } from './replica/reader.js';
import { Replica } from './replica/replica.js';
import type { ReplicaEvent } from './replica/replica-event.js';
import { WatchedMembers } from './replica/watched-members.js';
import type { Batch, ReplicaStore } from './storage/replica-store.js';
import type { Status } from './tabs/companions.js';
import type { Role } from './tabs/election.js';
import type { OwnLink } from './tabs/shared-link.js';
import type { OutboxChange, Tabs, TabsParts, Unkept } from './tabs/tabs.js';
import type { Link, LinkEvents, LinkState } from './wire/link.js';

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

export class PersonClient {
  readonly replica: Replica;
  readonly keeper: Keeper;
  readonly asker: Asker;
  readonly members: WatchedMembers;
  readonly outbox: Outbox;
  readonly presence: Presence;
  readonly typing: Typing;
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
    const { platform, user, store, status, connect } = parts;
    const { clock, random } = platform;
    this.platform = platform;
    this.#parts = parts;
    this.keeper = new Keeper({ store, clock, status });
    this.replica = new Replica(this.keeper, user);
    const link: Pick<Link, 'command' | 'signal' | 'state'> = this.#linkOf();
    this.asker = new Asker({ link, clock, random });
    this.#reader = new Reader({ replica: this.replica, asker: this.asker });
    this.members = new WatchedMembers({
      replica: this.replica,
      reader: this.#reader,
      isOpen: () => this.asker.isOpen,
    });
    this.outbox = new Outbox({
      link,
      clock,
      random,
      user,
      keeper: { keep: (part) => this.#keepOutbox(part) },
      stored: async () => (await store.load()).outbox,
      logOf: (id) => this.replica.conversation(id) ?? null,
    });
    const onOwn = (id: string, own: { readonly delivered: number; readonly read: number }) => {
      this.replica.raiseOwn(id, own);
    };
    this.#marks = new Marks({ link, clock, onOwn });
    this.presence = new Presence({ link, clock, random });
    this.typing = new Typing({ link, clock });
    this.replica.subscribe((event) => this.#heard(event));
    const since = () => this.replica.missing.since;
    const events: LinkEvents = { onFrame: (frame) => this.#take(frame), onState: (state) => this.#moved(state) };
    this.#tabs = parts.share({
      clock,
      random,
      presence: this.presence,
      connect: (own) => connect(own, since),
      events,
      onRole: (role, isKept) => this.#became(role, isKept),
      settled: () => this.keeper.settled(),
      reloadOutbox: (unkept) => this.#reloadOutbox(unkept),
      changeOutbox: (change) => this.#change(change),
    });
    this.#link = this.#tabs?.link ?? connect(events, since);
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
    this.members.close();
    this.outbox.close();
    this.#marks.close();
    this.presence.close();
    this.typing.close();
    await this.keeper.close();
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
    else this.presence.say(status);
  }

  /** The parts are made before the link is, and reach it through this. */
  #linkOf(): Pick<Link, 'command' | 'signal' | 'state'> {
    const link = () => this.#link;
    return {
      get state() {
        return link().state;
      },
      command: (name, params) => link().command(name, params),
      signal: (signal) => link().signal(signal),
    };
  }

  /** @param isKept the store has all that the leader took */
  async #load(isKept = true): Promise<void> {
    // Where the store fails, the keeper says so to all, and the run goes on in memory.
    const isWhole = await this.replica.load().then(
      () => isKept,
      () => false,
    );
    const { list, missing } = this.replica;
    if (!isWhole && !this.isLeading) missing.relist(list.getSnapshot().map(({ id }) => id));
    await this.#reloadOutbox();
    this.#isLoaded = true;
  }

  async #became(role: Role, isKept?: boolean): Promise<void> {
    this.keeper.lead(role === 'leader');
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

  async #change({ verb, key, value }: OutboxChange): Promise<OutboxItem | null> {
    switch (verb) {
      case 'edit':
        return await this.outbox.edit(key, value);
      case 'remove':
        return await this.outbox.remove(key);
      case 'retry':
        return await this.outbox.retry(key);
      case 'release':
        return await this.outbox.release(key, value);
      case 'fail':
        return await this.outbox.fail(key, value as Failure);
    }
  }

  #take(frame: ServerFrame): void {
    this.replica.take(frame);
    switch (frame.type) {
      case 'welcome':
        this.#opened(frame.limits.watch);
        return;
      case 'signal':
        if (frame.name === 'presence') this.presence.take(frame.presence);
        if (frame.name === 'typing') {
          const others = frame.users.filter((user) => user !== this.#parts.user);
          this.typing.take(frame.conversation, others, frame.expiresInMs);
        }
        return;
      default:
        return;
    }
  }

  #opened(mostWatched: number): void {
    for (const { id } of this.replica.list.getSnapshot()) this.#compareMarks(id);
    this.#marks.connected();
    this.presence.connected(mostWatched);
    if (this.isLeading) this.outbox.connected();
  }

  #compareMarks(id: string): void {
    const conversation = this.replica.conversation(id);
    if (!conversation) return;
    const { epoch, reading } = conversation;
    this.#marks.told(id, epoch, reading.confirmed);
    // What was so in an earlier run, and may not have been said in it.
    this.#marks.raise(id, epoch, { read: reading.own.read });
    this.#delivered(id);
  }

  #moved(state: LinkState): void {
    if (state.kind !== 'open') {
      this.#marks.disconnected();
      this.presence.disconnected();
      this.outbox.disconnected();
    } else if (state.transport === 'tab' && this.#isLoaded) {
      // The leader's welcome came before this tab was there.
      this.replica.resume();
      this.#opened(this.replica.limits.watch);
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
      default:
        return;
    }
  }

  /**
   * What is held counts as delivered when the store has it, or when there is none to wait for. Own messages in it were read
   * (N4); that is said too, as the server may have gone after it wrote them and before it raised the mark.
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
    this.typing.wrote(conversation, author);
    for (const listener of [...this.#onMessage]) listener(entry);
  }
}
