// Texts of exactly 200 bytes, of words as people say them: some often, most hardly ever. Texts of random characters, which
// these were once, are as long on the wire, but no chat has them: each of their groups of three characters is a rare one,
// and to keep them in the index of messages took the database eight times the work.
import { Chatter } from './chatter.js';

const TEXT_BYTES = 200;
const VARIANTS = 4_096;
const SEED = 200;

const TEXTS = makeTexts();

export function textOf(number: number): string {
  return TEXTS[number % VARIANTS] ?? '';
}

function makeTexts(): readonly string[] {
  const chatter = new Chatter(SEED);
  return Array.from({ length: VARIANTS }, () => {
    let text = chatter.word();
    while (text.length < TEXT_BYTES) text += ` ${chatter.word()}`;
    // A space at the end would be trimmed.
    return `${text.slice(0, TEXT_BYTES - 1)}.`;
  });
}
