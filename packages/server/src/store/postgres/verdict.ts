// What is to be done with a write, given the state that it would be decided against. Asks `decide`, touches nothing.
import { ChatError, type Key } from '@kith/protocol';
import type { ConversationRecord, Draft, EntryPlace, Target } from '../../core/log.js';
import type { ReaderChange } from '../../core/reading.js';
import type { PendingWrite } from './pending-write.js';
import { hasContent, type RecentKeys, type RecentWrite } from './recent-keys.js';

export type Verdict =
  /** It was written before, by this node. */
  | { readonly type: 'answered'; readonly first: RecentWrite }
  /** What it asks for is so already. */
  | { readonly type: 'settled'; readonly epoch: number; readonly by: EntryPlace }
  /** The log must be asked for its key, or for the one that it comes after. */
  | { readonly type: 'look_up' }
  | { readonly type: 'refused'; readonly error: unknown }
  /** It changes who reads, and no entry says so. */
  | { readonly type: 'seat'; readonly reader: ReaderChange }
  | { readonly type: 'write'; readonly drafts: readonly [Draft, ...Draft[]]; readonly reader?: ReaderChange };

export type VerdictContext = {
  readonly recent: RecentKeys;
  /** By the monotonic clock. */
  readonly nowMs: number;
  /** True for keys of this author that come before this write in the same transaction. */
  readonly isWrittenBefore: (key: Key) => boolean;
  /** The entry that the write is about. */
  readonly target: Target | null;
  /** When its author last wrote, where the write is paced. */
  readonly lastAt: number | null;
};

/**
 * A key that is known is answered before anything is decided; one that `decide` refuses is looked up first, since it may
 * have been written when it was still allowed.
 * @param record null where the conversation does not exist; one of another workspace is the same as none
 */
export function judge(pending: PendingWrite, record: ConversationRecord | null, context: VerdictContext): Verdict {
  const { write } = pending;
  if (!record || record.workspace !== write.workspace) return judgeAbsent(pending, record);
  const first = context.recent.find(write, write.key, record.state.epoch);
  if (first && hasContent(first, write)) return { type: 'answered', first };
  // What it said then may have been erased since: the log knows.
  if (first) return pending.isLookedUp ? refusedFor(pending, keyReused()) : { type: 'look_up' };
  const mustLookUp = pending.mustLookUp || context.recent.isRepeater(write.author, context.nowMs);
  if (mustLookUp && !pending.isLookedUp) return { type: 'look_up' };
  const decided = decide(pending, record, context);
  // What is settled may be so by this very write, sent before.
  if (decided.type !== 'write' && !pending.isLookedUp) return { type: 'look_up' };
  if (decided.type !== 'write' || isAfterKnown(pending, record, context)) return decided;
  return pending.isLookedUp ? refusedFor(pending, outOfOrder()) : { type: 'look_up' };
}

export function keyReused(): ChatError {
  return new ChatError('key_reused', 'the key belongs to an earlier write with other content');
}

/** For a write whose author has no number in the conversation: `decide` should have refused it. */
export function refusedStranger(): Verdict {
  return { type: 'refused', error: new Error('the author of a write never was in its conversation') };
}

/** A conversation that does not exist has no keys either. */
function judgeAbsent(pending: PendingWrite, record: ConversationRecord | null): Verdict {
  const decided = decide(pending, null, { target: null, lastAt: null });
  if (decided.type !== 'write') return decided;
  if (record) return refusedFor(pending, new ChatError('not_found', 'no such conversation in this workspace'));
  return pending.write.after === undefined ? decided : refusedFor(pending, outOfOrder());
}

function decide(
  pending: PendingWrite,
  record: ConversationRecord | null,
  { target, lastAt }: Pick<VerdictContext, 'target' | 'lastAt'>,
): Verdict {
  try {
    const decision = pending.write.decide(record, target, lastAt);
    if ('settledBy' in decision) return { type: 'settled', epoch: record?.state.epoch ?? 0, by: decision.settledBy };
    if (!('reader' in decision)) return { type: 'write', drafts: decision };
    const { reader } = decision;
    const [first, ...rest] = decision.drafts;
    return first ? { type: 'write', drafts: [first, ...rest], reader } : { type: 'seat', reader };
  } catch (error) {
    return refusedFor(pending, error);
  }
}

function isAfterKnown(pending: PendingWrite, record: ConversationRecord, context: VerdictContext): boolean {
  const { after } = pending.write;
  if (after === undefined || pending.isAfterFound || context.isWrittenBefore(after)) return true;
  return context.recent.find(pending.write, after, record.state.epoch) !== null;
}

/** An earlier attempt may still be written by the server: then no refusal would be true. */
function refusedFor(pending: PendingWrite, error: unknown): Verdict {
  if (!pending.isOutcomeUnknown) return { type: 'refused', error };
  const unknown = new ChatError('unavailable', 'it is not known whether this was written', { cause: error });
  return { type: 'refused', error: unknown };
}

function outOfOrder(): ChatError {
  return new ChatError('out_of_order', 'the write that this one comes after is not in the log');
}
