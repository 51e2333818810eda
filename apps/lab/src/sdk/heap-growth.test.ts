import { describe, expect, it } from 'vitest';
import { bytesPerMessage } from './heap-growth.js';

describe('bytesPerMessage', () => {
  it('is the growth between neighbours, by message', () => {
    expect(bytesPerMessage([0, 100, 300], [1_000, 51_000, 53_000])).toEqual([500, 10]);
  });

  it('is no number where a heap is missing', () => {
    expect(bytesPerMessage([0, 100], [1_000])).toEqual([Number.NaN]);
  });
});
