// Writes the history down as it happens. Before each event it notes what the database has committed since the last one, so
// that what was confirmed or given out can be held against what was durable at that very moment.
import type { Entry } from '@kith/protocol';
import type { FakeClock } from '@kith/testkit/fake-clock';
import type { FinalLog, HistoryEvent, Mark, Noted } from './history.js';

/** The database as it is, read behind the back of all that is tested. */
export interface Truth {
  /** Another value after every change. */
  readonly version: number | string;
  logs(): Iterable<FinalLog>;
}

type Known = { epoch: number; head: number; first: number; readonly marks: Map<string, Mark> };

export class Recorder {
  readonly events: HistoryEvent[] = [];
  readonly #clock: FakeClock;
  readonly #truth: Truth;
  readonly #known = new Map<string, Known>();
  #version: number | string = -1;

  constructor(clock: FakeClock, truth: Truth) {
    this.#clock = clock;
    this.#truth = truth;
  }

  note(event: Noted): void {
    this.#sync();
    this.#push(event);
  }

  /** The database is at an earlier moment again. */
  restored(): void {
    const logs = [...this.#truth.logs()];
    this.#known.clear();
    for (const { conversation, epoch, first = 1, entries, marks } of logs) {
      const known = new Map(marks.map((mark) => [mark.user, mark]));
      this.#known.set(conversation, { epoch, head: entries.length, first, marks: known });
    }
    this.#version = this.#truth.version;
    const heads = logs.map(({ entries, ...log }) => ({ ...log, head: entries.length }));
    this.#push({ type: 'restored', who: 'database', logs: heads });
  }

  #sync(): void {
    if (this.#truth.version === this.#version) return;
    this.#version = this.#truth.version;
    for (const log of this.#truth.logs()) this.#compare(log);
  }

  #compare({ conversation, epoch, first = 1, entries, marks }: FinalLog): void {
    const known = this.#known.get(conversation) ?? { epoch, head: 0, first: 1, marks: new Map<string, Mark>() };
    this.#known.set(conversation, known);
    if (entries.length > known.head) {
      const fresh: readonly Entry[] = entries.slice(known.head);
      known.head = entries.length;
      this.#push({ type: 'committed', who: 'database', conversation, entries: fresh });
    }
    if (first > known.first) {
      known.first = first;
      this.#push({ type: 'trimmed', who: 'database', conversation, epoch, first, time: this.#clock.now() });
    }
    const changed = marks.filter(({ user, delivered, read }) => {
      const before = known.marks.get(user);
      return before?.delivered !== delivered || before.read !== read;
    });
    if (changed.length === 0) return;
    for (const mark of changed) known.marks.set(mark.user, mark);
    this.#push({ type: 'marked', who: 'database', conversation, epoch, marks: changed });
  }

  #push(event: Noted): void {
    this.events.push({ at: this.#clock.monotonic(), ...event });
  }
}
