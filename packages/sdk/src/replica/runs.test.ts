import { describe, expect, it } from 'vitest';
import { runAt, withoutRun, withRun } from './runs.js';

describe('runs of what is held', () => {
  it('grow at the end, join what they touch, and rise', () => {
    expect(withRun([[1, 3]], [4, 4])).toEqual([[1, 4]]);
    expect(withRun([[8, 9]], [1, 3])).toEqual([
      [1, 3],
      [8, 9],
    ]);
    expect(
      withRun(
        [
          [1, 3],
          [6, 7],
          [9, 9],
        ],
        [4, 5],
      ),
    ).toEqual([
      [1, 7],
      [9, 9],
    ]);
    expect(withRun([[1, 3]], [5, 4])).toEqual([[1, 3]]);
  });

  it('are cut in two, at an end, or whole', () => {
    expect(withoutRun([[1, 9]], [4, 5])).toEqual([
      [1, 3],
      [6, 9],
    ]);
    expect(withoutRun([[1, 9]], [0, 5])).toEqual([[6, 9]]);
    expect(withoutRun([[4, 5]], [1, 9])).toEqual([]);
  });

  it('hold both of their ends and nothing beyond', () => {
    expect([3, 4, 6, 7].map((seq) => runAt([[4, 6]], seq))).toEqual([null, [4, 6], [4, 6], null]);
  });
});
