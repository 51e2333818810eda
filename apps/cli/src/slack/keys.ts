// Keys that the same import finds again: of what Slack calls a thing, and of nothing else. So a second import of the same, or of a
// later export of the same workspace, adds what is new and doubles nothing.
import { createHash } from 'node:crypto';
import type { Key } from '@kith/protocol';
import { toId } from '@kith/protocol';

/** A UUID of version 8 made of the words. */
export function keyOf(...words: readonly string[]): Key {
  const bytes = createHash('sha256').update(JSON.stringify(words)).digest().subarray(0, 16);
  bytes[6] = 0x80 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return toId<Key>([hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'));
}

/** A few letters and digits that stand for the words. */
export function markOf(...words: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 6);
}
