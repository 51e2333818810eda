// Which connections of a pool are in doubt. Where one gave no answer, the network may have lost the idle ones with it, and
// nobody was told: what was last heard from before the unanswered statement was sent is not used again. Else each of them
// would cost somebody the whole time of waiting.

/** A statement gave no answer in time. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  constructor(timeoutMs: number) {
    super(`the database gave no answer within ${timeoutMs} ms`);
  }
}

export class Doubt<Connection extends object> {
  /** Counts answers, and so tells what came before what. */
  #heard = 0;
  readonly #heardAt = new WeakMap<Connection, number>();
  #before = -1;

  /** What is sent now: for `failed`. */
  get moment(): number {
    return this.#heard;
  }

  /** The connection answered. */
  heard(connection: Connection): void {
    this.#heard += 1;
    this.#heardAt.set(connection, this.#heard);
  }

  /** @param moment when it was sent */
  failed(error: unknown, moment: number): void {
    if (error instanceof NoAnswer) this.#before = Math.max(this.#before, moment);
  }

  /** A new connection never is. */
  has(connection: Connection): boolean {
    return (this.#heardAt.get(connection) ?? Number.POSITIVE_INFINITY) <= this.#before;
  }
}
