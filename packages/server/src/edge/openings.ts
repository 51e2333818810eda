// Lets streams open so many at a time, in the order in which they said hello. After a restart everybody comes back at once, and
// opening a stream is work for server and database alike: all of them together would each be done late, and every turn of the
// event loop would be as long as what thousands ask for in it, for those who are there and talk, too.
// Bounded by the connections that may be yet to be greeted (`MAX_HANDSHAKES`).

/**
 * So many open at once. What they read of the database is read together (`core/gathered.ts`), at each of four steps for 16
 * people at most: of 5,000 who came at once 16 had fewer served in a second, 64 as many as all of them, and the others waited a
 * quarter of the time.
 */
const WIDTH = 64;

export class Openings {
  readonly #width: number;
  readonly #defer: (task: () => void) => void;
  /** Those that wait are behind `#place`. */
  #waiting: (() => void)[] = [];
  #place = 0;
  #underWay = 0;

  /** @param defer has it done in a later turn of the event loop */
  constructor({ width = WIDTH, defer = setImmediate as (task: () => void) => void } = {}) {
    this.#width = width;
    this.#defer = defer;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length - this.#place;
  }

  /** Does it at its turn. @param open never throws */
  async run(open: () => Promise<void>): Promise<void> {
    if (this.#underWay < this.#width) this.#underWay += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    await open();
    this.#defer(() => this.#next());
  }

  /** Who is done makes room for the first that waits. */
  #next(): void {
    const next = this.#waiting[this.#place];
    if (next === undefined) {
      this.#underWay -= 1;
      this.#waiting = [];
      this.#place = 0;
      return;
    }
    this.#place += 1;
    next();
  }
}
