// What it means that a statement which appends has failed.
import { errorCode } from './database-error.js';

export type AppendFailure =
  /** One of the keys is in the log. Nothing was written. */
  | 'key_known'
  /** Another node has given one of the numbers, or made the conversation. Nothing was written. */
  | 'number_taken'
  /** Something that one of the writes rests on has changed. Nothing was written. */
  | 'ground_moved'
  /** The server takes no such row, today or tomorrow. Nothing was written. */
  | 'refused'
  /** There is no room on the disk. Nothing was written. */
  | 'disk_full'
  /** Whether it was written is not known. */
  | 'unknown';

const UNIQUE_VIOLATION = '23505';
const DISK_FULL = '53100';
/** Division by zero: what GROUNDS of append-batch.ts makes, and nothing else that is sent here. */
const GROUND_MOVED = '22012';
/** Classes of SQLSTATE: data exception, integrity, wrong statement, limit of the program. */
const REFUSED = /^(22|23|42|54)/;

export function appendFailure(error: unknown): AppendFailure {
  const code = errorCode(error);
  if (code === UNIQUE_VIOLATION) return violated(error) === 'entry_key' ? 'key_known' : 'number_taken';
  if (code === DISK_FULL) return 'disk_full';
  if (code === GROUND_MOVED) return 'ground_moved';
  return REFUSED.test(code) && code.length === 5 ? 'refused' : 'unknown';
}

function violated(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'constraint' in error ? error.constraint : undefined;
}
