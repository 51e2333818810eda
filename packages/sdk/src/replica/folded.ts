// Messages of those whom the person blocks, folded: the very items but for `folded`, and the same object again while neither
// they nor the blocks change, so that a list is not painted anew.
import type { Observable } from '../observable.js';
import type { ShownItem } from './shown-entry.js';

type Items = readonly ShownItem[];

export class Folded {
  readonly #blocked: Observable<ReadonlySet<string>> | undefined;
  readonly #folded = new WeakMap<ShownItem, ShownItem>();
  #last: { readonly items: Items; readonly blocked: unknown; readonly shown: Items } | null = null;

  constructor(blocked: Observable<ReadonlySet<string>> | undefined) {
    this.#blocked = blocked;
  }

  show(items: Items): Items {
    const blocked = this.#blocked?.getSnapshot();
    if (!blocked?.size) return items;
    if (this.#last?.items !== items || this.#last.blocked !== blocked) {
      const shown = items.map((item) =>
        item.kind === 'message.sent' && blocked.has(item.author ?? '') ? this.#fold(item) : item,
      );
      this.#last = { items, blocked, shown };
    }
    return this.#last.shown;
  }

  #fold(item: ShownItem): ShownItem {
    const folded = this.#folded.get(item) ?? { ...item, folded: true };
    this.#folded.set(item, folded);
    return folded;
  }
}
