// The parts of the client wired together: what comes from the connection goes to the replica, what the replica lacks is
// read, what is held or looked at is marked. The page reads the parts and calls the few verbs here.
import type { CommandName, Entry, Params, Result, ServerFrame } from '@kith/protocol';
import { Attention } from './replica/attention.js';
import type { Conversation } from './replica/conversation.js';
import { MarksSender } from './replica/marks-sender.js';
import { LATE_MS, Presence } from './replica/presence.js';
import { Reader } from './replica/reader.js';
import { Replica } from './replica/replica.js';
import { Connection, type ConnectionState } from './wire/connection.js';
import { makeKey } from './wire/make-key.js';
import { Outbox } from './wire/outbox.js';
import type { Session } from './wire/session.js';

export type ClientEvents = {
  /** Something that the page shows may have changed. */
  readonly onChange: () => void;
  readonly onState: (state: ConnectionState) => void;
  /** A message of somebody else has just come in. */
  readonly onMessage: (conversation: Conversation, author: string, text: string) => void;
};

const TYPING_EVERY_MS = 3_000;

export class Client {
  readonly replica: Replica;
  readonly reader: Reader;
  readonly outbox: Outbox;
  readonly presence: Presence;
  readonly #events: ClientEvents;
  readonly #connection: Connection;
  readonly #marks: MarksSender;
  readonly #attention: Attention;
  /** The name of this run of the page. */
  readonly #instance = makeKey();
  #open: string | null = null;
  /** Whether the newest message of the open conversation is on the screen. */
  #isAtEnd = true;
  #typedAtMs = 0;
  #toldStatus = 'online';

  constructor(session: Session, user: string, events: ClientEvents) {
    this.#events = events;
    const isConnected = () => this.#connection.isOpen;
    const onChange = () => this.#changed();
    this.replica = new Replica({
      onHeld: (conversation, entries) => this.#held(conversation, entries),
      onRestored: (conversation) => this.outbox.restored(conversation.id),
      onWant: () => void this.reader.run(),
    });
    this.#connection = new Connection({
      openSocket: (subprotocol) => new WebSocket(socketUrl(), subprotocol),
      accessToken: (rejected) => session.accessToken(rejected),
      hello: () => ({ device: deviceOf(localStorage), instance: this.#instance, client: 'web/0.1', ...this.#cursor() }),
      onFrame: (frame) => this.#take(frame),
      onState: (state) => this.#moved(state),
      random: Math.random,
    });
    this.reader = new Reader({ replica: this.replica, ask: (...asked) => this.ask(...asked), isConnected, onChange });
    this.outbox = new Outbox({
      storage: localStorage,
      user,
      makeKey,
      send: (message) => this.ask('message.send', message),
      heldUpTo: (id) => this.replica.conversations.get(id)?.to ?? 0,
      onChange,
    });
    this.#marks = new MarksSender({
      signal: (signal) => this.#connection.signal(signal),
      isConnected,
      isLookedAt: ({ id }) => id === this.#open && this.#isAtEnd && this.#attention.isHere,
    });
    this.presence = new Presence({ watch: (users) => this.ask('presence.watch', { users }), onChange });
    this.#attention = new Attention(document, () => this.#attentionChanged());
  }

  get open(): Conversation | null {
    return this.#open === null ? null : (this.replica.conversations.get(this.#open) ?? null);
  }

  connect(): void {
    this.#connection.connectNow();
  }

  stop(): void {
    this.#connection.stop();
  }

  /** @throws Refusal */
  ask<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>> {
    return this.#connection.command(name, params);
  }

  /** @param id null closes the one that is open */
  show(id: string | null): void {
    this.open?.trim();
    this.#open = id;
    this.#isAtEnd = true;
    this.#lookedAt();
    this.#changed();
  }

  /** The end of the open conversation came into view, or went out of it. */
  scrolled(isAtEnd: boolean): void {
    this.#isAtEnd = isAtEnd;
    this.#lookedAt();
  }

  typing(): void {
    const nowMs = Date.now();
    if (this.#open === null || nowMs - this.#typedAtMs < TYPING_EVERY_MS) return;
    this.#typedAtMs = nowMs;
    this.#connection.signal({ name: 'typing', conversation: this.#open });
  }

  /** @throws DOMException where the browser's storage is full */
  send(text: string): void {
    if (this.#open === null) return;
    // What is typed next is told when nobody takes it for what led to this message.
    this.#typedAtMs = Date.now() - TYPING_EVERY_MS + LATE_MS;
    this.outbox.add(this.#open, text);
  }

  /** Makes a conversation and opens it. @throws Refusal */
  async create(params: Params<'conversation.create'>): Promise<void> {
    const { summary, users } = await this.ask('conversation.create', params);
    this.replica.takeUsers(users);
    this.replica.takeSummary(summary);
    this.show(summary.id);
  }

  #cursor(): { since?: string } {
    return this.replica.since === undefined ? {} : { since: this.replica.since };
  }

  #take(frame: ServerFrame): void {
    this.replica.take(frame);
    if (frame.type === 'welcome') this.#welcomed();
    if (frame.type === 'signal' && frame.name === 'presence') this.presence.take(frame.presence);
    if (frame.type === 'signal' && frame.name === 'typing') {
      const others = frame.users.filter((user) => user !== this.replica.me?.id);
      this.presence.typed(frame.conversation, others, frame.expiresInMs);
    }
    this.#changed();
  }

  #welcomed(): void {
    this.#marks.connected(this.replica.conversations.values());
    this.outbox.connected();
    this.#toldStatus = 'online';
    this.#attentionChanged();
    void this.reader.run();
  }

  #moved(state: ConnectionState): void {
    if (state.kind !== 'open') {
      this.outbox.disconnected();
      this.presence.disconnected();
    }
    this.#events.onState(state);
    this.#changed();
  }

  #held(conversation: Conversation, entries: readonly Entry[]): void {
    const { id, me, to } = conversation;
    const keys = entries.flatMap(({ author, key }) => (author === me && key !== undefined ? [key] : []));
    this.outbox.reached(id, to, keys);
    this.#marks.touch(conversation);
    if (id !== this.#open) conversation.trim();
    for (const { author, kind, body } of entries) {
      if (kind !== 'message.sent' || author === undefined || author === me) continue;
      this.presence.wrote(id, author);
      if (typeof body.text === 'string') this.#events.onMessage(conversation, author, body.text);
    }
  }

  #lookedAt(): void {
    if (this.open) this.#marks.touch(this.open);
  }

  #attentionChanged(): void {
    this.#lookedAt();
    const { status } = this.#attention;
    if (status === this.#toldStatus || !this.#connection.isOpen) return;
    this.#toldStatus = status;
    // It belongs to this connection: where it can't be told, the next one begins as online.
    this.ask('presence.set', { status }).catch(() => {});
  }

  #changed(): void {
    this.#watchPeople();
    this.#events.onChange();
  }

  #watchPeople(): void {
    if (!this.#connection.isOpen) return;
    const members = this.open?.areMembersKnown ? [...this.open.state.members.keys()] : [];
    const peers = this.replica.listed.flatMap(({ peer }) => peer ?? []);
    this.presence.watch([...members, ...peers].filter((user) => user !== this.replica.me?.id));
  }
}

function socketUrl(): string {
  return `${location.origin.replace(/^http/, 'ws')}/v1/ws`;
}

/** The stable name of this installation. */
function deviceOf(storage: Storage): string {
  const known = storage.getItem('kith.device');
  if (known !== null) return known;
  const made = makeKey();
  storage.setItem('kith.device', made);
  return made;
}
