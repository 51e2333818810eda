// Text as it is compared in a search of messages, so that every adapter finds the same: compatibility forms are one, case
// and accents don't count, white space is one space. Marks that make another letter (in Japanese or Hindi, say) stay.
// Done here and not in a database: no extension and no locale has a say.

/**
 * What is folded as one where it matters from where it comes: white space, jamo, a half-width kana with its sound mark, a
 * character with its marks. Folded piece by piece, what people write is the same as folded at once; else a hit is not marked.
 */
const PIECES =
  /[\s\0]+|[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]+|[\uff66-\uff9d][\uff9e\uff9f]|[^\p{M}\s\0]\p{M}*|\p{M}+/gu;
const PLAIN = /^[\x20-\x7e]*$/;
/** Accents, the points of Hebrew and Arabic, variation selectors; and what has no width. */
const UNHEARD =
  /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]|[\u064b-\u065f]|\u0670|[\ufe00-\ufe0f]|[\u00ad\u200b-\u200f\u2060\ufeff]/g;
const OTHER_LETTERS = /[ßæœøđðłħıþς]/g;
const LETTERS: { readonly [letter: string]: string } = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  þ: 'th',
  ς: 'σ',
};
/** Half of a character, which no database keeps. */
const BROKEN = /\p{Cs}/gu;

/** Of a whole text at once, as fast as that goes: every message comes by here. */
export function foldText(text: string): string {
  return PLAIN.test(text) ? text.toLowerCase().replace(/ +/g, ' ') : folded(text);
}

export type FoldedText = {
  readonly text: string;
  /** For each unit of `text`: where in the given text the piece begins, and ends, that it comes from. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
};

/** The same, knowing where everything comes from. */
export function foldWithPlaces(given: string): FoldedText {
  const [starts, ends]: [number[], number[]] = [[], []];
  const known = new Map<string, string>();
  let text = '';
  for (const { 0: piece, index } of given.matchAll(PIECES)) {
    const said = known.get(piece) ?? foldText(piece);
    known.set(piece, said);
    // What is nothing between two spaces leaves one.
    const next = text.endsWith(' ') && said.startsWith(' ') ? said.slice(1) : said;
    text += next;
    for (let unit = 0; unit < next.length; unit += 1) {
      starts.push(index);
      ends.push(index + piece.length);
    }
  }
  return { text, starts, ends };
}

function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(UNHEARD, '')
    .normalize('NFC')
    .replace(OTHER_LETTERS, (letter) => LETTERS[letter] ?? letter)
    .replace(BROKEN, '\ufffd')
    .replace(/[\s\0]+/g, ' ');
}
