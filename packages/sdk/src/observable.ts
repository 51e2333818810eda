// A value that changes, in the shape that user interfaces subscribe to (React's `useSyncExternalStore` among them).

/** Something that is shown: its present value, and news of each change. It fits React's `useSyncExternalStore` as it is. */
export interface Observable<T> {
  /** The present value; the same object until it changes. */
  getSnapshot(): T;
  /** Calls `listener` after each change. @returns ends it */
  subscribe(listener: () => void): () => void;
}

export class Value<T> implements Observable<T> {
  readonly #listeners = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  // Bound, so that they can be handed over without their object.
  readonly getSnapshot = (): T => this.#value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener();
  }
}
