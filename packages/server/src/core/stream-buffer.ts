// What waits for a stream that is still catching up. Bounded: a catch-up that takes so long that more piles up ends the
// stream, and the client comes again.
import type { Outgoing, OutgoingEntry } from './sink.js';

/** Most frames and bytes (UTF-16 units) that wait for one catch-up. */
const MOST_FRAMES = 5_000;
const MOST_UNITS = 4 * 1024 * 1024;

type Waiting =
  | { readonly kind: 'entry'; readonly frame: OutgoingEntry }
  | { readonly kind: 'frame'; readonly frame: Outgoing };

export class StreamBuffer {
  readonly #frames: Waiting[] = [];
  #units = 0;

  /** @returns false where the buffer is full: the frame was not taken */
  pushEntry(entry: OutgoingEntry): boolean {
    return this.#push({ kind: 'entry', frame: entry });
  }

  pushFrame(frame: Outgoing): boolean {
    return this.#push({ kind: 'frame', frame });
  }

  #push(waiting: Waiting): boolean {
    const units = waiting.frame.text.length;
    if (this.#frames.length >= MOST_FRAMES || this.#units + units > MOST_UNITS) return false;
    this.#frames.push(waiting);
    this.#units += units;
    return true;
  }

  flush(deliver: (entry: OutgoingEntry) => void, send: (frame: Outgoing) => void): void {
    for (const waiting of this.#frames) {
      if (waiting.kind === 'entry') deliver(waiting.frame);
      else send(waiting.frame);
    }
  }
}
