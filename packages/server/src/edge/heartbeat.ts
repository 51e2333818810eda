// One timer wheel for all connections of the server: pings, silence, greetings that do not come, closings that do not
// end, readers that take nothing. A tick visits one slot of the connections; nothing is timed per connection.
// Rules 16 and 19: a ping every `heartbeatMs`; a side that heard nothing for two of them closes with 4002.

/** What the wheel does with a connection. Ticks are the wheel's own count of time. */
export interface Beating {
  /** The tick at which something was last heard. */
  readonly heardTick: number;
  /** The slot that `Heartbeat.add` gave it. */
  slot: number;
  ping(): void;
  silent(): void;
}

/** Something that must have happened by a tick. */
export interface Deadline {
  expired(): void;
}

/** Slots are no shorter than this, however short the heartbeat is. Milliseconds. */
const SHORTEST_TICK_MS = 10;
const LONGEST_TICK_MS = 1_000;
const SLOTS_AT_LEAST = 10;

export class Heartbeat {
  readonly tickMs: number;
  readonly #slots: Set<Beating>[];
  /** Only connections that say hello or close are here: few, so each tick looks at all of them. */
  readonly #deadlines = new Map<Deadline, number>();
  readonly #nextTasks = new Set<() => void>();
  #tick = 0;
  #nextSlot = 0;

  /** @param heartbeatMs from one ping of a connection to its next */
  constructor(heartbeatMs: number) {
    this.tickMs = Math.min(LONGEST_TICK_MS, Math.max(SHORTEST_TICK_MS, Math.floor(heartbeatMs / SLOTS_AT_LEAST)));
    const count = Math.max(1, Math.ceil(heartbeatMs / this.tickMs));
    this.#slots = Array.from({ length: count }, () => new Set<Beating>());
  }

  /** The present tick. */
  get now(): number {
    return this.#tick;
  }

  /** Begins to ping: the first time within one heartbeat. Spread evenly, so that no tick has much to do. */
  add(connection: Beating): void {
    connection.slot = this.#nextSlot;
    this.#slots[connection.slot]?.add(connection);
    this.#nextSlot = (this.#nextSlot + 1) % this.#slots.length;
  }

  remove(connection: Beating): void {
    this.#slots[connection.slot]?.delete(connection);
  }

  /** Calls `expired` once, at the first tick after `delayMs`, unless `met` comes before. One deadline per thing. */
  expect(deadline: Deadline, delayMs: number): void {
    this.#deadlines.set(deadline, this.#tick + Math.ceil(delayMs / this.tickMs));
  }

  met(deadline: Deadline): void {
    this.#deadlines.delete(deadline);
  }

  /** Calls `task` at the next tick. */
  atNextTick(task: () => void): void {
    this.#nextTasks.add(task);
  }

  /** One step of the wheel; the owner calls it every `tickMs`. */
  tick(): void {
    this.#tick += 1;
    for (const task of [...this.#nextTasks]) {
      this.#nextTasks.delete(task);
      task();
    }
    this.#expire();
    const slot = this.#slots[this.#tick % this.#slots.length];
    if (slot === undefined) return;
    const silentSince = this.#tick - 2 * this.#slots.length;
    for (const connection of slot) {
      if (connection.heardTick <= silentSince) connection.silent();
      else connection.ping();
    }
  }

  #expire(): void {
    for (const [deadline, tick] of this.#deadlines) {
      if (tick > this.#tick) continue;
      this.#deadlines.delete(deadline);
      deadline.expired();
    }
  }
}
