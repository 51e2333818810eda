// What a run has found: figures that are held against targets, ratios to the plain stack, and everything else by step.
// Also the violations, of which one is enough for the run to fail.
import { median } from './measure/samples.js';
import type { Violations } from './world/measure-load.js';

export type Ratio = {
  readonly what: string;
  readonly unit: string;
  readonly kith: readonly number[];
  readonly plain: readonly number[];
  /** Of each round: how many times better Kith is. */
  readonly ratios: readonly number[];
  readonly median: number;
};

export class Results {
  readonly figures = new Map<string, number>();
  readonly rounds: { [figure: string]: readonly number[] } = {};
  readonly ratios: Ratio[] = [];
  readonly details: { [step: string]: unknown } = {};

  /** Notes a figure as the median of its rounds. */
  figure(id: string, rounds: readonly number[]): void {
    this.figures.set(id, median(rounds));
    this.rounds[id] = rounds;
  }

  /** @param better whether the higher or the lower number is the better one */
  compare(
    what: string,
    unit: string,
    given: { kith: readonly number[]; plain: readonly number[]; better: 'higher' | 'lower' },
  ): void {
    const { kith, plain, better } = given;
    const ratios = kith.map((value, round) => {
      const other = plain[round] ?? Number.NaN;
      return better === 'higher' ? value / other : other / value;
    });
    this.ratios.push({ what, unit, kith, plain, ratios, median: median(ratios) });
  }

  /** Adds violations of Kith: a hole, or a copy that never came, is a broken order too. */
  violated({ outOfOrder, holes, undelivered, lost }: Violations): void {
    this.#add('out-of-order', outOfOrder + holes + undelivered);
    this.#add('lost', lost ?? 0);
  }

  get isCorrect(): boolean {
    return (this.figures.get('out-of-order') ?? 0) === 0 && (this.figures.get('lost') ?? 0) === 0;
  }

  #add(id: string, count: number): void {
    this.figures.set(id, (this.figures.get(id) ?? 0) + count);
  }
}
