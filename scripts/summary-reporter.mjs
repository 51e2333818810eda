/**
 * A vitest reporter that adds one plain line, `N passed, N failed[, N skipped]`, after everything else.
 * A file that could not be loaded and an error outside any test count as failed, so that the line never
 * says less than the exit code does. Where `TEST_SUMMARY` names a file, the line goes there instead.
 */
import { writeFileSync } from 'node:fs';

/** @param {{ passed: number, failed: number, skipped: number }} counts */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** @typedef {import('vitest/node').TestModule} TestModule */

/**
 * Counts what a finished run holds; `unhandledErrors` and broken files are failures too.
 * @param {readonly TestModule[]} testModules
 * @param {readonly unknown[]} unhandledErrors
 */
export function countRun(testModules, unhandledErrors) {
  const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
  for (const testModule of testModules) {
    let failedHere = 0;
    for (const test of testModule.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'skipped') counts.skipped += 1;
      else failedHere += 1;
    }
    if (failedHere === 0 && testModule.state() === 'failed') failedHere = 1;
    counts.failed += failedHere;
  }
  return counts;
}

// biome-ignore lint/style/noDefaultExport: vitest loads a reporter by its default export
export default class SummaryReporter {
  /**
   * @param {readonly TestModule[]} testModules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(testModules, unhandledErrors) {
    const line = summaryLine(countRun(testModules, unhandledErrors));
    const path = process.env.TEST_SUMMARY;
    if (path) writeFileSync(path, `${line}\n`);
    else process.on('exit', () => console.log(line));
  }
}
