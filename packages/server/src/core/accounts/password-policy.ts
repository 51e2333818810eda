// Which passwords are taken: 10 to 256 characters (the schema's bound), and nothing that is tried first by whoever
// guesses. No rules about kinds of characters: they make passwords harder to remember, not to guess (NIST SP 800-63B).
import { ChatError } from '@kith/protocol';
import { COMMON_PASSWORDS, COMMON_STEMS } from './common-passwords.js';

export const PASSWORD_LENGTH = { least: 10, most: 256 } as const;

/** Characters that a password must have beside the username that it holds. */
const LEAST_BESIDE_NAME = 6;
/** Characters at the ends of a common word that leave it guessable: years, "123", "!". */
const MOST_DECORATION = 6;
const LEAST_DISTINCT = 4;

const RUNS = ['01234567890', '1234567890', 'abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'qwertzuiop', 'azertyuiop'];
const ROWS = ['asdfghjkl', 'zxcvbnm', 'yxcvbnm', 'qwertyuiopasdfghjklzxcvbnm', '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik'];
const SEQUENCES = [...RUNS, ...ROWS].flatMap((run) => [run + run, backwards(run + run)]);

const LEET: ReadonlyMap<string, string> = new Map([
  ['0', 'o'],
  ['1', 'i'],
  ['3', 'e'],
  ['4', 'a'],
  ['5', 's'],
  ['7', 't'],
  ['@', 'a'],
  ['$', 's'],
  ['!', 'i'],
]);

/** The one form of a password: composed and decomposed accents are the same key strokes (RFC 8265). */
export function canonicalPassword(password: string): string {
  return password.normalize('NFC');
}

/** @throws bad_request, with a message that says why and not what */
export function requireGoodPassword(password: string, username: string): void {
  const weakness = weaknessOf(password.toLowerCase(), username.toLowerCase());
  if (weakness !== null) throw new ChatError('bad_request', `choose another password: ${weakness}`);
}

function weaknessOf(password: string, username: string): string | null {
  const { least, most } = PASSWORD_LENGTH;
  if (password.length < least) return `it has fewer than ${least} characters`;
  if (password.length > most) return `it has more than ${most} characters`;
  if (new Set(password).size < LEAST_DISTINCT) return 'it is made of too few different characters';
  if (isSequence(password)) return 'it is a sequence';
  if (isRepetition(password)) return 'it repeats one short piece';
  if (COMMON_PASSWORDS.has(password)) return 'it is among the most common ones';
  if (isCommonWordWithEnds(password)) return 'it is a common word with little around it';
  if (password.replaceAll(username, '').length < LEAST_BESIDE_NAME) return 'it is little more than the username';
  return null;
}

function isSequence(password: string): boolean {
  return SEQUENCES.some((sequence) => sequence.includes(password));
}

/** "abcabcabcabc": some piece of at most five characters, again and again. */
function isRepetition(password: string): boolean {
  for (let length = 1; length <= 5; length += 1) {
    const piece = password.slice(0, length);
    if (piece.repeat(Math.ceil(password.length / length)).slice(0, password.length) === password) return true;
  }
  return false;
}

function isCommonWordWithEnds(password: string): boolean {
  const word = password.replace(/^[^a-z]+|[^a-z]+$/g, '');
  const plain = Array.from(
    password.replace(/[^\p{L}]{0,6}$/u, ''),
    (character) => LEET.get(character) ?? character,
  ).join('');
  const isShort = (text: string) => password.length - text.length <= MOST_DECORATION;
  return [word, plain].some((text) => COMMON_STEMS.has(text) && isShort(text));
}

function backwards(text: string): string {
  return Array.from(text).reverse().join('');
}
