// Marks on their way: gathered per member and conversation, written in one statement for many, and told to those who may
// see them. The first is written at once, further ones at most every TIMES.marksMs; a `read` does not wait for the time of a
// `delivered` before it. What dies with a node does no harm: a client sends the higher ones again after its next welcome.
import {
  ChatError,
  type ConversationId,
  type ConversationState,
  LIMITS,
  TIMES,
  toId,
  type UserId,
} from '@kith/protocol';
import { requireReader } from '../access.js';
import type { Cancel } from '../clock.js';
import type { Advance, Advanced, ConversationLog } from '../log.js';
import type { Principal } from '../principal.js';
import { seenBy } from '../readers.js';
import { isUnavailable, reportFailure, type Telemetry } from '../telemetry.js';
import type { MarksFrame } from './own-reads.js';
import { type ThreadFrame, threadFrame } from './own-threads.js';
import { Receipts, type ReceiptsPorts } from './receipts.js';
import type { Told } from './seen-signals.js';

export type MarksPorts = ReceiptsPorts & {
  readonly log: ConversationLog;
  readonly telemetry: Telemetry;
  /** Tells all devices of a person, on all nodes. */
  readonly tellPerson: (user: UserId, frame: MarksFrame | ThreadFrame) => void;
};

type Wanted = {
  readonly epoch: number | undefined;
  readonly delivered: number;
  readonly read: number;
  /** Of this thread; absent for the conversation itself. */
  readonly thread?: number;
};

type Gathering = {
  readonly conversation: ConversationId;
  readonly user: UserId;
  readonly thread: number | undefined;
  delivered: number;
  read: number;
  /** False where only own sends raised it: everyone infers those from the messages themselves. */
  isTold: boolean;
  epoch: number | undefined;
  isPending: boolean;
  /** Something was read, which others see: it waits for what was read before, not for what was delivered. */
  isReadPending: boolean;
  /** Not written again before, on the monotonic clock. */
  notBefore: number;
  readNotBefore: number;
};

/** Marks that are being written. */
type Due = Advance & {
  readonly gathering: Gathering;
  readonly thread: number | undefined;
  readonly epoch: number | undefined;
  /** Others are told, too. */
  readonly isReceipt: boolean;
};

/** How long marks gather before the first write; one statement then serves many members. */
const GATHER_MS = 50;
const BATCH = 500;
/** Most members with marks on their way on this node; beyond it a mark is dropped and counted. */
const MOST_GATHERED = 200_000;

export class MarksGatherer {
  readonly #ports: MarksPorts;
  readonly #gathered = new Map<string, Gathering>();
  readonly #receipts: Receipts;
  #timer: Cancel | null = null;
  /** When it runs, on the monotonic clock; after the end, long ago. */
  #timerAt = Number.POSITIVE_INFINITY;
  #writing: Promise<void> = Promise.resolve();

  constructor(ports: MarksPorts) {
    this.#ports = ports;
    this.#receipts = new Receipts(ports);
  }

  /** Takes marks of a person; they are judged when they are written. */
  raise(user: UserId, conversation: ConversationId, wanted: Wanted): void {
    this.#gather(user, conversation, { isTold: true, ...wanted });
  }

  /** Sending a message raises its author's own marks to it. */
  raiseOwn(user: UserId, conversation: ConversationId, at: { readonly epoch: number; readonly seq: number }): void {
    this.#gather(user, conversation, { epoch: at.epoch, delivered: at.seq, read: at.seq, isTold: false });
  }

  /** Marks over HTTP. @throws not_found, epoch_changed */
  async set(principal: Principal, conversation: ConversationId, wanted: Wanted): Promise<void> {
    const record = (await seenBy(this.#ports.log, principal).records([conversation])).get(conversation) ?? null;
    const membership = requireReader(record, principal);
    if (wanted.epoch !== undefined && wanted.epoch !== membership.record.state.epoch) {
      throw new ChatError('epoch_changed', 'the conversation was restored: read again');
    }
    this.raise(principal.user, conversation, wanted);
    await this.flush();
  }

  /** Another node has told marks of members. */
  heard(frame: MarksFrame, told: Told): void {
    this.#receipts.heard(frame, told);
  }

  /** Writes all that waits now. */
  flush(): Promise<void> {
    return this.#write(true);
  }

  async stop(): Promise<void> {
    this.#timer?.();
    this.#timerAt = Number.NEGATIVE_INFINITY;
    await this.flush();
    this.#receipts.stop();
  }

  #gather(user: UserId, conversation: ConversationId, wanted: Wanted & { readonly isTold: boolean }): void {
    const { thread } = wanted;
    const id = nameOf({ conversation, user, thread });
    let gathering = this.#gathered.get(id);
    if (!gathering) {
      if (this.#gathered.size >= MOST_GATHERED) {
        this.#ports.telemetry.count('kith_marks_dropped_total');
        return;
      }
      gathering = {
        conversation,
        user,
        thread,
        delivered: 0,
        read: 0,
        isTold: false,
        epoch: wanted.epoch,
        isPending: false,
        isReadPending: false,
        notBefore: 0,
        readNotBefore: 0,
      };
      this.#gathered.set(id, gathering);
    }
    if (gathering.epoch !== wanted.epoch && wanted.epoch !== undefined) {
      gathering.epoch = wanted.epoch;
      gathering.delivered = 0;
      gathering.read = 0;
    }
    const { delivered, read } = gathering;
    gathering.read = Math.max(read, wanted.read);
    gathering.delivered = Math.max(delivered, wanted.delivered, wanted.read);
    if (gathering.read === read && gathering.delivered === delivered) return;
    gathering.isPending = true;
    gathering.isReadPending ||= wanted.isTold && gathering.read > read;
    gathering.isTold ||= wanted.isTold;
    this.#wake(dueOf(gathering));
  }

  /** Writes at a time or before it, and not before others had a moment to gather. */
  #wake(at: number): void {
    const now = this.#ports.clock.monotonic();
    const soonest = Math.max(at, now + GATHER_MS);
    if (this.#timerAt <= soonest) return;
    this.#timer?.();
    this.#timerAt = soonest;
    this.#timer = this.#ports.clock.after(soonest - now, () => this.#tick());
  }

  #tick(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#write(false)
      .catch((error: unknown) => reportFailure(this.#ports.telemetry, 'marks were not written', error))
      .finally(() => {
        let next = Number.POSITIVE_INFINITY;
        for (const gathering of this.#gathered.values()) next = Math.min(next, dueOf(gathering));
        if (this.#gathered.size > 0) this.#wake(next);
      });
  }

  /** One write at a time, in order. */
  #write(isFinal: boolean): Promise<void> {
    const run = this.#writing.then(() => this.#writeDue(isFinal));
    this.#writing = run.catch(() => {});
    return run;
  }

  async #writeDue(isFinal: boolean): Promise<void> {
    const now = this.#ports.clock.monotonic();
    const due: Gathering[] = [];
    for (const [id, gathering] of this.#gathered) {
      if (!isFinal && dueOf(gathering) > now) continue;
      if (gathering.isPending) due.push(gathering);
      else this.#gathered.delete(id);
    }
    for (let start = 0; start < due.length; start += BATCH) await this.#writeBatch(due.slice(start, start + BATCH));
  }

  async #writeBatch(batch: readonly Gathering[]): Promise<void> {
    const { log, telemetry } = this.#ports;
    const due = batch.map((gathering) => this.#begin(gathering));
    try {
      const records = await log.records([...new Set(due.map(({ conversation }) => conversation))]);
      const current = due.filter(({ conversation, epoch }) => {
        const record = records.get(conversation);
        return record !== undefined && (epoch === undefined || epoch === record.state.epoch);
      });
      const inThreads = current.flatMap(({ thread, ...advance }) =>
        thread === undefined ? [] : { ...advance, thread },
      );
      const [changed, threads] = await Promise.all([
        log.advance(current.filter(({ thread }) => thread === undefined)),
        inThreads.length === 0 ? [] : log.advanceThreads(inThreads),
      ]);
      telemetry.count('kith_marks_written_total', changed.length + threads.length);
      for (const mark of threads) this.#ports.tellPerson(mark.user, threadFrame(mark));
      const told = new Set(due.filter(({ isReceipt }) => isReceipt).map(nameOf));
      for (const mark of changed) {
        if (told.has(nameOf(mark))) this.#tell(mark, records.get(mark.conversation)?.state);
      }
      this.#receipts.tell();
    } catch (error) {
      // The store is gone for now: they are written when it is back, with what came meanwhile.
      if (isUnavailable(error)) for (const one of due) this.#again(one);
      throw error;
    }
  }

  /** What is to be written of it now; what comes from now on is for the next time. */
  #begin(gathering: Gathering): Due {
    const { conversation, user, thread, epoch, delivered, read, isTold: isReceipt, isReadPending: isTold } = gathering;
    const notBefore = this.#ports.clock.monotonic() + TIMES.marksMs;
    gathering.isPending = false;
    gathering.isTold = false;
    gathering.notBefore = notBefore;
    if (isTold) gathering.readNotBefore = notBefore;
    gathering.isReadPending = false;
    return { gathering, conversation, user, thread, epoch, delivered, read, isReceipt, isTold };
  }

  #again({ gathering, epoch, isReceipt, isTold }: Due): void {
    if (this.#gathered.get(nameOf(gathering)) !== gathering || gathering.epoch !== epoch) return;
    gathering.isPending = true;
    gathering.isTold ||= isReceipt;
    gathering.isReadPending ||= isTold === true;
  }

  #tell(mark: Advanced, state: ConversationState | undefined): void {
    const { conversation, user, delivered, read, epoch, unread, mentions } = mark;
    const frame = { type: 'signal', name: 'marks', conversation, epoch, marks: [{ user, delivered, read }] } as const;
    this.#ports.tellPerson(user, { ...frame, unread, mentions });
    // Of one who has no place in the log nobody else is told.
    const isMember = state?.members.has(user) === true && state.members.get(user)?.left === null;
    if (isMember && state.size <= LIMITS.receiptMembers) this.#receipts.add(mark);
  }
}

/** When it is written, or forgotten where nothing is pending. */
function dueOf({ isReadPending, notBefore, readNotBefore }: Gathering): number {
  return isReadPending ? Math.min(notBefore, readNotBefore) : notBefore;
}

function nameOf({
  conversation,
  user,
  thread,
}: Pick<Advance, 'conversation' | 'user'> & { thread?: number | undefined }) {
  return thread === undefined ? `${conversation}${user}` : `${conversation}${user}${thread}`;
}

/** The conversation and marks of a signal, as `raise` takes them. */
export function wantedMarks(signal: {
  readonly conversation: string;
  readonly epoch?: number;
  readonly delivered?: number;
  readonly read?: number;
  readonly thread?: number | null;
}): { readonly conversation: ConversationId; readonly wanted: Wanted } {
  const { epoch, delivered = 0, read = 0, thread } = signal;
  const conversation = toId<ConversationId>(signal.conversation);
  if (typeof thread === 'number') return { conversation, wanted: { epoch, delivered: 0, read, thread } };
  return { conversation, wanted: { epoch, delivered, read } };
}
