// What a transaction of one conversation makes of the writes that wait for it: decides one after the other, each against what
// those before it left, and gives numbers. Reads and writes nothing.
import { emptyState, type UserId } from '@kith/protocol';
import type { Clock, Random } from '../../core/clock.js';
import type { Appended, ConversationRecord, Target } from '../../core/log.js';
import { type NumberedWrite, numberDrafts } from './entry-rows.js';
import type { PacedWrite, Paces } from './paces.js';
import type { PendingWrite } from './pending-write.js';
import type { Database } from './pool.js';
import type { Readers } from './readers.js';
import type { RecentKeys } from './recent-keys.js';
import type { Records } from './records.js';
import { judge, refusedStranger, type Verdict } from './verdict.js';

export type AloneParts = {
  readonly database: Database;
  readonly records: Records;
  readonly recent: RecentKeys;
  readonly clock: Clock;
  readonly random: Random;
  readonly secret: Buffer;
};

export type AloneOutcome = {
  /** Durable now, in order; with who reads since, or no more. */
  readonly written: readonly (PacedWrite & { readonly reader?: UserId })[];
  /** The same of those that wrote no entry. */
  readonly seated: readonly { readonly pending: PendingWrite; readonly answer: Appended }[];
  /** Not to be written. */
  readonly judged: readonly { readonly pending: PendingWrite; readonly verdict: Verdict }[];
  /** Those that come after one that must be looked up. */
  readonly rest: readonly PendingWrite[];
  /** The conversation as it is now; null where it does not exist. */
  readonly after: { readonly no: number; readonly record: ConversationRecord } | null;
};

/** What the writes are decided on; `target` is the entry that the first of them is about. */
type Before = {
  readonly record: ConversationRecord | null;
  readonly target: Target | null;
  readonly paces: Paces;
  readonly readers: Readers;
  /** The time that all entries bear. */
  readonly nowMs: number;
};

export function decideAll(
  parts: AloneParts,
  pendings: readonly PendingWrite[],
  before: Before,
): Omit<AloneOutcome, 'after'> {
  const decisions = new Decisions(parts, before);
  const end = pendings.findIndex((pending, index) => !decisions.take(pending, index === 0 ? before.target : null));
  const { written, seated, judged } = decisions;
  return { written, seated, judged, rest: end === -1 ? [] : pendings.slice(end) };
}

export function recordAfter({ write }: PendingWrite, numbered: NumberedWrite): ConversationRecord {
  return { id: write.conversation, workspace: write.workspace, state: numbered.state };
}

class Decisions {
  readonly written: AloneOutcome['written'][number][] = [];
  readonly seated: AloneOutcome['seated'][number][] = [];
  readonly judged: AloneOutcome['judged'][number][] = [];
  readonly #parts: AloneParts;
  readonly #before: Before;
  readonly #nowMs: number;
  #record: ConversationRecord | null;

  constructor(parts: AloneParts, before: Before) {
    this.#parts = parts;
    this.#before = before;
    this.#nowMs = before.nowMs;
    this.#record = before.record;
  }

  /** @returns false where it is for the next transaction, and so are those behind it */
  take(pending: PendingWrite, target: Target | null): boolean {
    const { write } = pending;
    const lastAt = this.#before.paces.lastAt(write, this.#record);
    // The next transaction knows when its author last wrote.
    if (lastAt === 'unknown') return false;
    const verdict = judge(pending, this.#before.readers.recordFor(this.#record), {
      recent: this.#parts.recent,
      nowMs: this.#parts.clock.monotonic(),
      isWrittenBefore: (key) =>
        this.written.some((other) => other.pending.write.author === write.author && other.pending.write.key === key),
      target,
      lastAt,
    });
    switch (verdict.type) {
      case 'look_up':
        return false;
      case 'seat':
        return this.#seat(pending, verdict);
      case 'write':
        return this.#write(pending, verdict);
      default:
        this.judged.push({ pending, verdict });
        return true;
    }
  }

  /** What the change feed says of entries and of readers are two rows: each has its own transaction. */
  #seat(pending: PendingWrite, { reader }: Extract<Verdict, { readonly type: 'seat' }>): boolean {
    if (this.written.length > 0) return false;
    if (this.#record === null) this.judged.push({ pending, verdict: refusedStranger() });
    else {
      this.#before.readers.seat(reader, this.#record.state);
      this.seated.push({ pending, answer: seatedAnswer(this.#record, reader.user, this.#nowMs) });
    }
    return true;
  }

  #write(pending: PendingWrite, { drafts, reader }: Extract<Verdict, { readonly type: 'write' }>): boolean {
    if (this.seated.length > 0) return false;
    const { readers, paces } = this.#before;
    const numbered = numberDrafts(this.#record?.state ?? emptyState(this.#nowMs), pending.write, {
      drafts,
      nowMs: this.#nowMs,
      random: this.#parts.random,
      secret: this.#parts.secret,
      reader: readers.ordinalOf(pending.write.author),
    });
    if (numbered === null) {
      this.judged.push({ pending, verdict: refusedStranger() });
      return true;
    }
    readers.note(numbered.entries, numbered.state);
    if (reader) readers.seat(reader, numbered.state);
    const isPaced = paces.note(pending.write, this.#record, this.#nowMs);
    this.written.push({ pending, numbered, isPaced, ...(reader && { reader: reader.user }) });
    this.#record = recordAfter(pending, numbered);
    return true;
  }
}

function seatedAnswer({ id, state }: ConversationRecord, reader: UserId, at: number): Appended {
  return { conversation: id, epoch: state.epoch, seq: state.head, at, duplicate: false, entries: [], reader };
}
