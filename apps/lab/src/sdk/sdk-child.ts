// Runs one measure of the SDK in a process of its own: a fresh heap, and code that is as cold as when an app starts. The role
// and what it is asked go in as arguments; one line of JSON comes out.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Pinning } from '../measure/pinning.js';

const PROGRAM = fileURLToPath(new URL('../main.js', import.meta.url));
const MOST_MS = 900_000;
const MOST_OUTPUT_BYTES = 1024 * 1024;

export type ChildRequest = {
  readonly role: 'sdk-apply' | 'sdk-memory' | 'sdk-open';
  readonly request: object;
  /** Options of Node. */
  readonly node?: readonly string[];
  readonly pinning?: Pinning;
};

/** @throws Error with what it said where it failed or took more than fifteen minutes */
export async function inChild<Result>({ role, request, node = [], pinning }: ChildRequest): Promise<Result> {
  const command = [process.execPath, ...node, PROGRAM, role, JSON.stringify(request)] as const;
  const [program, ...args] = pinning?.unpinnedCommand(command) ?? command;
  const { stdout } = await promisify(execFile)(program, args, { timeout: MOST_MS, maxBuffer: MOST_OUTPUT_BYTES });
  return JSON.parse(stdout) as Result;
}
