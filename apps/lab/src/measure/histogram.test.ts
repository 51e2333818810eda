import { expect, it } from 'vitest';
import { Histogram } from './histogram.js';

it('gives percentiles that are wrong by less than 2 %, and the exact largest', () => {
  const histogram = new Histogram();
  for (let ms = 1; ms <= 10_000; ms += 1) histogram.add(ms / 10);
  for (const percent of [1, 10, 50, 90, 99, 99.9]) {
    const exact = percent * 10;
    expect(Math.abs(histogram.percentile(percent) / exact - 1), `${percent}`).toBeLessThan(0.02);
  }
  expect([histogram.count, histogram.max, histogram.percentile(100)]).toEqual([10_000, 1_000, 1_000]);
  expect(histogram.mean).toBeCloseTo(500.05, 2);
});

it('is the sum of what was added to two, and holds anything from nothing to an hour', () => {
  const [one, other] = [new Histogram(), new Histogram()];
  one.add(0);
  other.add(1e12);
  one.addAll(other);
  expect([one.count, one.percentile(50), one.max]).toEqual([2, 0, 3_600_000]);
  expect(new Histogram().percentile(99)).toBeNaN();
});
