// Whether something grows: the slope in the middle of those between all pairs of samples (Theil and Sen), which a few samples
// that lie far off do not move, and Kendall's test whether later samples are larger more often than chance would have it.

export type Sample = { readonly at: number; readonly value: number };

export type Trend = {
  /** Of the value, by one of `at`. */
  readonly slope: number;
  /** By how many of its standard deviations the number of rising pairs lies above that of a series without a trend. */
  readonly z: number;
};

/** One in a thousand series without a trend seems to rise as much. */
const SURE_Z = 3.09;

/** @throws RangeError for fewer than four samples */
export function trendOf(samples: readonly Sample[]): Trend {
  const n = samples.length;
  if (n < 4) throw new RangeError(`a trend takes four samples or more, not ${n}`);
  const pairs = samples.flatMap((early, index) => samples.slice(index + 1).map((late) => ({ early, late })));
  const slopes = pairs
    .map(({ early, late }) => (late.value - early.value) / (late.at - early.at))
    .sort((left, right) => left - right);
  const middle = slopes.length >> 1;
  const slope =
    slopes.length % 2 === 1 ? (slopes[middle] ?? 0) : ((slopes[middle - 1] ?? 0) + (slopes[middle] ?? 0)) / 2;
  const rising = pairs.reduce((sum, { early, late }) => sum + Math.sign(late.value - early.value), 0);
  const z = rising === 0 ? 0 : (rising - Math.sign(rising)) / Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  return { slope, z };
}

/**
 * @param mostPerHour the share of the samples' mean that may be added in an hour
 * @param samples with `at` in hours
 */
export function grows(samples: readonly Sample[], mostPerHour: number): boolean {
  const { slope, z } = trendOf(samples);
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / samples.length;
  return z > SURE_Z && slope > mean * mostPerHour;
}
