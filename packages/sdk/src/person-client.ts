// Everything that belongs to one signed-in person on one server: the replica and its store, the outbox, marks, presence, and
// the link, wired together. Frames go to the replica first; what follows from them is told to the rest. Where another tab
// leads, this one hears its frames, asks through it, and writes nothing but what it wants to be sent.
import type { CommandName, Entry, Params, Result, ServerFrame } from '@kith/protocol';
import type { Observable } from './observable.js';
import { Value } from './observable.js';
import { Marks } from './outbox/marks.js';
import { Outbox } from './outbox/outbox.js';
import { Presence } from './outbox/presence.js';
import { Typing } from './outbox/typing.js';
import { makeKey } from './platform/make-key.js';
import type { Cancel, Platform } from './ports.js';
import { Asker } from './replica/asker.js';
import { Keeper, type StorageStatus } from './replica/keeper.js';
import { Reader } from './replica/reader.js';
import { Replica } from './replica/replica.js';
import type { ReplicaEvent } from './replica/replica-event.js';
import type { ReplicaStore } from './storage/replica-store.js';
import { Companions, HERE_EVERY_MS, type Status } from './tabs/companions.js';
import type { Role } from './tabs/election.js';
import { type OwnLink, SharedLink } from './tabs/shared-link.js';
import type { TabChannel } from './tabs/tab-channel.js';
import type { Link, LinkEvents, LinkState } from './wire/link.js';

export type PersonClientParts = {
  readonly platform: Platform;
  readonly user: string;
  readonly store: ReplicaStore;
  readonly status: StorageStatus;
  /** A connection of this person's own, not started. @param since the cursor, asked anew for every stream */
  readonly connect: (events: LinkEvents, since: () => string | null) => OwnLink;
  /** Null where tabs can't share what they hold. */
  readonly channel: TabChannel | null;
  /** A message of somebody else has come in, live or after an absence. */
  readonly onMessage: (message: Entry) => void;
};

const CLOSED: LinkState = { kind: 'stopped', why: 'closed' };

export class PersonClient {
  readonly replica: Replica;
  readonly keeper: Keeper;
  readonly asker: Asker;
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly presence: Presence;
  readonly typing: Typing;
  readonly #parts: PersonClientParts;
  readonly #marks: Marks;
  readonly #companions: Companions;
  readonly #link: OwnLink;
  readonly #shared: SharedLink | null;
  readonly #state = new Value<LinkState>(CLOSED);
  #role: Role = 'leader';
  #cancelHere: Cancel = () => {};
  #isLoaded = false;

  constructor(parts: PersonClientParts) {
    const { platform, user, store, status } = parts;
    const { clock, random } = platform;
    this.#parts = parts;
    this.keeper = new Keeper({ store, clock, status });
    this.replica = new Replica(this.keeper);
    const link: Pick<Link, 'command' | 'signal' | 'state'> = this.#linkOf();
    this.asker = new Asker({ link, clock, random });
    this.reader = new Reader({ replica: this.replica, asker: this.asker });
    this.outbox = new Outbox({
      link,
      clock,
      random,
      user,
      keeper: this.keeper,
      stored: async () => (await store.load()).outbox,
      logOf: (id) => this.replica.conversation(id) ?? null,
    });
    const onOwn = (id: string, own: { readonly delivered: number; readonly read: number }) => {
      this.replica.raiseOwn(id, own);
    };
    this.#marks = new Marks({ link, clock, onOwn });
    this.presence = new Presence({ link, clock, random });
    this.typing = new Typing({ link, clock });
    this.#companions = new Companions({
      presence: this.presence,
      clock,
      onPresence: (states) => this.#shared?.tell('presence', states),
    });
    this.replica.subscribe((event) => this.#heard(event));
    this.#shared = this.#share();
    this.#link = this.#shared ?? parts.connect(this.#events(), () => this.replica.since);
  }

  get connection(): Observable<LinkState> {
    return this.#state;
  }

  get isLeading(): boolean {
    return this.#role === 'leader';
  }

  /** Takes what the store has, then connects. What is held can be shown when this resolves. */
  async start(): Promise<void> {
    if (this.#shared === null) await this.#load();
    this.#link.start();
  }

  async close(): Promise<void> {
    this.#cancelHere();
    this.#link.stop();
    this.reader.stop();
    this.outbox.close();
    this.#marks.close();
    this.presence.close();
    this.typing.close();
    this.#companions.close();
    await this.keeper.close();
  }

  /** @throws Refusal */
  command<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>> {
    return this.#link.command(name, params);
  }

  /** What of a conversation was looked at, up to `read`. */
  looked(id: string, read: number): void {
    const conversation = this.replica.conversation(id);
    if (conversation) this.#marks.raise(id, conversation.epoch, { read });
  }

  /** Whether the person is at this device. */
  say(status: Status): void {
    if (this.#role === 'leader') this.#companions.sayOwn(status);
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

  #share(): SharedLink | null {
    const { channel, platform, connect } = this.#parts;
    if (channel === null) return null;
    return new SharedLink({
      tab: makeKey(platform.random),
      channel,
      clock: platform.clock,
      random: platform.random,
      connect: (events) => connect(events, () => this.replica.since),
      events: this.#events(),
      onRole: (role) => this.#became(role),
      settled: () => this.keeper.settled(),
      onTold: (name, value, from) => this.#told(name, value, from),
      answer: (name, params, from) => this.#answer(name, params, from),
    });
  }

  #events(): LinkEvents {
    return { onFrame: (frame) => this.#take(frame), onState: (state) => this.#moved(state) };
  }

  async #load(): Promise<void> {
    // Where the store fails, the keeper says so to all, and the run goes on in memory.
    await this.replica.load().catch(() => {});
    await this.outbox.reload().catch(() => {});
    this.#isLoaded = true;
  }

  async #became(role: Role): Promise<void> {
    this.#role = role;
    this.#cancelHere();
    this.keeper.lead(role === 'leader');
    await this.#load();
    if (role === 'follower') this.#sayHere();
  }

  /** The leader forgets tabs that it does not hear of. */
  #sayHere(): void {
    this.#shared?.tell('here', null);
    this.#cancelHere = this.#parts.platform.clock.after(HERE_EVERY_MS, () => this.#sayHere());
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
    if (conversation) this.#marks.told(id, conversation.epoch, conversation.reading.confirmed);
  }

  #moved(state: LinkState): void {
    if (state.kind !== 'open') {
      this.#marks.disconnected();
      this.presence.disconnected();
      this.outbox.disconnected();
    } else if (state.transport === 'tab' && this.#isLoaded) {
      // The leader's welcome came before this tab was there.
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

  /** What is held counts as delivered when the store has it, or when there is none to wait for. */
  #delivered(id: string): void {
    if (!this.isLeading) return;
    const { to = 0, epoch = 0 } = this.replica.conversation(id) ?? {};
    void this.keeper.settled().then(() => this.#marks.raise(id, epoch, { delivered: to }));
  }

  #wrote(entry: Entry): void {
    const { kind, author, conversation } = entry;
    if (kind !== 'message.sent' || author === undefined || author === this.#parts.user) return;
    this.typing.wrote(conversation, author);
    this.#parts.onMessage(entry);
  }

  #told(name: string, value: unknown, from: string): void {
    switch (name) {
      case 'presence':
        this.presence.take(value as Parameters<Presence['take']>[0]);
        return;
      case 'here':
        this.#companions.here(from);
        return;
      case 'outbox':
        this.outbox.reload().catch(() => {});
        return;
      default:
        return;
    }
  }

  /** What the leader keeps for all tabs at once. */
  #answer(name: CommandName, params: unknown, from: string): Promise<unknown> | null {
    if (name === 'presence.watch') {
      const { users } = params as Params<'presence.watch'>;
      return Promise.resolve({ presence: this.#companions.watch(from, users) });
    }
    if (name === 'presence.set') {
      this.#companions.say(from, (params as Params<'presence.set'>).status);
      return Promise.resolve({});
    }
    return null;
  }
}
