// Randomness that a test can repeat: the same seed gives the same bytes and choices, on every machine.
// The generator is sfc32 (Chris Doty-Humphrey's small fast counter): good for choices, never for secrets.
import type { Random } from '@kith/server/core/clock';

const WARM_UP_ROUNDS = 15;

export class SeededRandom implements Random {
  readonly seed: number;
  #a: number;
  #b = 0x9e3779b9;
  #c = 0x243f6a88;
  #counter = 1;

  /** @param seed any integer; its low 32 bits count */
  constructor(seed: number) {
    this.seed = seed;
    this.#a = seed | 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) this.#next();
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.#next() & 0xff);
  }

  /** From 0 (inclusive) to 1 (exclusive). */
  fraction(): number {
    return this.#next() / 0x1_0000_0000;
  }

  /** An integer from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  /** True with the given probability; 0 is never, 1 always. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** Another line of chances, by the same seed and a name: what is drawn from one changes nothing in the other. */
  fork(name: string): SeededRandom {
    let hash = this.seed ^ 0x811c9dc5;
    for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    return new SeededRandom(hash);
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}
