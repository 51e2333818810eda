// What waits for a stream that is still catching up. Bounded: a catch-up that takes so long that more piles up ends the
// stream, and the client comes again.
import type { Outgoing, OutgoingEntry } from './sink.js';

/** Most frames and bytes (UTF-16 units) that wait for one catch-up. */
const MOST_FRAMES = 5_000;
const MOST_UNITS = 4 * 1024 * 1024;

/** The frame that tells a person of a conversation, because of the entry `cause`. */
export type Announcement = {
  readonly conversation: string;
  readonly epoch: number;
  readonly cause: number;
  readonly frame: Outgoing;
};

type Waiting =
  | { readonly kind: 'entry'; readonly entry: OutgoingEntry }
  | { readonly kind: 'announcement'; readonly announcement: Announcement };

type Receiver = { deliver(entry: OutgoingEntry): void; announce(announcement: Announcement): void };

export class StreamBuffer {
  readonly #waiting: Waiting[] = [];
  #units = 0;

  /** @returns false where the buffer is full: the entry was not taken */
  pushEntry(entry: OutgoingEntry): boolean {
    return this.#push({ kind: 'entry', entry }, entry.text.length);
  }

  /** @returns false where the buffer is full */
  pushAnnouncement(announcement: Announcement): boolean {
    return this.#push({ kind: 'announcement', announcement }, announcement.frame.text.length);
  }

  flush(receiver: Receiver): void {
    for (const waiting of this.#waiting) {
      if (waiting.kind === 'entry') receiver.deliver(waiting.entry);
      else receiver.announce(waiting.announcement);
    }
  }

  #push(waiting: Waiting, units: number): boolean {
    if (this.#waiting.length >= MOST_FRAMES || this.#units + units > MOST_UNITS) return false;
    this.#waiting.push(waiting);
    this.#units += units;
    return true;
  }
}
