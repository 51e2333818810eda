// The second judge of a live run: `check-history.mjs`, which imports nothing of the project, as a process of its own over the
// file in which the history was written.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CHECKER = fileURLToPath(new URL('../../check-history.mjs', import.meta.url));
const MOST_OUTPUT = 64 * 1024 * 1024;
const JUDGES_MS = 600_000;

/** @returns each breach as `law: where: sentence`. @throws Error where it did not take the file for a history */
export async function checkFile(file: string): Promise<readonly string[]> {
  const options = { maxBuffer: MOST_OUTPUT, timeout: JUDGES_MS };
  try {
    await promisify(execFile)(process.execPath, [CHECKER, file], options);
    return [];
  } catch (error) {
    const { stdout = '', code } = { code: null, ...(error as { readonly stdout?: string }) };
    if (code !== 1 || stdout === '') throw error;
    return stdout.split('\n').filter((line) => line !== '');
  }
}
