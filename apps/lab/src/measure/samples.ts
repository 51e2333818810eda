// Durations, kept one by one, and their percentiles by nearest rank: exact, because a run has some ten thousand at most.

const MOST_SAMPLES = 1_000_000;

export class Samples {
  #values: number[] = [];

  get count(): number {
    return this.#values.length;
  }

  /** @throws Error above a million: a run is not meant to have so many */
  add(value: number): void {
    if (this.#values.length >= MOST_SAMPLES) throw new Error(`more than ${MOST_SAMPLES} samples`);
    this.#values.push(value);
  }

  /** The smallest value with at least `percent` of all at or below it; NaN where there is none. */
  percentile(percent: number): number {
    const sorted = Float64Array.from(this.#values).sort();
    const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
    return sorted[rank - 1] ?? Number.NaN;
  }

  max(): number {
    return this.percentile(100);
  }
}

/** The middle value; of two middle ones their mean. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] ?? Number.NaN)) / 2;
}
