// What is to be done with a write, given the state that it would be decided against. Asks `decide`, touches nothing.
import { ChatError, type Key } from '@kith/protocol';
import type { ConversationRecord, Draft } from '../../core/log.js';
import type { PendingWrite } from './pending-write.js';
import { hasContent, type RecentKeys, type RecentWrite } from './recent-keys.js';

export type Verdict =
  /** It was written before, by this node. */
  | { readonly type: 'answered'; readonly first: RecentWrite }
  /** The log must be asked for its key, or for the one that it comes after. */
  | { readonly type: 'look_up' }
  | { readonly type: 'refused'; readonly error: unknown }
  | { readonly type: 'write'; readonly drafts: readonly [Draft, ...Draft[]] };

export type VerdictContext = {
  readonly recent: RecentKeys;
  /** By the monotonic clock. */
  readonly nowMs: number;
  /** True for keys of this author that come before this write in the same transaction. */
  readonly isWrittenBefore: (key: Key) => boolean;
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
  if (first) return hasContent(first, write) ? { type: 'answered', first } : { type: 'refused', error: keyReused() };
  const mustLookUp = pending.mustLookUp || context.recent.isRepeater(write.author, context.nowMs);
  if (mustLookUp && !pending.isLookedUp) return { type: 'look_up' };
  const decided = decide(pending, record);
  if (decided.type === 'refused' && !pending.isLookedUp) return { type: 'look_up' };
  if (decided.type === 'refused' || isAfterKnown(pending, record, context)) return decided;
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
  const decided = decide(pending, null);
  if (decided.type !== 'write') return decided;
  if (record) return refusedFor(pending, new ChatError('not_found', 'no such conversation in this workspace'));
  return pending.write.after === undefined ? decided : refusedFor(pending, outOfOrder());
}

function decide(pending: PendingWrite, record: ConversationRecord | null): Verdict {
  try {
    return { type: 'write', drafts: pending.write.decide(record) };
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
