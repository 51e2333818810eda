// Draws what happens from the faults of the moment, in an order that the seed repeats. Where a time is always the same, or
// nothing can go wrong, nothing is drawn.
import type { Clock } from '@kith/server/core/clock';
import type { SeededRandom } from '../seeded-random.js';
import { type DatabaseFaults, FATES, type Fate, NO_FAULTS, type Span } from './faults.js';

/** The names of the spans. */
type SpanName = {
  [Name in keyof DatabaseFaults]: DatabaseFaults[Name] extends Span ? Name : never;
}[keyof DatabaseFaults];

export class Chances {
  readonly clock: Clock;
  readonly random: SeededRandom;
  faults: DatabaseFaults = NO_FAULTS;

  constructor(clock: Clock, random: SeededRandom) {
    this.clock = clock;
    this.random = random;
  }

  ms(name: SpanName): number {
    const [least, most] = this.faults[name];
    return least >= most ? least : least + this.random.below(most - least + 1);
  }

  /** Runs a task after a time of this name; in this very step where that is none. */
  after(name: SpanName, task: () => void): void {
    const delayMs = this.ms(name);
    if (delayMs === 0) task();
    else this.clock.after(delayMs, task);
  }

  fate(): Fate {
    const total = FATES.reduce((sum, name) => sum + this.faults[name], 0);
    if (total === 0) return 'well';
    let left = this.random.fraction();
    for (const name of FATES) {
      left -= this.faults[name];
      if (left < 0) return name;
    }
    return 'well';
  }

  isRefused(): boolean {
    return this.faults.refused > 0 && this.random.chance(this.faults.refused);
  }
}
