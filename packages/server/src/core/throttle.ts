// Token buckets: how often a key may do something of a class. A key is a person or an address; the sizes are data.
// The map is bounded: a full bucket says nothing and is dropped, and where no bucket is full the one that was used
// longest ago goes, which lets its owner start over.
import type { Clock } from './clock.js';

export type BucketSize = {
  /** How many at once after a rest. */
  readonly burst: number;
  /** How many come back in a second. */
  readonly perSecond: number;
};

export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

type Bucket = { tokens: number; at: number };

/** Buckets looked at, per new one, for some that are full. */
const SWEEP = 4;
/** Far less than any token: fractions add up to a little less than they should. */
const ROUNDING = 1e-9;
const TAKEN: Taken = { ok: true };

export class Throttle<Class extends string> {
  readonly #clock: Clock;
  readonly #sizes: { readonly [name in Class]: BucketSize };
  readonly #most: number;
  /** By class, then by key; least recently used first. */
  readonly #buckets = new Map<Class, Map<string, Bucket>>();
  #dropped = 0;

  /** @param options.most bound of the buckets of each class; about 150 bytes each */
  constructor(options: { clock: Clock; sizes: { readonly [name in Class]: BucketSize }; most: number }) {
    this.#clock = options.clock;
    this.#sizes = options.sizes;
    this.#most = options.most;
  }

  /** How many buckets are held. */
  get size(): number {
    let size = 0;
    for (const buckets of this.#buckets.values()) size += buckets.size;
    return size;
  }

  /** How many buckets were dropped although they were not full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one token, or says in how many milliseconds there will be one. */
  take(key: string, rate: Class): Taken {
    const bucket = this.#bucket(key, rate);
    const missing = 1 - bucket.tokens - ROUNDING;
    if (missing > 0) return { ok: false, retryAfterMs: Math.ceil((missing * 1_000) / this.#sizes[rate].perSecond) };
    bucket.tokens = Math.max(0, bucket.tokens - 1);
    return TAKEN;
  }

  /** Puts back a token that was taken: what it was taken for did not count. */
  giveBack(key: string, rate: Class): void {
    const bucket = this.#buckets.get(rate)?.get(key);
    if (bucket !== undefined) bucket.tokens = Math.min(this.#sizes[rate].burst, bucket.tokens + 1);
  }

  /** The bucket as of now, put last in line. */
  #bucket(key: string, rate: Class): Bucket {
    const buckets = this.#bucketsOf(rate);
    const now = this.#clock.monotonic();
    const known = buckets.get(key);
    if (known !== undefined) {
      known.tokens = this.#tokens(known, rate, now);
      known.at = now;
      buckets.delete(key);
      buckets.set(key, known);
      return known;
    }
    this.#makeRoom(buckets, rate, now);
    const bucket = { tokens: this.#sizes[rate].burst, at: now };
    buckets.set(key, bucket);
    return bucket;
  }

  #bucketsOf(rate: Class): Map<string, Bucket> {
    let buckets = this.#buckets.get(rate);
    if (buckets === undefined) {
      buckets = new Map();
      this.#buckets.set(rate, buckets);
    }
    return buckets;
  }

  #tokens(bucket: Bucket, rate: Class, now: number): number {
    const { burst, perSecond } = this.#sizes[rate];
    return Math.min(burst, bucket.tokens + ((now - bucket.at) / 1_000) * perSecond);
  }

  #makeRoom(buckets: Map<string, Bucket>, ...[rate, now]: [Class, number]): void {
    let looked = 0;
    for (const [key, bucket] of buckets) {
      if (looked === SWEEP) break;
      looked += 1;
      if (this.#tokens(bucket, rate, now) >= this.#sizes[rate].burst) buckets.delete(key);
    }
    const [oldest] = buckets.keys();
    if (buckets.size >= this.#most && oldest !== undefined) {
      buckets.delete(oldest);
      this.#dropped += 1;
    }
  }
}
