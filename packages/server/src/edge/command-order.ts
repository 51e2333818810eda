// The order of one connection's commands in one conversation (rule 10 of the live stream): writes start at once, in the
// order in which they came, and the core keeps it; a read waits until the connection's earlier writes there are answered,
// and whatever comes after a waiting read waits behind it. Bounded by the commands that a connection may have pending.

type Ordered = { readonly isRead: boolean; readonly run: () => Promise<void> };

type Lane = { writes: number; readonly waiting: Ordered[] };

export class CommandOrder {
  /** Lanes with writes on their way; made for the first one. */
  #lanes: Map<string, Lane> | null = null;

  /**
   * @param lane the conversation; null for a command of none, which waits for nothing
   * @param command `run` never rejects
   */
  start(lane: string | null, command: Ordered): void {
    if (lane === null) {
      void command.run();
      return;
    }
    const known = this.#lanes?.get(lane);
    if (known === undefined) {
      if (command.isRead) void command.run();
      else this.#write(lane, { writes: 0, waiting: [] }, command);
      return;
    }
    if (command.isRead || known.waiting.length > 0) known.waiting.push(command);
    else this.#write(lane, known, command);
  }

  #write(name: string, ...[lane, command]: [Lane, Ordered]): void {
    this.#lanes ??= new Map();
    this.#lanes.set(name, lane);
    lane.writes += 1;
    void command.run().then(() => this.#written(name, lane));
  }

  #written(name: string, lane: Lane): void {
    lane.writes -= 1;
    while (lane.waiting.length > 0) {
      const [next] = lane.waiting;
      if (next === undefined || (next.isRead && lane.writes > 0)) return;
      lane.waiting.shift();
      if (next.isRead) void next.run();
      else this.#write(name, lane, next);
    }
    if (lane.writes > 0) return;
    this.#lanes?.delete(name);
    if (this.#lanes?.size === 0) this.#lanes = null;
  }
}
