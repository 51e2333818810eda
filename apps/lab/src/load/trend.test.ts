import { expect, it } from 'vitest';
import { grows, trendOf } from './trend.js';

const HOURS = Array.from({ length: 18 }, (_, index) => index / 12);
/** Up and down by one, without a trend. */
const NOISE = [0.3, -0.8, 0.9, -0.2, 0.1, -1, 0.7, 0.4, -0.6, 0.8, -0.9, 0.2, -0.1, 0.6, -0.7, 1, -0.4, 0];
const series = (perHour: number) =>
  HOURS.map((at, index) => ({ at, value: 100 + at * perHour + (NOISE[index] ?? 0) * 2 }));

it('gives the slope, also where some samples lie far off', () => {
  const straight = HOURS.map((at) => ({ at, value: 100 + at * 7 }));
  expect(trendOf(straight).slope).toBeCloseTo(7, 9);
  const disturbed = straight.map((sample, index) => (index % 7 === 3 ? { ...sample, value: 500 } : sample));
  expect(trendOf(disturbed).slope).toBeGreaterThan(5);
  expect(trendOf(disturbed).slope).toBeLessThan(10);
});

it('sees a leak through the noise, and none in the noise alone, in a fall, or in what grows by less than is meant', () => {
  expect(grows(series(12), 0.03)).toBe(true);
  expect(grows(series(0), 0.03)).toBe(false);
  expect(grows(series(-12), 0.03)).toBe(false);
  expect(grows(series(2), 0.03)).toBe(false);
});

it('takes four samples or more', () => {
  expect(() => trendOf(series(0).slice(0, 3))).toThrow('four samples');
});
