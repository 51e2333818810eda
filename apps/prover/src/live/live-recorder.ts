// Writes down what real sockets carried, as it was seen at the devices' end, and makes a history of it when all is over.
//
// Nobody can look into a real database at the very moment of an answer. So an entry counts as committed right before the first
// thing that bears witness to it: an answer, a pushed frame, a summary. Its contents are those that were seen first, or, where
// nobody saw it, what the database has in the end. What was confirmed and is nowhere has no commit, and breaks `kept`.
import type { Entry } from '@kith/protocol';
import type { FrameWatch } from '@kith/testkit/cluster/frame-watch';
import { HISTORY_FORMAT, type History, type HistoryEvent, type Noted } from '../history/history.js';
import { ObservedFrames, type Parties } from '../history/observed-frames.js';

/** By conversation and number. */
type Entries = Map<string, Map<number, Entry>>;

export class LiveRecorder {
  readonly #events: HistoryEvent[] = [];
  readonly #witnessed: Entries = new Map();
  readonly #startedMs = performance.now();

  get atMs(): number {
    return Math.round(performance.now() - this.#startedMs);
  }

  get events(): readonly HistoryEvent[] {
    return this.#events;
  }

  note(event: Noted): void {
    this.#events.push({ at: this.atMs, ...event });
  }

  watch(parties: Parties): FrameWatch {
    const frames = new ObservedFrames(this, parties);
    return {
      heard: (text) => frames.heard(text),
      said: (text) => {
        witness(this.#witnessed, JSON.parse(text));
        frames.said(text);
      },
    };
  }

  /** The document. @param given the rest of it */
  history({ plan, people, end }: Pick<History, 'plan' | 'people' | 'end'>): History {
    const known: Entries = new Map();
    for (const { entries } of end.logs) for (const entry of entries) put(known, entry);
    for (const entries of this.#witnessed.values()) for (const entry of entries.values()) put(known, entry);
    const commits = new Commits(known);
    const events = this.#events.flatMap((event) => [...commits.before(event), event]);
    const at = this.atMs;
    const marked = end.logs.map(({ conversation, epoch, marks }): HistoryEvent => {
      return { at, who: 'database', type: 'marked', conversation, epoch, marks };
    });
    return { format: HISTORY_FORMAT, plan, people, events: [...events, ...commits.rest(at), ...marked], end };
  }
}

class Commits {
  readonly #known: Entries;
  readonly #heads = new Map<string, number>();

  constructor(known: Entries) {
    this.#known = known;
  }

  before(event: HistoryEvent): readonly HistoryEvent[] {
    return shownBy(event).flatMap(([conversation, seq]) => this.#upTo(conversation, { seq, at: event.at }));
  }

  rest(at: number): readonly HistoryEvent[] {
    return [...this.#known].flatMap(([conversation, entries]) => {
      return this.#upTo(conversation, { seq: Math.max(...entries.keys()), at });
    });
  }

  /** What is not known ends it: nothing is committed above a hole. */
  #upTo(conversation: string, { seq, at }: { readonly seq: number; readonly at: number }): readonly HistoryEvent[] {
    const entries: Entry[] = [];
    for (let next = (this.#heads.get(conversation) ?? 0) + 1; next <= seq; next += 1) {
      const entry = this.#known.get(conversation)?.get(next);
      if (entry === undefined) break;
      entries.push(entry);
    }
    const last = entries.at(-1);
    if (last === undefined) return [];
    this.#heads.set(conversation, last.seq);
    return [{ at, who: 'database', type: 'committed', conversation, entries }];
  }
}

/** The numbers that must be in the log if this is true. */
function shownBy(event: HistoryEvent): readonly (readonly [conversation: string, seq: number])[] {
  switch (event.type) {
    case 'acked':
      return [[event.conversation, event.seq]];
    case 'told':
      return event.entries.map(({ conversation, seq }) => [conversation, seq]);
    case 'described':
      return event.summaries.map(({ conversation, head }) => [conversation, head]);
    default:
      return [];
  }
}

/** Finds whole entries at any depth of a frame; the first of a number counts. */
function witness(found: Entries, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (isEntry(value)) {
    if (!found.get(value.conversation)?.has(value.seq)) put(found, withoutType(value));
    return;
  }
  for (const inner of Object.values(value)) witness(found, inner);
}

function isEntry(value: object): value is Entry {
  return 'conversation' in value && 'seq' in value && 'kind' in value && 'body' in value && 'n' in value;
}

function withoutType(entry: Entry): Entry {
  const { type: _, ...rest } = { type: '', ...entry };
  return rest;
}

function put(entries: Entries, entry: Entry): void {
  const bySeq = entries.get(entry.conversation) ?? new Map<number, Entry>();
  entries.set(entry.conversation, bySeq);
  bySeq.set(entry.seq, entry);
}
