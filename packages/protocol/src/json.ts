// Reading JSON that a stranger wrote: bounded depth, no U+0000, no lone surrogates, no keys that name a prototype.
// Such text would be harmless in one place and a trap in the next; it is refused here, once, for every input.
import { ChatError } from './codes.js';
import { LIMITS } from './limits.js';

/** True where an escape or a raw character could spell something that must be looked at value by value. */
const SUSPECT = /\\u|__proto__|constructor|prototype|\0/;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * @param text at most `LIMITS.frame` bytes; the caller has checked
 * @throws bad_request where it is no JSON, too deep, or holds a string or key that is never taken
 */
export function parseJson(text: string): unknown {
  requireDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ChatError('bad_request', 'this is not JSON');
  }
  // A lone surrogate can also stand raw in a string that did not come from UTF-8.
  if (SUSPECT.test(text) || !text.isWellFormed()) requireCleanValue(value);
  return value;
}

/** Counts brackets outside strings, so that no recursive reader ever meets a deep value. */
function requireDepth(text: string): void {
  let depth = 0;
  let isInString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isInString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) isInString = false;
    } else if (code === 0x22) {
      isInString = true;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > LIMITS.depth) throw new ChatError('bad_request', `JSON nested deeper than ${LIMITS.depth} levels`);
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
    }
  }
}

function requireCleanValue(value: unknown): void {
  if (typeof value === 'string') requireCleanString(value);
  else if (Array.isArray(value)) value.forEach(requireCleanValue);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      requireCleanString(key);
      if (FORBIDDEN_KEYS.has(key)) throw new ChatError('bad_request', 'a key that names a prototype is not taken');
      requireCleanValue(inner);
    }
  }
}

/** @throws bad_request for U+0000 and for half a surrogate pair */
export function requireCleanString(text: string): void {
  if (text.includes('\0')) throw new ChatError('bad_request', 'U+0000 in a string is not taken');
  if (!text.isWellFormed()) throw new ChatError('bad_request', 'half a surrogate pair in a string is not taken');
}
