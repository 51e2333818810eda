// What an app does and sees as one signed-in person: everything that is shown is an observable that is right offline too,
// everything that is written is kept until it is in the log. Whatever an id names need not be known yet: it is shown once it
// is. It ends with `Chat.signOut`, with the end of the session, with another person's signing in, and with `Chat.close`.
import type { CommandName, ConversationKind, Params, Result, TimelineItem, User } from '@kith/protocol';
import type { Observable } from './observable.js';
import type { OutboxItem } from './outbox/outbox-item.js';
import { targetOf } from './outbox/sender.js';
import type { PersonClient } from './person-client.js';
import { makeKey } from './platform/make-key.js';
import type { NewPoll } from './polls/poll.js';
import type { Cancel } from './ports.js';
import { unavailable } from './refusal.js';
import { blockedOf } from './replica/blocked.js';
import type { ConversationView } from './replica/conversation-list.js';
import type { StorageStatus } from './replica/keeper.js';
import type { SettingValues } from './replica/settings.js';
import type { ShownEntry } from './replica/shown-entry.js';
import { type Opening, Timeline } from './replica/timeline.js';
import type { Stored } from './storage/replica-store.js';
import type { LinkState } from './wire/link.js';

/** Of a message, beside its text. */
export type MessageParts = {
  /** The seq of the message that it answers. */
  readonly replyTo?: number;
  /** The seq of the first message of the thread that it stands in. */
  readonly thread?: number;
  readonly mentions?: { readonly users?: readonly string[]; readonly all?: boolean };
  /** How long it stands, in milliseconds; where the conversation is set to less, that counts. */
  readonly disappearAfterMs?: number;
  /** Goes first where something waits for who reads it; in a group by moderators and above alone. */
  readonly urgent?: boolean;
  /** What it asks: see `Poll` of `@kith/sdk/polls/poll`. */
  readonly poll?: NewPoll;
  /** The message that it repeats; the server takes the text of that in the place of this one's. */
  readonly forward?: MessagePlace;
};

/** Which message of a timeline: the item itself, or what of it says so. */
export type MessagePlace = Pick<TimelineItem, 'conversation' | 'epoch' | 'seq'>;

/** What a message waits for before it may be sent. */
export type Hold = {
  /** In the app's own words, such as `upload`. */
  readonly held: string;
  /** False lets later messages of the conversation go first; by default they wait, so that the order stays. */
  readonly blocksOthers?: boolean;
};

/** What a conversation is made of: `direct` with one other member, `group` or `channel` with any, and a name. */
export type NewConversation = {
  readonly kind: Exclude<ConversationKind, 'self'>;
  readonly members: readonly string[];
  readonly name?: string;
  /** Of a channel: whether everyone in the workspace finds it and may join; `private` where it is absent. */
  readonly visibility?: 'public' | 'private';
  /** Of a channel: who writes in it; `members` where it is absent. */
  readonly posting?: 'members' | 'moderators';
  /** A UUID: the same one again makes no second conversation, where the answer to an attempt was lost. */
  readonly key?: string;
};

/**
 * What the person who is signed in sees and does. `Chat.person` gives it; whoever signs in next has another one, also where it
 * is the same person again: then what was opened of this one (timelines, watches) is to be opened of that.
 */
export class Person {
  readonly id: string;
  /** Whom this person blocks. */
  readonly blocked: Observable<ReadonlySet<string>>;
  readonly #client: PersonClient;

  /** @internal */
  constructor(id: string, client: PersonClient) {
    this.id = id;
    this.#client = client;
    this.blocked = blockedOf(client.settings);
  }

  /** What this person has set, by name: what is written here is in it at once. */
  get settings(): Observable<SettingValues> {
    return this.#client.settings.values;
  }

  /**
   * Sets something, or with null takes it back, on all devices: `privacy:…`, `block:…`, `contact:…` and `folder:…` mean what
   * the contract says (V), other names are the app's own. It is kept and sent as a message is.
   * @throws Refusal `unavailable` before the first connection of this device
   */
  async set(name: string, value: unknown): Promise<OutboxItem> {
    const conversation = this.self;
    if (conversation === null) throw unavailable('this device was never connected');
    return this.#client.outbox.add({ conversation, command: 'setting.set', params: { name, value } });
  }

  /** @internal What the modules beside this one stand on. */
  get client(): PersonClient {
    return this.#client;
  }

  /** The way to the server, of this tab or of the one that leads. */
  get connection(): Observable<LinkState> {
    return this.#client.connection;
  }

  /** Whether what is held outlives the run. */
  get storage(): Observable<StorageStatus> {
    return this.#client.keeper.storage;
  }

  /** Newest first, without the person's own. The list and its items stay the same objects while nothing of them changes. */
  get conversations(): Observable<readonly ConversationView[]> {
    return this.#client.replica.shown.list;
  }

  /** How often the server's unread counts were others than those of what is held here: it should stay 0. */
  get mismatches(): Observable<number> {
    return this.#client.replica.mismatches;
  }

  /** The id of the person's own conversation, for notes and settings; null before the first connection. */
  get self(): string | null {
    return this.#client.replica.self;
  }

  /** Whether this tab holds the connection for all. */
  get isLeading(): boolean {
    return this.#client.isLeading;
  }

  /** One conversation; null while it is not known. */
  conversation(id: string): Observable<ConversationView | null> {
    return this.#client.replica.shown.view(id);
  }

  /** A window on what was written; close it when nobody looks any more. */
  timeline(id: string, opening: Opening = { at: 'end' }): Timeline {
    const { replica, keeper, asker, hidden } = this.#client;
    return new Timeline({ id, replica, keeper, asker, blocked: this.blocked, hidden }, opening);
  }

  /** What this person wrote in a conversation and is not in its log yet, in the order of writing. */
  unsent(id: string): Observable<readonly OutboxItem[]> {
    return this.#client.outbox.of(id);
  }

  /** Somebody's profile, kept right; where it is not known it is asked for as soon as somebody is subscribed. */
  user(id: string): Observable<User | null> {
    const { replica } = this.#client;
    const user = replica.users.observe(id);
    return {
      getSnapshot: user.getSnapshot,
      subscribe: (listener) => {
        replica.wantUsers([id]);
        return user.subscribe(listener);
      },
    };
  }

  /**
   * Writes a message. Resolves when it is kept here, with or without a connection: from then on it is sent until the server
   * has it, once and in order, whatever happens, and shown by `unsent` until its entry is in the timeline.
   * @param text 1 to `limits.text` UTF-16 units
   * One that the server can never take fails visibly, and holds up no other.
   * @throws Refusal `rate_limited` where 1,000 wait already
   */
  send(
    conversation: string,
    text: string,
    { held, blocksOthers, ...parts }: MessageParts & Partial<Hold> = {},
  ): Promise<OutboxItem> {
    this.#client.typing?.ended(conversation);
    const { epoch } = this.#client.replica.conversation(conversation) ?? {};
    const isAnchored = parts.replyTo !== undefined || parts.thread !== undefined;
    return this.#client.outbox.add({
      conversation,
      command: 'message.send',
      params: { text, ...parts, ...(isAnchored && epoch !== undefined ? { epoch } : {}) },
      held,
      blocksOthers,
    });
  }

  /** What a held message waited for is there. @param parts fields that it brings */
  release(key: string, parts: MessageParts = {}): Promise<OutboxItem | null> {
    return this.#client.change({ verb: 'release', key, value: parts });
  }

  /** What a held message waited for will not come: it fails, visibly. */
  fail(key: string, message: string): Promise<OutboxItem | null> {
    return this.#client.change({ verb: 'fail', key, value: { code: 'failed', message, retry: 'same_key' } });
  }

  /** Changes a message that is not in the log yet. @returns null where it is: then `editMessage` */
  edit(key: string, text: string): Promise<OutboxItem | null> {
    return this.#client.change({ verb: 'edit', key, value: { text } });
  }

  /** Sends one that failed again, behind all others. */
  retry(key: string): Promise<OutboxItem | null> {
    return this.#client.change({ verb: 'retry', key, value: {} });
  }

  /** Takes back what is not in the log yet. Where it may have been sent, its deletion is what this returns. */
  discard(key: string): Promise<OutboxItem | null> {
    return this.#client.change({ verb: 'remove', key, value: {} });
  }

  /**
   * Gives a message of one's own that is in the log another text; its item then has `edited`. It is kept and sent as a message
   * is, and shown by `unsent` until its entry is here. One that the server refuses fails visibly.
   */
  editMessage(message: MessagePlace, text: string): Promise<OutboxItem> {
    return this.#amend('message.edit', message, { text });
  }

  /** Deletes a message that is in the log, for everyone; its item then has `erased`. Kept and sent as an edit is. */
  deleteMessage(message: MessagePlace): Promise<OutboxItem> {
    return this.#amend('message.delete', message, {});
  }

  /** Puts an emoji on a message, or takes the own one back; its item then says so in `reactions`. Kept and sent as an edit is. */
  react(message: MessagePlace, emoji: string, on = true): Promise<OutboxItem> {
    return this.#amend('reaction.set', message, { emoji, on });
  }

  /** The person has looked at a conversation up to here. Only ever rises. */
  read(id: string, seq: number): void {
    this.#client.looked(id, seq);
  }

  /** Makes a conversation. Needs a connection. @returns its id; of a direct one that is there already, that. @throws Refusal */
  async create(wanted: NewConversation): Promise<string> {
    const params = { key: makeKey(this.#client.platform), ...wanted };
    const { summary, users } = await this.#client.asker.ask(
      'conversation.create',
      params as Params<'conversation.create'>,
    );
    this.#client.replica.takeSummaries([summary], { users, isList: false });
    return summary.id;
  }

  /**
   * Any command of the contract, over whatever carries it now; nothing is kept, and nothing is repeated.
   * @throws Refusal `unavailable` without a connection
   */
  command<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>> {
    return this.#client.command(name, params);
  }

  /** Messages of others as they come in, live or after an absence, for sounds and notifications. */
  onMessage(listener: (message: ShownEntry) => void): Cancel {
    return this.#client.onMessage(listener);
  }

  #amend(command: string, { conversation, ...place }: MessagePlace, params: Stored): Promise<OutboxItem> {
    return this.#client.outbox.add({ conversation, command, params: { ...params, ...targetOf(place) } });
  }
}
