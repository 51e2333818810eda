// A route: one person on this node, with all their open streams and the feeds that reach them. Routing is held per person
// and node, not per socket. A route can hold back the entries of one conversation while its summary is being read, so that
// the `conversation` frame comes first.
import type { ConversationId, SessionId, UserId, WorkspaceId } from '@kith/protocol';
import type { Feed } from './feed.js';
import type { Outgoing, OutgoingEntry, Sink } from './sink.js';
import { type Announcement, StreamBuffer } from './stream-buffer.js';

/** Entries of this epoch up to `seq` were sent already. */
export type Floor = { readonly epoch: number; readonly seq: number };
type Floors = Map<string, Floor>;

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
  #floors: Floors | null = null;

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
    } else if (this.#floors === null || !isBelowFloor(this.#floors, entry)) {
      this.sink.deliver(entry);
    }
  }

  /** Announces a conversation, unless the catch-up has told of the entry that is the cause. */
  announce(announcement: Announcement): void {
    if (this.#buffer) {
      if (!this.#buffer.pushAnnouncement(announcement)) this.sink.close('too_slow');
    } else if (!this.#isTold(announcement)) {
      this.sink.send(announcement.frame);
    }
  }

  send(frame: Outgoing): void {
    this.sink.send(frame);
  }

  signal(frame: Outgoing): void {
    if (!this.#buffer) this.sink.signal(frame);
  }

  /**
   * Ends the catch-up: what waited goes out, save what the catch-up has sent already.
   * @param floors the head of each conversation that the catch-up named
   * @param isPassed whether nothing up to the floor can come any more: it need not be remembered
   */
  goLive(floors: Floors, isPassed: (conversation: string, floor: number) => boolean): void {
    const buffer = this.#buffer;
    this.#buffer = null;
    this.#floors = floors;
    buffer?.flush(this);
    for (const [conversation, { seq }] of floors) if (isPassed(conversation, seq)) floors.delete(conversation);
    if (floors.size === 0) this.#floors = null;
  }

  #isTold({ conversation, epoch, cause }: Announcement): boolean {
    const floor = this.#floors?.get(conversation);
    return floor?.epoch === epoch && cause <= floor.seq;
  }
}

/** Whether the entry was sent before; a floor that was passed is forgotten. */
function isBelowFloor(floors: Floors, entry: OutgoingEntry): boolean {
  const floor = floors.get(entry.conversation);
  if (floor === undefined) return false;
  if (entry.epoch === floor.epoch && entry.seq <= floor.seq) return true;
  floors.delete(entry.conversation);
  return false;
}

export class Route {
  readonly user: UserId;
  readonly workspace: WorkspaceId;
  readonly streams: RoutedStream[] = [];
  readonly feeds = new Set<Feed>();
  /** Settles when the feeds of the person's conversations are followed. */
  ready: Promise<void> = Promise.resolve();
  #holds: Map<ConversationId, OutgoingEntry[]> | null = null;
  /** Where entries were sent before the feed came to them; null where there is nothing to remember. */
  #floors: Floors | null = null;

  constructor(user: UserId, workspace: WorkspaceId) {
    this.user = user;
    this.workspace = workspace;
  }

  deliver(conversation: ConversationId, entry: OutgoingEntry): void {
    if (this.#floors !== null && isBelowFloor(this.#floors, entry)) return;
    const held = this.#holds?.get(conversation);
    if (held) held.push(entry);
    else for (const stream of this.streams) stream.deliver(entry);
  }

  /** Sends entries that were read for this person alone; what the feed brings up to `floor` is not sent again. */
  deliverAhead(conversation: ConversationId, entries: readonly OutgoingEntry[], floor: Floor): void {
    for (const entry of entries) for (const stream of this.streams) stream.deliver(entry);
    this.#floors ??= new Map();
    this.#floors.set(conversation, floor);
  }

  announce(announcement: Announcement): void {
    for (const stream of this.streams) stream.announce(announcement);
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
    for (const entry of held ?? []) if (entry.seq > floor) for (const stream of this.streams) stream.deliver(entry);
  }
}
