// What a device knows of one conversation, and the arithmetic on it: which numbers were announced, up to where nothing is
// missing, and what is to be read because nobody will push it. Rules 2 and 3 of the live stream.
import type { Summary } from '@kith/protocol';

export class Held {
  readonly conversation: string;
  readonly epoch: number;
  /** The highest number that was announced. */
  head: number;
  /** Nothing is missing up to here. */
  whole = 0;
  /** Numbers up to here are not pushed: what is missing of them is to be read. */
  readUpTo = 0;
  /** Why the device could not read, so that it does not ask again at once. */
  isReading = false;
  readonly #above = new Set<number>();

  constructor({ id, epoch, head }: Summary) {
    this.conversation = id;
    this.epoch = epoch;
    this.head = head;
  }

  get isWhole(): boolean {
    return this.whole >= this.head;
  }

  get mustRead(): boolean {
    return this.whole < this.readUpTo;
  }

  announce(head: number): void {
    if (head > this.head) this.head = head;
  }

  keep(seq: number): void {
    this.announce(seq);
    if (seq <= this.whole) return;
    this.#above.add(seq);
    while (this.#above.delete(this.whole + 1)) this.whole += 1;
  }
}
