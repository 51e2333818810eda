import { describe, expect, it } from 'vitest';
import { parseProcessStat } from './process-stat.js';

describe('parseProcessStat', () => {
  it('reads the times behind a name that holds brackets and spaces', () => {
    const line = '42 (node) (x y) S 7 42 42 0 -1 4194560 900 0 0 0 150 25 3 4 20 0 11 0 100 1000 200 1844\n';
    expect(parseProcessStat(line)).toEqual({ parent: 7, ownTicks: 175, endedChildrenTicks: 7 });
  });

  it('refuses anything else', () => {
    expect(() => parseProcessStat('nothing of the kind')).toThrow('stat');
  });
});
