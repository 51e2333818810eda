// The order of every copy: on one connection the entries of a conversation come with rising numbers and no hole, save
// where a `gap` says so. One of these for each connection; it remembers a number per conversation.

export type OrderCounts = { copies: number; outOfOrder: number; holes: number; gaps: number };

export function noOrderCounts(): OrderCounts {
  return { copies: 0, outOfOrder: 0, holes: 0, gaps: 0 };
}

/** `next`: each number is the one before plus 1. `rising`: numbers may leave some out, as those of a shared sequence. */
export type Numbering = 'next' | 'rising';

export class OrderCheck {
  readonly #numbering: Numbering;
  readonly #counts: OrderCounts;
  readonly #last = new Map<string, number>();

  /** @param counts where this connection's counts are added to those of others */
  constructor(numbering: Numbering, counts: OrderCounts) {
    this.#numbering = numbering;
    this.#counts = counts;
  }

  /** Entries of the conversation are pushed from here on. */
  begin(conversation: string, pushedAfter: number): void {
    this.#last.set(conversation, pushedAfter);
  }

  /** The highest number that came; 0 where none has. */
  last(conversation: string): number {
    return this.#last.get(conversation) ?? 0;
  }

  take(conversation: string, seq: number): void {
    const counts = this.#counts;
    const last = this.#last.get(conversation) ?? 0;
    counts.copies += 1;
    if (seq <= last) {
      counts.outOfOrder += 1;
      return;
    }
    if (this.#numbering === 'next' && seq !== last + 1) counts.holes += 1;
    this.#last.set(conversation, seq);
  }

  /** The server says that entries were left out, up to `head`. */
  gap(conversation: string, head: number): void {
    this.#counts.gaps += 1;
    if (head > this.last(conversation)) this.#last.set(conversation, head);
  }
}
