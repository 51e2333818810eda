// What an index looks messages up by: numbers that stand for groups of characters, and for what else can be asked for.
// Whoever has a term in a text has its tokens, too; the reverse is nearly so, and whoever asks looks at the text as well.
// One pure function for every adapter, so that no database needs an extension and no locale has a say.
import { isOfBeginnings, isOfWords, isWide, LONG_TERM } from './terms.js';

/** Most tokens of one query: any of a term's are enough to find it, and more only narrow what is looked at. */
const MOST_ASKED = 24;
const SPACE = 0x20;
/** Before the first one or two characters of a word. */
const BEGINNING = '^';

/**
 * The tokens of a folded text: every three characters in a row; of scripts without spaces every one and two; and the first
 * one and two of each word. Texts are long and a server has others to serve, so no group is made as a string.
 */
export function searchTokens(text: string): ReadonlySet<number> {
  const characters = codePoints(text);
  const tokens = new Set<number>();
  const first = hashOf(BEGINNING);
  let isTwoWide = isWide(characterAt(characters, 0));
  for (let index = 0; index < characters.length; index += 1) {
    const [one, two] = [characterAt(characters, index), characterAt(characters, index + 1)];
    const three = characterAt(characters, index + 2);
    const isOneWide = isTwoWide;
    isTwoWide = isWide(two);
    if (one === SPACE) continue;
    const pair = mix(mix(BASIS, one), two);
    if (three !== SPACE) tokens.add(mix(pair, three) | 0);
    if (isOneWide) tokens.add(mix(BASIS, one) | 0);
    if (two !== SPACE && (isOneWide || isTwoWide)) tokens.add(pair | 0);
    const before = characters[index - 1];
    if (isOneWide || (before !== undefined && isOfWords(before))) continue;
    const beginning = mix(first, one);
    tokens.add(beginning | 0);
    if (two !== SPACE && !isTwoWide) tokens.add(mix(beginning, two) | 0);
  }
  return tokens;
}

/** Behind the end there are spaces. */
function characterAt(characters: Uint32Array, index: number): number {
  return characters[index] ?? SPACE;
}

function codePoints(text: string): Uint32Array {
  const characters = new Uint32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.codePointAt(at) ?? SPACE;
    if (character > 0xffff) at += 1;
    characters[count] = character;
    count += 1;
  }
  return characters.subarray(0, count);
}

/** Tokens that a folded text has where all these terms stand in it; at least one, at most 24. */
export function tokensOfTerms(terms: readonly string[]): readonly number[] {
  const tokens = [...new Set(terms.flatMap((term) => groupsOf(term).map(tokenOf)))];
  const step = Math.max(1, tokens.length / MOST_ASKED);
  return tokens.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
}

function groupsOf(term: string): readonly string[] {
  const characters = Array.from(term);
  if (characters.length < LONG_TERM) return [isOfBeginnings(term) ? `${BEGINNING}${term}` : term];
  const places = characters
    .slice(2)
    .flatMap((three, place) => (characters[place] === ' ' || three === ' ' ? [] : [place]));
  return sparse(places).map((place) => characters.slice(place, place + LONG_TERM).join(''));
}

/**
 * Of the places of groups the first, the last, and so many between that no character is left out. Each group that is asked for
 * is a list to walk, as long as the history; one that lies in its neighbours tells hardly any texts apart that they don't.
 */
function sparse(places: readonly number[]): readonly number[] {
  const kept: number[] = [];
  places.forEach((place, index) => {
    const [last, next] = [kept.at(-1), places[index + 1] ?? Number.POSITIVE_INFINITY];
    if (last === undefined || next > last + LONG_TERM) kept.push(place);
  });
  return kept;
}

/** A token of something else than text: its author, its conversation, a flag, its days. */
export function tokenOfFact(
  name: 'author' | 'conversation' | 'flag' | `days${number}`,
  value: string | number,
): number {
  return tokenOf(`${name}:${value}`);
}

/** FNV-1a, 32 bits, as PostgreSQL's `int`. Two groups seldom share a number, and then a text too many is looked at. */
function tokenOf(group: string): number {
  return hashOf(group) | 0;
}

const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

function hashOf(group: string): number {
  let hash = BASIS;
  for (let index = 0; index < group.length; index += 1) hash = Math.imul(hash ^ group.charCodeAt(index), PRIME);
  return hash;
}

/** Goes on with one more character, by its UTF-16 units. */
function mix(hash: number, character: number): number {
  if (character <= 0xffff) return Math.imul(hash ^ character, PRIME);
  const above = character - 0x10000;
  const high = Math.imul(hash ^ (0xd800 + (above >> 10)), PRIME);
  return Math.imul(high ^ (0xdc00 + (above & 0x3ff)), PRIME);
}
