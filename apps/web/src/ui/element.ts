// Making and keeping elements. Text from people only ever becomes text nodes here; nothing is parsed as HTML.

type Attributes = { readonly [name: string]: string | boolean };

/** An attribute that is `true` is set empty, one that is `false` is left out. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children);
  return element;
}

export function on<K extends keyof HTMLElementEventMap>(
  element: HTMLElement,
  name: K,
  listen: (event: HTMLElementEventMap[K]) => void,
): void {
  element.addEventListener(name, listen);
}

export type KeyedParts<Item> = {
  readonly key: (item: Item) => string;
  /** What the element shows: it is made anew only where this changed. */
  readonly stamp: (item: Item) => string;
  readonly make: (item: Item) => HTMLElement;
};

type Made = { readonly element: HTMLElement; readonly stamp: string };

/** The children of an element, one for each item, in order. What did not change stays, and the focus with it. */
export class KeyedList<Item> {
  readonly #parent: HTMLElement;
  readonly #parts: KeyedParts<Item>;
  #made = new Map<string, Made>();

  constructor(parent: HTMLElement, parts: KeyedParts<Item>) {
    this.#parent = parent;
    this.#parts = parts;
  }

  show(items: readonly Item[]): void {
    const { key, stamp, make } = this.#parts;
    const wanted = new Set(items.map(key));
    for (const [name, { element }] of this.#made) if (!wanted.has(name)) element.remove();
    const made = new Map<string, Made>();
    let next = this.#parent.firstElementChild;
    for (const item of items) {
      const known = this.#made.get(key(item));
      const now = stamp(item);
      const element = known?.stamp === now ? known.element : make(item);
      made.set(key(item), { element, stamp: now });
      if (known && known.element === next) next = next.nextElementSibling;
      if (element !== known?.element || element.nextElementSibling !== next) this.#parent.insertBefore(element, next);
      if (known && known.element !== element) retire(known.element, element);
    }
    this.#made = made;
  }
}

function retire(known: HTMLElement, successor: HTMLElement): void {
  const hadFocus = known.contains(document.activeElement);
  known.remove();
  if (hadFocus) successor.querySelector('button')?.focus();
}

/** Sets the text of an element where it is another one, so that nothing is announced twice. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
