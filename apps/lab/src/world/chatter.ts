// Messages as they are searched: words of which few are said often and most hardly ever, of several lengths, some of them
// Chinese, some with an address. Made from a seed, so that two runs search the same.
const WORDS = 20_000;
/** How much more often the first words are said than the last: at 1 the second is said half as often as the first. */
const SKEW = 1.05;
const SYLLABLES = 'ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo yu za ber con den ing ter'.split(' ');
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
    this.#words = Array.from({ length: WORDS }, (_, index) => this.#word(index));
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

  /** The more often a word is said the shorter it is. */
  #word(rank: number): string {
    const syllables = 1 + Math.floor(Math.log10(rank + 2) / 1.1) + this.below(2);
    const word = Array.from({ length: syllables }, () => SYLLABLES[this.below(SYLLABLES.length)]).join('');
    return `${word}${rank > 400 ? (SYLLABLES[rank % SYLLABLES.length] ?? '') : ''}`;
  }
}
