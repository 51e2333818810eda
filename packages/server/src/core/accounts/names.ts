// How names are compared and found: the one place that folds case and accents, so that every store finds the same people.
import type { SearchTerm } from '../directory.js';

/** Words of a name beyond this many are not search terms of their own. */
const MOST_WORDS = 8;

/** What tells two usernames apart. Usernames are ASCII, so no locale has a say. */
export function usernameKey(username: string): string {
  return username.toLowerCase();
}

/** Longest username (H10). */
const LONGEST_USERNAME = 32;

/** A username that resembles a name, for someone who comes without one; `person` where nothing of it can be used. */
export function usernameFrom(name: string): string {
  const words = searchKey(name).match(/[a-z0-9]+/g) ?? ['person'];
  return words.join('.').slice(0, LONGEST_USERNAME).replace(/\.$/, '');
}

/** Another one, told apart by letters and digits at its end. */
export function withSuffix(username: string, suffix: string): string {
  return `${username.slice(0, LONGEST_USERNAME - 1 - suffix.length)}-${suffix}`;
}

/** Longest term, in code points: one compatibility character can stand for eighteen, and an index has its limits. */
const LONGEST_TERM = 100;

/** Text as it is compared in a search: without accents, lower case, single spaces, at most 100 code points. */
export function searchKey(text: string): string {
  const folded = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim().replace(/\s+/g, ' ');
  return folded.length <= LONGEST_TERM ? folded : Array.from(folded).slice(0, LONGEST_TERM).join('').trim();
}

/**
 * All under which a person is found: username and name as a whole, and the rest of each from every word on, so that
 * "ann smith" and "smith" find Mary Ann Smith. At most 16 terms.
 */
export function searchTerms(username: string, name: string): readonly SearchTerm[] {
  const terms = new Map<string, boolean>();
  for (const text of [searchKey(username), searchKey(name)]) {
    terms.set(text, true);
    for (const word of restsFromWords(text)) terms.set(word, terms.get(word) ?? false);
  }
  terms.delete('');
  return [...terms].map(([text, isWhole]) => ({ text, isWhole }));
}

function restsFromWords(text: string): readonly string[] {
  return [...text.matchAll(/[\s._-]+(?=[^\s._-])/g)]
    .slice(0, MOST_WORDS - 1)
    .map((gap) => text.slice(gap.index + gap[0].length));
}
