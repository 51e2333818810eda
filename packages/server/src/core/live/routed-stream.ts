// A stream as the router sees it: it waits while it catches up, then goes live without a hole and without sending anything
// twice (rules C3 and C4 of docs/protocol/v1.md).
import type { SessionId } from '@kith/protocol';
import type { Outgoing, OutgoingEntry, Sink } from './sink.js';
import { type Announcement, StreamBuffer } from './stream-buffer.js';

/** Entries of this epoch up to `seq` were sent already. */
export type Floor = { readonly epoch: number; readonly seq: number };
export type Floors = Map<string, Floor>;

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

  get isLive(): boolean {
    return this.#buffer === null;
  }

  get isCatchingUp(): boolean {
    return !this.isLive || !this.isListed;
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
export function isBelowFloor(floors: Floors, entry: OutgoingEntry): boolean {
  const floor = floors.get(entry.conversation);
  if (floor === undefined) return false;
  if (entry.epoch === floor.epoch && entry.seq <= floor.seq) return true;
  floors.delete(entry.conversation);
  return false;
}
