import { describe, expect, it } from 'vitest';
import { formatReport } from './report.js';
import { Results } from './results.js';
import { parseTargets } from './targets.js';

const CLEAN = { outOfOrder: 0, holes: 0, undelivered: 0, lost: 0 };

describe('Results', () => {
  it('take a figure as the median of its rounds, and ratios by round', () => {
    const results = new Results();
    results.figure('rate', [3, 1, 2]);
    results.compare('rate', 'u', { kith: [10, 20, 30], plain: [10, 5, 10], better: 'higher' });
    results.compare('time', 'ms', { kith: [2], plain: [6], better: 'lower' });
    expect(results.figures.get('rate')).toBe(2);
    expect(results.ratios.map(({ ratios, median }) => [ratios, median])).toEqual([
      [[1, 4, 3], 3],
      [[3], 3],
    ]);
  });

  it('are incorrect after one violation of any kind', () => {
    for (const kind of ['outOfOrder', 'holes', 'undelivered', 'lost'] as const) {
      const results = new Results();
      results.violated(CLEAN);
      expect(results.isCorrect).toBe(true);
      results.violated({ ...CLEAN, [kind]: 1 });
      results.violated(CLEAN);
      expect(results.isCorrect, kind).toBe(false);
    }
  });
});

describe('formatReport', () => {
  it('says of each target whether its gate is met', () => {
    const results = new Results();
    results.figure('rate', [250_000]);
    const targets = parseTargets(
      '{"rate":{"what":"fast","unit":"u","atLeast":250001},"size":{"what":"small","unit":"B","atMost":4}}',
    );
    const report = formatReport(results, targets);
    expect(report).toMatch(/fast +250,000 u +at least 250,001 +gate not met/);
    expect(report).toMatch(/small +- +at most 4 +gate not measured/);
  });
});
