import { describe, expect, it } from 'vitest';
import { noOrderCounts, OrderCheck } from './order-check.js';

function check(numbering: 'next' | 'rising', seqs: readonly number[]) {
  const counts = noOrderCounts();
  const order = new OrderCheck(numbering, counts);
  order.begin('c', 10);
  for (const seq of seqs) order.take('c', seq);
  return counts;
}

describe('OrderCheck', () => {
  it('counts nothing wrong where each number is the next one', () => {
    expect(check('next', [11, 12, 13])).toEqual({ copies: 3, outOfOrder: 0, holes: 0, gaps: 0 });
  });

  it('counts a hole, a number that goes back and one that comes twice', () => {
    expect(check('next', [11, 13])).toMatchObject({ holes: 1, outOfOrder: 0 });
    expect(check('next', [11, 12, 11])).toMatchObject({ holes: 0, outOfOrder: 1 });
    expect(check('next', [11, 11])).toMatchObject({ outOfOrder: 1, copies: 2 });
  });

  it('lets shared numbers leave some out, and no more', () => {
    expect(check('rising', [20, 35, 30])).toMatchObject({ holes: 0, outOfOrder: 1 });
  });

  it('goes on after a gap, which is counted', () => {
    const counts = noOrderCounts();
    const order = new OrderCheck('next', counts);
    order.take('c', 1);
    order.gap('c', 5);
    order.take('c', 6);
    expect(counts).toEqual({ copies: 2, outOfOrder: 0, holes: 0, gaps: 1 });
    expect(order.last('c')).toBe(6);
  });
});
