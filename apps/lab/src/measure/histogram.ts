// Durations in log-linear buckets, as HdrHistogram keeps them: 128 buckets in each doubling, so that a percentile is wrong by
// less than 1 %, whatever its size, and millions of values take a few kilobytes. From 1 µs to an hour; what is longer counts
// as an hour.

const STEPS = 128;
const STEP_BITS = 7;
const MOST_US = 3_600_000_000;
const BUCKETS = STEPS * 27;

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #sumUs = 0;
  #maxUs = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const us = Math.min(MOST_US, Math.max(0, Math.round(ms * 1_000)));
    const at = bucketOf(us);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count += 1;
    this.#sumUs += us;
    if (us > this.#maxUs) this.#maxUs = us;
  }

  addAll(other: Histogram): void {
    for (const [at, count] of other.#counts.entries()) this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#count += other.#count;
    this.#sumUs += other.#sumUs;
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
  }

  /** Milliseconds: the upper end of the bucket with at least `percent` of all at or below it; NaN where there is none. */
  percentile(percent: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil((percent / 100) * this.#count));
    let below = 0;
    for (const [at, count] of this.#counts.entries()) {
      below += count;
      if (below >= rank) return Math.min(this.#maxUs, upperEndOf(at)) / 1_000;
    }
    return this.max;
  }

  /** Milliseconds. */
  get max(): number {
    return this.#maxUs / 1_000;
  }

  /** Milliseconds; NaN where there is none. */
  get mean(): number {
    return this.#sumUs / this.#count / 1_000;
  }
}

/** Below 128 µs each has a bucket of its own; each doubling above has 64, the upper half of its 128. */
function bucketOf(us: number): number {
  if (us < STEPS) return us;
  const shift = Math.floor(Math.log2(us)) - STEP_BITS + 1;
  return (shift * STEPS) / 2 + Math.floor(us / 2 ** shift);
}

function upperEndOf(bucket: number): number {
  if (bucket < STEPS) return bucket;
  const shift = Math.floor((bucket - STEPS / 2) / (STEPS / 2));
  return (bucket - (shift * STEPS) / 2 + 1) * 2 ** shift - 1;
}
