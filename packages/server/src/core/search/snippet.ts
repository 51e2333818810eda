// The part of a message that shows why it was found: plain text in pieces, and of each whether it is what was searched for.
// No markup: whoever shows it puts each piece into an element of its own, so that no message can be more than text.
import { foldWithPlaces } from './fold.js';
import { placesOf } from './terms.js';

export type SnippetPart = { readonly text: string; readonly hit: boolean };

/** In UTF-16 units: how much of the text is shown, and how much of that stands before the first hit. */
const LENGTH = 180;
const LEAD = 40;
const MOST_HITS = 20;

type Range = { readonly from: number; readonly to: number };

export function snippetOf(text: string, terms: readonly string[]): readonly SnippetPart[] {
  const hits = hitsIn(text, terms);
  const shown = windowOf(text, hits[0]);
  const parts: SnippetPart[] = shown.from > 0 ? [{ text: '…', hit: false }] : [];
  let at = shown.from;
  for (const hit of hits) {
    const [from, to] = [Math.max(hit.from, at), Math.min(hit.to, shown.to)];
    if (from >= to) continue;
    if (from > at) parts.push({ text: text.slice(at, from), hit: false });
    parts.push({ text: text.slice(from, to), hit: true });
    at = to;
  }
  if (at < shown.to) parts.push({ text: text.slice(at, shown.to), hit: false });
  if (shown.to < text.length) parts.push({ text: '…', hit: false });
  return parts;
}

/** Where the terms stand in the text as it was written, rising, joined where they touch. */
function hitsIn(text: string, terms: readonly string[]): readonly Range[] {
  const folded = foldWithPlaces(text);
  const found: Range[] = [];
  for (const term of terms) {
    let count = 0;
    for (const at of placesOf(folded.text, term)) {
      found.push({ from: folded.starts[at] ?? 0, to: folded.ends[at + term.length - 1] ?? 0 });
      count += 1;
      if (count === MOST_HITS) break;
    }
  }
  const joined: Range[] = [];
  for (const range of found.sort((a, b) => a.from - b.from || b.to - a.to)) {
    const last = joined.at(-1);
    if (last && range.from <= last.to) joined[joined.length - 1] = { ...last, to: Math.max(last.to, range.to) };
    else joined.push(range);
  }
  return joined;
}

/** Around the first hit, cut between words where there is one near, and never within a character. */
function windowOf(text: string, first: Range | undefined): Range {
  const wanted = Math.max(0, Math.min((first?.from ?? 0) - LEAD, text.length - LENGTH));
  const space = text.slice(wanted, first?.from ?? wanted).search(/\s/);
  const from = wanted === 0 ? 0 : boundary(text, space === -1 ? wanted : wanted + space + 1);
  return { from, to: boundary(text, Math.min(text.length, from + LENGTH)) };
}

function boundary(text: string, at: number): number {
  const isWithin = /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1));
  return isWithin ? at - 1 : at;
}
