// The last line of a test run never says less than its exit code.
import { expect, it } from 'vitest';
import { countRun, summaryLine } from './summary-reporter.mjs';

/**
 * @param {string} state of the file
 * @param {string[]} testStates
 * @returns {any} as much of a test module as is read
 */
function testModule(state, ...testStates) {
  const tests = testStates.map((testState) => ({ result: () => ({ state: testState }) }));
  return { state: () => state, children: { allTests: () => tests } };
}

it('tests are counted by what became of them', () => {
  const counts = countRun([testModule('failed', 'passed', 'failed', 'skipped'), testModule('passed', 'passed')], []);
  expect(counts).toEqual({ passed: 2, failed: 1, skipped: 1 });
});

it('a file that could not be loaded counts as one that failed', () => {
  expect(countRun([testModule('failed')], []).failed).toBe(1);
});

it('an error outside any test counts as one that failed', () => {
  expect(countRun([testModule('passed', 'passed')], [new Error('late')])).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

it('a test that never ran to its end counts as failed', () => {
  expect(countRun([testModule('pending', 'pending')], []).failed).toBe(1);
});

it('the line names skipped tests only where there are some', () => {
  expect(summaryLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
  expect(summaryLine({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});
