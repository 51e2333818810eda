/**
 * A source file holds one idea and says which: at most 400 lines, and a comment at the top that says what
 * it owns and what it promises. A test's name says enough; its length counts all the same.
 */
import { isTest } from './source-files.mjs';

const CODE = /\.(ts|tsx|mjs|css)$/;
const MOST_LINES = 400;

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkFileShape(files) {
  return files.filter(({ path }) => CODE.test(path)).flatMap(problemsOf);
}

/** @param {import('./source-files.mjs').SourceFile} file */
function problemsOf({ path, text }) {
  const problems = [];
  const lines = text.trimEnd().split('\n').length;
  if (lines > MOST_LINES) {
    problems.push({
      path,
      line: MOST_LINES,
      message: `has ${lines} lines, more than ${MOST_LINES}: it holds two ideas`,
    });
  }
  const opens = text.replace(/^#!.*\n/, '').trimStart();
  if (!isTest(path) && !opens.startsWith('/*') && !opens.startsWith('//')) {
    problems.push({ path, line: 1, message: 'opens without a comment that says what it owns and promises' });
  }
  return problems;
}
