// What is searched for: the terms of a query, when one stands in a text, and how well. A term stands in a text where its
// characters do, in a row, also within a word. One or two characters of a script that puts spaces between its words stand
// in nearly every text, so such a term stands where a word begins with it.
import { foldText } from './fold.js';

/** Scripts that are written without spaces between words, Korean, whose words are joined with others, and pictures. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Extended_Pictographic}ー]/u;
/** Everything before it is of no such script. */
const FIRST_WIDE = 0xa9;
const OF_WORDS = /[\p{L}\p{N}\p{M}_]/u;
const ASCII = Uint8Array.from({ length: 0x80 }, (_, character) =>
  OF_WORDS.test(String.fromCodePoint(character)) ? 1 : 0,
);
/** So many characters or more are looked for anywhere in a text, in every script. */
export const LONG_TERM = 3;

/** @param character its code point */
export function isWide(character: number): boolean {
  return character >= FIRST_WIDE && WIDE.test(String.fromCodePoint(character));
}

/** Whether words are made of it. @param character its code point */
export function isOfWords(character: number): boolean {
  // Most characters of most texts, and a pattern takes a tenth of a microsecond for each.
  if (character < ASCII.length) return ASCII[character] === 1;
  return OF_WORDS.test(String.fromCodePoint(character));
}

/** Words, and phrases in double quotes, folded; each once. None where there is nothing to search for. */
export function parseTerms(query: string): readonly string[] {
  const found = [...foldText(query).matchAll(/"([^"]*)"|[^\s"]+/g)].map(([word, phrase]) => (phrase ?? word).trim());
  return [...new Set(found)].filter((term) => term !== '');
}

/** Whether a term of this shape is looked for at the beginnings of words alone. */
export function isOfBeginnings(term: string): boolean {
  const characters = Array.from(term);
  return characters.length < LONG_TERM && !characters.some((character) => isWide(character.codePointAt(0) ?? 0));
}

/** Where a term stands in a folded text, rising, without overlaps. */
export function* placesOf(text: string, term: string): Generator<number> {
  const beginsWord = isOfBeginnings(term);
  for (let at = text.indexOf(term); at !== -1; ) {
    const isPlace = !beginsWord || beginsAt(text, at);
    if (isPlace) yield at;
    at = text.indexOf(term, at + (isPlace ? term.length : 1));
  }
}

export function matches(text: string, terms: readonly string[]): boolean {
  return terms.every((term) => placesOf(text, term).next().done === false);
}

/** How well a folded text fits: whole words before beginnings of words before the rest, and the terms in a row before all. */
export function scoreOf(text: string, terms: readonly string[]): number {
  const inARow = terms.length > 1 && text.includes(terms.join(' ')) ? 3 : 0;
  return terms.reduce((sum, term) => sum + termScore(text, term), inARow);
}

function termScore(text: string, term: string): number {
  let best = 0;
  for (const at of placesOf(text, term)) {
    const begins = beginsAt(text, at);
    best = Math.max(best, begins && endsAt(text, at + term.length) ? 3 : begins ? 2 : 1);
    if (best === 3) break;
  }
  return best;
}

function beginsAt(text: string, at: number): boolean {
  return at === 0 || !isOfWords(characterBefore(text, at));
}

function endsAt(text: string, at: number): boolean {
  const next = text.codePointAt(at);
  return next === undefined || !isOfWords(next);
}

function characterBefore(text: string, at: number): number {
  const isPair = at > 1 && /[\udc00-\udfff]/.test(text.charAt(at - 1));
  return text.codePointAt(isPair ? at - 2 : at - 1) ?? 0;
}
