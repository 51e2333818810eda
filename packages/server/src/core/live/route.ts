// A route: one person on this node, with all their open streams. Routing is held per person and node, not per socket. A
// route can hold back the entries of one conversation while its summary is being read, so that the `conversation` frame
// comes first.
import type { ConversationId, UserId, WorkspaceId } from '@kith/protocol';
import { type Floor, type Floors, isBelowFloor, type RoutedStream } from './routed-stream.js';
import type { Outgoing, OutgoingEntry } from './sink.js';
import type { Announcement } from './stream-buffer.js';

/** Of more conversations than these that one left in a row, the summary may be sent once more than is needed. */
const MOST_LEFT = 100;
/** Signals of one conversation that wait for its summary; more are dropped, as signals may be. */
const MOST_SIGNALS = 100;

/** What waits for the summary of a conversation. */
type Held = {
  readonly entries: OutgoingEntry[];
  readonly signals: Outgoing[];
  /** The entries by which the person left meanwhile: the summary may be from before, or after. */
  readonly left: number[];
  isJoined: boolean;
};

export class Route {
  readonly user: UserId;
  readonly workspace: WorkspaceId;
  readonly streams: RoutedStream[] = [];
  /** The conversations whose feeds reach the person. */
  readonly conversations = new Set<ConversationId>();
  /** Settles when the feeds of the person's conversations are followed. */
  ready: Promise<void> = Promise.resolve();
  #holds: Map<ConversationId, Held> | null = null;
  /** Where what the person may read begins, for conversations of which it is not the beginning; null where there are none. */
  #firsts: Map<ConversationId, number> | null = null;
  /** The conversations that the person was told to have left, with the entry that said so; the latest of them. */
  readonly #left = new Map<ConversationId, number>();
  /** Channels that the person reads without a place in their logs; null where there are none. */
  #readings: Set<ConversationId> | null = null;
  /** Where entries were sent before the feed came to them; null where there is nothing to remember. */
  #floors: Floors | null = null;

  constructor(user: UserId, workspace: WorkspaceId) {
    this.user = user;
    this.workspace = workspace;
  }

  deliver(conversation: ConversationId, entry: OutgoingEntry): void {
    if (this.#floors !== null && isBelowFloor(this.#floors, entry)) return;
    const held = this.#holds?.get(conversation);
    if (held) held.entries.push(entry);
    else this.#send(conversation, entry);
  }

  /** The lowest seq of the conversation that the person may read. */
  readsFrom(conversation: ConversationId, first: number): void {
    if (first > 1) {
      this.#firsts ??= new Map();
      this.#firsts.set(conversation, first);
    } else this.#firsts?.delete(conversation);
  }

  /** Nothing below it is anybody's to read any more. */
  raiseFirst(conversation: ConversationId, first: number): void {
    this.readsFrom(conversation, Math.max(first, this.#firsts?.get(conversation) ?? 1));
  }

  /** Whether the person reads the conversation without being a member. */
  isReading(conversation: ConversationId): boolean {
    return this.#readings?.has(conversation) ?? false;
  }

  setReading(conversation: ConversationId, isReader: boolean): void {
    if (isReader) {
      this.#readings ??= new Set();
      this.#readings.add(conversation);
    } else this.#readings?.delete(conversation);
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

  /** Says something of a conversation that is no entry: not before its summary, which says what was so before. */
  signal(conversation: ConversationId, frame: Outgoing): void {
    const held = this.#holds?.get(conversation);
    if (!held) for (const stream of this.streams) stream.signal(frame);
    else if (held.signals.length < MOST_SIGNALS) held.signals.push(frame);
  }

  /** Whether the summary that was announced is as of the entry, or later: what it changed is so already. */
  isAnnounced(entry: OutgoingEntry): boolean {
    return this.#floors !== null && isBelowFloor(this.#floors, entry);
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

  /** The first entry that waits, or null. */
  heldFrom(conversation: ConversationId): number | null {
    return this.#holds?.get(conversation)?.entries[0]?.seq ?? null;
  }

  /** From now on entries and signals of this conversation wait for `release`. */
  hold(conversation: ConversationId): void {
    this.#holds ??= new Map();
    if (!this.#holds.has(conversation))
      this.#holds.set(conversation, { entries: [], signals: [], left: [], isJoined: false });
  }

  /** The person may have joined. @returns false where nothing is held: else `release` says it again */
  joinedMeanwhile(conversation: ConversationId): boolean {
    const held = this.#holds?.get(conversation);
    if (held) held.isJoined = true;
    return held !== undefined;
  }

  /** The entry that waits last removes the person. @returns false where nothing waits: else `release` says it again */
  leftMeanwhile(conversation: ConversationId, seq: number): boolean {
    const held = this.#holds?.get(conversation);
    held?.left.push(seq);
    return held !== undefined;
  }

  /**
   * Ends the hold: what waited above `floor` goes out, up to the entry by which the person left.
   * @returns the seq of that entry, or null; and whether they may have joined meanwhile
   */
  release(conversation: ConversationId, floor: number): { readonly left: number | null; readonly isJoined: boolean } {
    const held = this.#holds?.get(conversation);
    this.#holds?.delete(conversation);
    if (this.#holds?.size === 0) this.#holds = null;
    if (!held) return { left: null, isJoined: false };
    const left = held.left.find((seq) => seq > floor) ?? null;
    const last = left ?? Number.MAX_SAFE_INTEGER;
    for (const entry of held.entries) if (entry.seq > floor && entry.seq <= last) this.#send(conversation, entry);
    if (floor < last) for (const frame of held.signals) this.signal(conversation, frame);
    return { left, isJoined: held.isJoined };
  }

  #send(conversation: ConversationId, entry: OutgoingEntry): void {
    const first = this.#firsts?.get(conversation) ?? 1;
    const seen = entry.target !== null && entry.target < first ? entry.hidden() : entry;
    for (const stream of this.streams) stream.deliver(seen);
  }
}
