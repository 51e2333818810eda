// Tasks by the time at which they are due; those of one moment in the order in which they were put. A binary heap: a
// simulated minute of a few clients puts and takes tens of thousands. One that was cancelled leaves when its turn comes, or
// when most of what is held is of that kind.
export type Task = {
  readonly dueMs: number;
  readonly order: number;
  /** Null once it was cancelled or has run. */
  run: (() => void) | null;
};

/** Below this many nothing is worth tidying up. */
const FEW = 64;

export class TaskHeap {
  #tasks: Task[] = [];
  #order = 0;
  #live = 0;

  /** Tasks that were neither cancelled nor taken. */
  get size(): number {
    return this.#live;
  }

  put(dueMs: number, run: () => void): Task {
    this.#order += 1;
    const task: Task = { dueMs, order: this.#order, run };
    this.#live += 1;
    this.#tasks.push(task);
    this.#rise(this.#tasks.length - 1);
    return task;
  }

  cancel(task: Task): void {
    if (task.run === null) return;
    task.run = null;
    this.#live -= 1;
    if (this.#tasks.length < FEW || this.#live * 2 > this.#tasks.length) return;
    this.#tasks = this.#tasks.filter(({ run: own }) => own !== null).sort(byTurn);
  }

  /** Takes the first task that is due by `untilMs`; null where there is none. */
  take(untilMs: number): (() => void) | null {
    const task = this.#first();
    if (task === null || task.dueMs > untilMs) return null;
    this.#pop();
    const { run } = task;
    task.run = null;
    this.#live -= 1;
    return run;
  }

  /** When the next task is due; null where there is none. */
  get nextDueMs(): number | null {
    return this.#first()?.dueMs ?? null;
  }

  #first(): Task | null {
    for (let [task] = this.#tasks; task; [task] = this.#tasks) {
      if (task.run !== null) return task;
      this.#pop();
    }
    return null;
  }

  #pop(): void {
    const last = this.#tasks.pop();
    if (last === undefined || this.#tasks.length === 0) return;
    this.#tasks[0] = last;
    this.#sink(0);
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#swapped(parent, at)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = at * 2 + 1;
      const [one, other] = [this.#tasks[left], this.#tasks[left + 1]];
      if (!one) return;
      const least = other && byTurn(other, one) < 0 ? left + 1 : left;
      if (!this.#swapped(at, least)) return;
      at = least;
    }
  }

  /** Puts the two in order, where they aren't. */
  #swapped(upper: number, lower: number): boolean {
    const [one, other] = [this.#tasks[upper], this.#tasks[lower]];
    if (!one || !other || byTurn(one, other) < 0) return false;
    this.#tasks[upper] = other;
    this.#tasks[lower] = one;
    return true;
  }
}

function byTurn(one: Task, other: Task): number {
  return one.dueMs - other.dueMs || one.order - other.order;
}
