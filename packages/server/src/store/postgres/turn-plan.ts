// What a lane does next: takes the waiting writes in their order and sorts them into one batch, keys to look up, heads to
// read, and groups to be written alone. Within a conversation nothing overtakes: once one write has to wait, so do the
// later ones. Decides, but sends nothing.
import type { ConversationId } from '@kith/protocol';
import type { Random } from '../../core/clock.js';
import type { ConversationRecord, Draft } from '../../core/log.js';
import { AppendBatch } from './append-batch.js';
import type { Base, ConversationCache } from './conversation-cache.js';
import { numberDrafts } from './entry-rows.js';
import type { PendingWrite } from './pending-write.js';
import type { Connection } from './pool.js';
import type { RecentKeys } from './recent-keys.js';
import { judge, refusedStranger, type Verdict } from './verdict.js';

export type TurnContext = {
  readonly connection: Connection;
  readonly cache: ConversationCache;
  readonly recent: RecentKeys;
  readonly random: Random;
  readonly secret: Buffer;
  readonly nowMs: number;
  readonly monotonicMs: number;
  /** Being written alone just now: their writes wait. */
  readonly busy: ReadonlySet<ConversationId>;
  /** Conversations that another node writes too. */
  readonly isContended: (conversation: ConversationId) => boolean;
  /** A read on this connection has just found that they do not exist. */
  readonly absent: ReadonlySet<ConversationId>;
  /** How many groups may begin now. */
  readonly roomAlone: number;
};

export type TurnPlan = {
  readonly batch: AppendBatch;
  readonly lookUps: readonly PendingWrite[];
  readonly loads: readonly ConversationId[];
  readonly alone: readonly (readonly PendingWrite[])[];
  /** Judged without writing. */
  readonly judged: readonly { readonly pending: PendingWrite; readonly verdict: Verdict }[];
  /** Those that wait for another turn, in order; looked-up and loaded-for writes are among them. */
  readonly waiting: readonly PendingWrite[];
};

/** The most writes of one transaction of its own. */
const MOST_ALONE = 64;

export function planTurn(queue: readonly PendingWrite[], context: TurnContext): TurnPlan {
  const planner = new TurnPlanner(context);
  for (const pending of queue) if (!pending.isSettled) planner.take(pending);
  return planner.finish();
}

class TurnPlanner {
  readonly #context: TurnContext;
  readonly #batch = new AppendBatch();
  readonly #lookUps: PendingWrite[] = [];
  readonly #loads = new Set<ConversationId>();
  readonly #alone = new Map<ConversationId, PendingWrite[]>();
  readonly #judged: { pending: PendingWrite; verdict: Verdict }[] = [];
  readonly #waiting: PendingWrite[] = [];
  readonly #blocked = new Set<ConversationId>();
  #isFull = false;

  constructor(context: TurnContext) {
    this.#context = context;
  }

  take(pending: PendingWrite): void {
    const id = pending.conversation;
    const isFirst = !this.#isFull && !this.#blocked.has(id) && !this.#context.busy.has(id);
    // Many who come to read wait for each other: their keys are looked up meanwhile, so that they go in one transaction.
    if (!pending.isLookedUp && this.#isOfReaders(pending)) {
      this.#lookUp(pending);
      return;
    }
    if (!isFirst) {
      this.#waiting.push(pending);
      return;
    }
    const group = this.#alone.get(id);
    if (group) this.#join(group, pending);
    else if (pending.mustLookUp && !pending.isLookedUp) this.#lookUp(pending);
    else if (this.#context.isContended(id) || pending.write.target !== undefined) this.#writeAlone(pending);
    else this.#decide(pending);
  }

  finish(): TurnPlan {
    const cut = this.#batch.trim();
    return {
      batch: this.#batch,
      lookUps: this.#lookUps,
      loads: [...this.#loads],
      alone: [...this.#alone.values()],
      judged: this.#judged,
      waiting: [...cut, ...this.#waiting],
    };
  }

  #decide(pending: PendingWrite): void {
    const id = pending.conversation;
    const known = this.#known(id);
    if (known === null && !this.#context.absent.has(id)) {
      this.#loads.add(id);
      this.#wait(pending);
      return;
    }
    // The time of its author's last write, and who reads, are read under the lock of the conversation.
    if (known && (pending.write.isPaced?.(known.record) || isOfReaders(pending, known.record))) {
      this.#writeAlone(pending);
      return;
    }
    const record = known?.record ?? null;
    const verdict = judge(pending, record, {
      recent: this.#context.recent,
      nowMs: this.#context.monotonicMs,
      isWrittenBefore: (key) => this.#batch.hasKey(id, pending.write.author, key),
      target: null,
      lastAt: null,
    });
    if (verdict.type === 'look_up') this.#lookUp(pending);
    else if (verdict.type === 'seat') this.#writeAlone(pending);
    else if (verdict.type !== 'write') this.#judged.push({ pending, verdict });
    else if (known && verdict.drafts.every(isPlain)) this.#addToBatch(pending, known, verdict.drafts);
    else this.#writeAlone(pending);
  }

  /** As far as this node knows. */
  #isOfReaders(pending: PendingWrite): boolean {
    const record = this.#context.cache.get(pending.conversation)?.record;
    return record !== undefined && isOfReaders(pending, record);
  }

  #known(id: ConversationId): Base | null {
    const { cache, connection } = this.#context;
    const latest = this.#batch.latestOf(id);
    return latest ?? cache.exact(id, connection);
  }

  #addToBatch(pending: PendingWrite, base: Base, drafts: readonly [Draft, ...Draft[]]): void {
    if (!this.#batch.hasRoomFor(drafts.length) || (pending.isSuspect && this.#batch.rows > 0)) {
      this.#isFull ||= !pending.isSuspect;
      this.#wait(pending);
      return;
    }
    const { nowMs, random, secret } = this.#context;
    const numbered = numberDrafts(base.record.state, pending.write, { drafts, nowMs, random, secret });
    if (!numbered) {
      this.#judged.push({ pending, verdict: refusedStranger() });
      return;
    }
    this.#batch.add({ ...base, pending, numbered });
    // What made a batch fail goes by itself, so that it fails alone.
    this.#isFull ||= pending.isSuspect;
  }

  #writeAlone(pending: PendingWrite): void {
    const id = pending.conversation;
    if (this.#batch.has(id) || this.#alone.size >= this.#context.roomAlone) this.#wait(pending);
    else this.#alone.set(id, [pending]);
  }

  #join(group: PendingWrite[], pending: PendingWrite): void {
    const isSuspect = pending.isSuspect || group.some((other) => other.isSuspect);
    // The entry that a write is about is read once, before the first of a group is decided.
    const mustWait = (pending.mustLookUp && !pending.isLookedUp) || pending.write.target !== undefined;
    if (group.length >= MOST_ALONE || isSuspect || mustWait) this.#wait(pending);
    else group.push(pending);
  }

  #lookUp(pending: PendingWrite): void {
    this.#lookUps.push(pending);
    this.#wait(pending);
  }

  #wait(pending: PendingWrite): void {
    this.#blocked.add(pending.conversation);
    this.#waiting.push(pending);
  }
}

/** Changes nothing but the log itself. */
function isPlain({ kind }: Draft): boolean {
  return kind === 'message.sent';
}

/** Its author, or whom it is about, may read the channel without a place in its log. */
function isOfReaders({ write }: PendingWrite, { state }: ConversationRecord): boolean {
  if (state.kind !== 'channel') return false;
  return write.about !== undefined || state.members.get(write.author)?.left !== null;
}
