// A route: one person on this node, with all their open streams. Routing is held per person and node, not per socket. A
// route can hold back the entries of one conversation while its summary is being read, so that the `conversation` frame
// comes first.
import type { ConversationId, UserId, WorkspaceId } from '@kith/protocol';
import { type Floor, type Floors, isBelowFloor, type RoutedStream } from './routed-stream.js';
import type { Outgoing, OutgoingEntry } from './sink.js';
import type { Announcement } from './stream-buffer.js';

/** Of more conversations than these that one left in a row, the summary may be sent once more than is needed. */
const MOST_LEFT = 100;

export class Route {
  readonly user: UserId;
  readonly workspace: WorkspaceId;
  readonly streams: RoutedStream[] = [];
  /** The conversations whose feeds reach the person. */
  readonly conversations = new Set<ConversationId>();
  /** Settles when the feeds of the person's conversations are followed. */
  ready: Promise<void> = Promise.resolve();
  #holds: Map<ConversationId, OutgoingEntry[]> | null = null;
  /** Where what the person may read begins, for conversations of which it is not the beginning; null where there are none. */
  #firsts: Map<ConversationId, number> | null = null;
  /** The conversations that the person was told to have left, with the entry that said so; the latest of them. */
  readonly #left = new Map<ConversationId, number>();
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
    else this.#send(conversation, entry);
  }

  /** The lowest seq of the conversation that the person may read. */
  readsFrom(conversation: ConversationId, first: number): void {
    if (first > 1) {
      this.#firsts ??= new Map();
      this.#firsts.set(conversation, first);
    } else this.#firsts?.delete(conversation);
  }

  /** Sends entries that were read for this person alone; what the feed brings up to `floor` is not sent again. */
  deliverAhead(conversation: ConversationId, entries: readonly OutgoingEntry[], floor: Floor): void {
    for (const entry of entries) this.#send(conversation, entry);
    this.#floors ??= new Map();
    this.#floors.set(conversation, floor);
  }

  announce(announcement: Announcement): void {
    for (const stream of this.streams) stream.announce(announcement);
  }

  /** Sends a frame to the streams that are live; one that catches up has, or gets, what it says by other ways. */
  sendLive(frame: Outgoing): void {
    for (const stream of this.streams) if (stream.isLive) stream.send(frame);
  }

  signal(frame: Outgoing): void {
    for (const stream of this.streams) stream.signal(frame);
  }

  /** The entry that removes the person was delivered. */
  leave(conversation: ConversationId, seq: number): void {
    this.#left.delete(conversation);
    this.#left.set(conversation, seq);
    const [oldest] = this.#left.keys();
    if (this.#left.size > MOST_LEFT && oldest !== undefined) this.#left.delete(oldest);
  }

  hasLeft(conversation: ConversationId, seq: number): boolean {
    return this.#left.get(conversation) === seq;
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
    for (const entry of held ?? []) if (entry.seq > floor) this.#send(conversation, entry);
  }

  #send(conversation: ConversationId, entry: OutgoingEntry): void {
    const first = this.#firsts?.get(conversation) ?? 1;
    const seen = entry.target !== null && entry.target < first ? entry.hidden() : entry;
    for (const stream of this.streams) stream.deliver(seen);
  }
}
