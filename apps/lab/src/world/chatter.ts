// Messages as they are searched: words of which few are said often and most hardly ever, of several lengths, some of them
// Chinese, some with an address. The first are English words, and the rest are made of groups of three letters that stand in
// these: which groups there are, and how seldom, is what an index of them lives on. Made from a seed, so that two runs search
// the same.
import { VOCABULARY } from './vocabulary.js';

const WORDS = 20_000;
/** How much more often the first words are said than the last: at 1 the second is said half as often as the first. */
const SKEW = 1.05;
/** Of what is made of groups of letters. */
const [FEWEST_LETTERS, MOST_LETTERS] = [5, 12];
const HAN = Array.from({ length: 800 }, (_, index) => String.fromCodePoint(0x4e00 + index * 7));
const CHINESE_SHARE = 0.05;
const LINK_SHARE = 0.03;
const [SHORTEST, LONGEST] = [3, 18];

export class Chatter {
  readonly #words: readonly string[];
  readonly #bounds: Float64Array;
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
    const words = new Set(VOCABULARY);
    while (words.size < WORDS) words.add(this.#made());
    this.#words = [...words];
    this.#bounds = new Float64Array(WORDS);
    let sum = 0;
    for (let index = 0; index < WORDS; index += 1) {
      sum += 1 / (index + 1) ** SKEW;
      this.#bounds[index] = sum;
    }
  }

  /** From 0 up to, without, `below`. */
  below(below: number): number {
    // xorshift32: good enough for texts.
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  /** One as often as it is said. */
  word(): string {
    const total = this.#bounds.at(-1) ?? 0;
    const wanted = (this.below(1_000_000_000) / 1_000_000_000) * total;
    let [low, high] = [0, WORDS - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#bounds[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#words[low] ?? '';
  }

  /** The word with this rank: 0 is said the most. */
  wordAt(rank: number): string {
    return this.#words[rank] ?? '';
  }

  han(count: number): string {
    return Array.from({ length: count }, () => HAN[Math.min(this.below(HAN.length), this.below(HAN.length))]).join('');
  }

  message(): string {
    if (this.#happens(CHINESE_SHARE)) return this.han(4 + this.below(30));
    const words = Array.from({ length: SHORTEST + this.below(LONGEST - SHORTEST) }, () => this.word());
    if (this.#happens(LINK_SHARE)) words.push(`https://example.org/${this.word()}/${this.below(10_000)}`);
    return words.join(' ');
  }

  #happens(share: number): boolean {
    return this.below(1_000) < share * 1_000;
  }

  /** Letters after letters, each as often as it follows these two in a word of the vocabulary. */
  #made(): string {
    for (;;) {
      let word = this.#oneOf(BEGINNINGS);
      while (word.length < MOST_LETTERS) {
        const next = this.#oneOf(NEXT.get(word.slice(-2)) ?? [END]);
        if (next === END) break;
        word += next;
      }
      if (word.length >= FEWEST_LETTERS) return word;
    }
  }

  #oneOf(all: readonly string[]): string {
    return all[this.below(all.length)] ?? '';
  }
}

const END = ' ';
const BEGINNINGS = VOCABULARY.map((word) => word.slice(0, 2));
/** By two letters. */
const NEXT = followers();

function followers(): ReadonlyMap<string, readonly string[]> {
  const next = new Map<string, string[]>();
  for (const word of VOCABULARY) {
    for (let at = 0; at + 2 <= word.length; at += 1) {
      const two = word.slice(at, at + 2);
      const known = next.get(two) ?? [];
      known.push(word[at + 2] ?? END);
      next.set(two, known);
    }
  }
  return next;
}
