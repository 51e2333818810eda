// When things are said: over eight weeks, by day and mostly on workdays, in bursts; always forward.
import type { Dice } from './dice.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAYS = 56;
const KNOTS = 4_000;

export class Calendar {
  readonly #knots: readonly number[];
  readonly begin: number;

  /** @param until the last moment of it, in milliseconds */
  constructor(until: number, dice: Dice) {
    this.begin = until - DAYS * DAY_MS;
    const drawn = Array.from({ length: KNOTS }, () => this.#moment(until, dice));
    this.#knots = [...drawn.filter((at) => at < until), until].sort((a, b) => a - b);
  }

  /** @param part how much of everything has been said, from 0 to 1 */
  at(part: number): number {
    const place = Math.min(1, Math.max(0, part)) * (this.#knots.length - 1);
    const [from = this.begin, to = from] = this.#knots.slice(Math.floor(place), Math.floor(place) + 2);
    return Math.floor(from + (to - from) * (place % 1));
  }

  #moment(until: number, dice: Dice): number {
    for (;;) {
      // Squared: of late more was said than at first.
      const day = Math.floor((1 - dice.next() ** 1.4) * DAYS);
      const midnight = Math.floor((until - DAYS * DAY_MS) / DAY_MS + day) * DAY_MS;
      const weekday = new Date(midnight).getUTCDay();
      if ((weekday === 0 || weekday === 6) && !dice.isLucky(0.15)) continue;
      const hour = 7 + ((dice.next() + dice.next()) / 2) * 13;
      return Math.max(this.begin, midnight + hour * HOUR_MS);
    }
  }
}
