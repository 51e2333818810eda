// Randomness that a seed decides: the same seed throws the same, on every machine. Nothing secret is made of it.
import type { Random } from '@kith/server/core/clock';

export class Dice implements Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  constructor(seed: string) {
    [this.#a, this.#b, this.#c] = [hashOf(`${seed} a`), hashOf(`${seed} b`), hashOf(`${seed} c`)];
    for (let warm = 0; warm < 16; warm += 1) this.next();
  }

  /** From 0 to below 1, in steps of 2^-32. Chris Doty-Humphrey's sfc32. */
  next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** A whole number from `least` to `most`. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  isLucky(chance: number): boolean {
    return this.next() < chance;
  }

  /** One of them. @throws Error where there is none */
  pick<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.next() * from.length)];
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  }

  /** One of them, the first ones far more often than the last. @throws Error where there is none */
  pickEarly<T>(from: readonly T[]): T {
    const picked = from[Math.floor(this.next() ** 2.2 * from.length)];
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  }

  shuffled<T>(all: readonly T[]): readonly T[] {
    const weighed = all.map((one) => ({ one, weight: this.next() }));
    return weighed.sort((a, b) => a.weight - b.weight).map(({ one }) => one);
  }

  bytes(size: number): Uint8Array {
    return Uint8Array.from({ length: size }, () => this.whole(0, 255));
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const sign of text) hash = Math.imul(hash ^ (sign.codePointAt(0) ?? 0), 0x01000193);
  return hash | 0;
}
