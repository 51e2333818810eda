import { describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.js';

describe('inParallel', () => {
  it('keeps the order of the items and the bound of what is under way', async () => {
    let underWay = 0;
    let most = 0;
    const results = await inParallel(3, [5, 1, 4, 2, 3], async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
      underWay -= 1;
      return item * 2;
    });
    expect(results).toEqual([10, 2, 8, 4, 6]);
    expect(most).toBe(3);
  });

  it('fails with the first failure', async () => {
    await expect(inParallel(2, [1, 2], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
