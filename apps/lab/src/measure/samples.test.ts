import { describe, expect, it } from 'vitest';
import { median, Samples } from './samples.js';

describe('Samples', () => {
  it('gives percentiles by nearest rank, whatever the order', () => {
    const samples = new Samples();
    for (let value = 100; value >= 1; value -= 1) samples.add(value);
    expect([1, 50, 99, 99.5, 100].map((percent) => samples.percentile(percent))).toEqual([1, 50, 99, 100, 100]);
    expect([samples.count, samples.max()]).toEqual([100, 100]);
  });

  it('gives NaN where there is nothing, which meets no gate', () => {
    expect(new Samples().percentile(50)).toBeNaN();
  });
});

describe('median', () => {
  it('is the middle one, or the mean of the middle two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 2, 9])).toBe(3);
    expect(median([])).toBeNaN();
  });
});
