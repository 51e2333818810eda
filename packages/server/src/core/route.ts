// A route: one person on this node, with all their open streams and the feeds that reach them. Routing is held per person
// and node, not per socket. A route can hold back the entries of one conversation while its summary is being read, so that
// the `conversation` frame comes first.
import type { ConversationId, SessionId, UserId, WorkspaceId } from '@kith/protocol';
import type { Feed } from './feed.js';
import type { Outgoing, OutgoingEntry, Sink } from './sink.js';
import { StreamBuffer } from './stream-buffer.js';

/** An open stream as the router sees it. While it catches up, everything for it waits in `buffer`. */
export class RoutedStream {
  readonly id: string;
  readonly session: SessionId;
  readonly instance: string | null;
  readonly sink: Sink;
  /** True where something was sent since the last `synced`. */
  isDirty = false;
  /** True once every conversation of the person was named on this stream: from then on it may be told `synced`. */
  isListed = false;
  #buffer: StreamBuffer | null = new StreamBuffer();
  /** Entries up to here were sent by the catch-up already; null when there is nothing to remember. */
  #floors: Map<string, number> | null = null;

  constructor(init: { id: string; session: SessionId; instance: string | null; sink: Sink }) {
    this.id = init.id;
    this.session = init.session;
    this.instance = init.instance;
    this.sink = init.sink;
  }

  get isCatchingUp(): boolean {
    return this.#buffer !== null || !this.isListed;
  }

  deliver(entry: OutgoingEntry): void {
    this.isDirty = true;
    if (this.#buffer) {
      if (!this.#buffer.pushEntry(entry)) this.sink.close('too_slow');
    } else if (this.#floors === null || !this.#isBelowFloor(entry)) {
      this.sink.deliver(entry);
    }
  }

  send(frame: Outgoing): void {
    if (this.#buffer) {
      if (!this.#buffer.pushFrame(frame)) this.sink.close('too_slow');
    } else this.sink.send(frame);
  }

  signal(frame: Outgoing): void {
    if (!this.#buffer) this.sink.signal(frame);
  }

  /** Ends the catch-up: what waited goes out, save what the catch-up has sent already. */
  goLive(floors: Map<string, number>): void {
    const buffer = this.#buffer;
    this.#buffer = null;
    this.#floors = floors.size > 0 ? floors : null;
    buffer?.flush(
      (entry) => this.deliver(entry),
      (frame) => this.sink.send(frame),
    );
  }

  #isBelowFloor(entry: OutgoingEntry): boolean {
    const floor = this.#floors?.get(entry.conversation);
    if (floor === undefined) return false;
    if (entry.seq <= floor) return true;
    this.#floors?.delete(entry.conversation);
    if (this.#floors?.size === 0) this.#floors = null;
    return false;
  }
}

export class Route {
  readonly user: UserId;
  readonly workspace: WorkspaceId;
  readonly streams: RoutedStream[] = [];
  readonly feeds = new Set<Feed>();
  /** Settles when the feeds of the person's conversations are followed. */
  ready: Promise<void> = Promise.resolve();
  #holds: Map<ConversationId, OutgoingEntry[]> | null = null;

  constructor(user: UserId, workspace: WorkspaceId) {
    this.user = user;
    this.workspace = workspace;
  }

  deliver(conversation: ConversationId, entry: OutgoingEntry): void {
    const held = this.#holds?.get(conversation);
    if (held) held.push(entry);
    else for (const stream of this.streams) stream.deliver(entry);
  }

  send(frame: Outgoing): void {
    for (const stream of this.streams) stream.send(frame);
  }

  signal(frame: Outgoing): void {
    for (const stream of this.streams) stream.signal(frame);
  }

  isHolding(conversation: ConversationId): boolean {
    return this.#holds?.has(conversation) ?? false;
  }

  /** From now on entries of this conversation wait for `release`. */
  hold(conversation: ConversationId): void {
    this.#holds ??= new Map();
    if (!this.#holds.has(conversation)) this.#holds.set(conversation, []);
  }

  /** Ends the hold: entries above `floor` that waited go out. */
  release(conversation: ConversationId, floor: number): void {
    const held = this.#holds?.get(conversation);
    this.#holds?.delete(conversation);
    if (this.#holds?.size === 0) this.#holds = null;
    for (const entry of held ?? []) if (entry.seq > floor) this.deliver(conversation, entry);
  }
}
