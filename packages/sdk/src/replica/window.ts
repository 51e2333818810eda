// A window on a log: everything that a timeline shows from `from` to `to`, without a hole. It grows at either end and is cut
// at the other when it holds too much. Items that don't change stay the same objects, and so does the list of them.
import { isShown, type TimelineItem } from '@kith/protocol';
import type { WholePage } from './pages.js';

export class Window {
  readonly #most: number;
  from: number;
  /** Below `from` where it is empty. */
  to: number;
  items: readonly TimelineItem[] = [];

  /** @param at an empty window, before this seq */
  constructor(at: number, most: number) {
    this.#most = most;
    this.from = at;
    this.to = at - 1;
  }

  /** What stands right before it; the far end may be cut off. */
  putBefore({ from, items }: WholePage): void {
    this.from = from;
    this.items = [...items.filter(isShown), ...this.items];
    if (this.items.length <= this.#most) return;
    this.items = this.items.slice(0, this.#most);
    this.to = this.items.at(-1)?.seq ?? this.to;
  }

  /** What stands right after it; the far end may be cut off. */
  putAfter({ to, items }: WholePage): void {
    this.to = to;
    this.items = [...this.items, ...items.filter(isShown)];
    if (this.items.length <= this.#most) return;
    this.items = this.items.slice(-this.#most);
    this.from = this.items[0]?.seq ?? this.from;
  }

  change(changed: (item: TimelineItem) => TimelineItem): void {
    const items = this.items.map(changed);
    if (items.some((item, index) => item !== this.items[index])) this.items = items;
  }

  /** Below `first` there is nothing any more. */
  cutBelow(first: number): void {
    if (this.from >= first) return;
    this.from = first;
    this.to = Math.max(this.to, first - 1);
    this.items = this.items.filter(({ seq }) => seq >= first);
  }
}
