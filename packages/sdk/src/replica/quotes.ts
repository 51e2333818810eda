// What the replies in a window quote: messages that stand elsewhere in the log, each as it is now. Taken from what is held,
// else with the page, else asked for, many at a time; what changes one changes it here. No more than the window needs.
import type { TimelineItem } from '@kith/protocol';
import { Refusal } from '../refusal.js';

export type QuotesParts = {
  /** Messages by their numbers; what can't be seen is left out. @throws Refusal */
  readonly read: (seqs: readonly number[]) => Promise<readonly TimelineItem[]>;
  readonly onChange: () => void;
};

/** By seq; null is none that this person can see. */
export type Quoted = ReadonlyMap<number, TimelineItem | null>;

const NONE: Quoted = new Map();

export class Quotes {
  readonly #parts: QuotesParts;
  /** Came with a page, and was not wanted yet. */
  #came: Quoted = NONE;
  #held: Quoted = NONE;
  #asked = new Set<number>();
  /** Counts openings of the window: what was asked before the last one is dropped. */
  #turn = 0;

  constructor(parts: QuotesParts) {
    this.#parts = parts;
  }

  /** Messages that came with a page. */
  take(items: readonly TimelineItem[]): void {
    this.#came = new Map(items.map((item) => [item.seq, item]));
  }

  /** What the items reply to, as far as it is known; the rest is asked for. */
  of(items: readonly TimelineItem[]): Quoted {
    const wanted = new Set<number>();
    for (const { kind, body } of items) {
      if (kind === 'message.sent' && typeof body.replyTo === 'number') wanted.add(body.replyTo);
    }
    // A window is long, and is shown with each message that comes.
    const shown = new Map(wanted.size > 0 ? items.map((item) => [item.seq, item]) : NONE);
    const known = new Map<number, TimelineItem | null>();
    for (const seq of wanted) {
      const held = this.#held.get(seq);
      const item = shown.get(seq) ?? held ?? this.#came.get(seq) ?? held;
      if (item !== undefined) known.set(seq, item);
    }
    const missing = [...wanted].filter((seq) => !known.has(seq) && !this.#asked.has(seq));
    if (missing.length > 0) void this.#ask(missing);
    const isSame = known.size === this.#held.size && [...known].every(([seq, item]) => this.#held.get(seq) === item);
    if (!isSame) this.#held = known;
    return this.#held;
  }

  change(changed: (item: TimelineItem) => TimelineItem): void {
    const map = (quoted: Quoted) => new Map([...quoted].map(([seq, item]) => [seq, item && changed(item)]));
    this.#came = map(this.#came);
    this.#held = map(this.#held);
  }

  /** Forgets what is below `first`, or may lack a change up to an entry: it is asked for anew. */
  check({ first, changesAfter }: { readonly first: number; readonly changesAfter: number }): void {
    const isLate = (item: TimelineItem | null) => item !== null && (item.seq < first || item.asOf < changesAfter);
    if ([...this.#held.values(), ...this.#came.values()].some(isLate)) this.forget();
  }

  /** What was asked for in vain is asked for again. */
  retry(): void {
    this.#asked.clear();
  }

  /** Nothing of before counts any more. */
  forget(): void {
    this.#turn += 1;
    this.#came = NONE;
    this.#held = NONE;
    this.#asked.clear();
  }

  async #ask(seqs: readonly number[]): Promise<void> {
    const turn = this.#turn;
    for (const seq of seqs) this.#asked.add(seq);
    try {
      const found = new Map((await this.#parts.read(seqs)).map((item) => [item.seq, item]));
      if (turn !== this.#turn) return;
      this.#held = new Map([...this.#held, ...seqs.map((seq) => [seq, found.get(seq) ?? null] as const)]);
      for (const seq of seqs) this.#asked.delete(seq);
      this.#parts.onChange();
    } catch (error) {
      // With the next connection.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
