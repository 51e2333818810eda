/**
 * NOTICE names whose work a release is made with, in the versions of the lockfile: it is exactly what is made of it.
 */
import { noticeText } from '../release/notice.mjs';

const NOTICE = 'NOTICE';
const HINT = 'run node scripts/release/notice.mjs';

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkNotice(files) {
  const lockfile = files.find(({ path }) => path === 'package-lock.json');
  const notice = files.find(({ path }) => path === NOTICE);
  if (!lockfile) return [];
  if (!notice) return [{ path: NOTICE, line: 1, message: `is missing: ${HINT}` }];
  const wanted = noticeText(JSON.parse(lockfile.text).packages).split('\n');
  const line = notice.text.split('\n').findIndex((text, index) => text !== wanted[index]);
  if (line === -1 && notice.text.split('\n').length === wanted.length) return [];
  return [{ path: NOTICE, line: Math.max(0, line) + 1, message: `is not what the lockfile says: ${HINT}` }];
}
