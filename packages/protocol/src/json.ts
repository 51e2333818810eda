// Reading JSON that a stranger wrote: bounded depth, no U+0000, no lone surrogates, no keys that name a prototype.
// Such text would be harmless in one place and a trap in the next; it is refused here, once, for every input.
import { ChatError } from './codes.js';
import { LIMITS } from './limits.js';

const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];
/** Where none of these stands in a text, no value of it can hold what isn't taken. Searched one by one: a pattern of all is slower. */
const SUSPECTS = ['\\u', ...FORBIDDEN_KEYS];

/**
 * @param text at most `LIMITS.frame` bytes; the caller has checked
 * @throws bad_request where it is no JSON, too deep, or holds a string or key that is never taken
 */
export function parseJson(text: string): unknown {
  const value = readJson(text);
  requireClean(text, value);
  return value;
}

/** The first half of `parseJson`: what the text means. @throws bad_request where it is no JSON, or too deep */
export function readJson(text: string): unknown {
  requireDepth(text);
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, so it is not passed on.
    throw new ChatError('bad_request', 'this is not JSON');
  }
}

/** The second half: every string and key of it may be taken. @throws bad_request */
export function requireClean(text: string, value: unknown): void {
  // A lone surrogate can also stand raw in a string that did not come from UTF-8.
  if (!text.isWellFormed() || SUSPECTS.some((suspect) => text.includes(suspect))) requireCleanValue(value);
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Counts brackets outside strings, so that no recursive reader ever meets a deep value. */
function requireDepth(text: string): void {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfString(text, index);
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      depth += 1;
      if (depth > LIMITS.depth) throw new ChatError('bad_request', `JSON nested deeper than ${LIMITS.depth} levels`);
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      depth -= 1;
    }
  }
}

/** @returns the index of the quote that ends the string which begins at `start`, or the end of the text */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end;
  }
  return text.length;
}

function requireCleanValue(value: unknown): void {
  if (typeof value === 'string') requireCleanString(value);
  else if (Array.isArray(value)) value.forEach(requireCleanValue);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      requireCleanString(key);
      if (FORBIDDEN_KEYS.includes(key)) throw new ChatError('bad_request', 'a key that names a prototype is not taken');
      requireCleanValue(inner);
    }
  }
}

/** @throws bad_request for U+0000 and for half a surrogate pair */
export function requireCleanString(text: string): void {
  if (text.includes('\0')) throw new ChatError('bad_request', 'U+0000 in a string is not taken');
  if (!text.isWellFormed()) throw new ChatError('bad_request', 'half a surrogate pair in a string is not taken');
}
