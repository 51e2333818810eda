// Changing what was said: editing a message, deleting it for everyone, and what it was before. Each change is an entry; a
// deletion empties what it deletes in its own transaction. Rules D1 to D7 of docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  type Entry,
  type EntryBody,
  type Key,
  LIMITS,
  type Params,
  toId,
  type Written,
} from '@kith/protocol';
import {
  type Membership,
  requireAuthor,
  requireBasis,
  requireEpoch,
  requireMayDelete,
  requireMember,
  requireReader,
} from './access.js';
import { requireOpen } from './conversation-settings.js';
import { isOver, lifetimeIn } from './disappearing/lifetime.js';
import { asShownTo } from './hides/hides.js';
import type { ConversationLog, ConversationRecord, Decision, Draft, Target } from './log.js';
import type { Principal } from './principal.js';
import type { Wish, Writer } from './writer.js';

/** When messages may still be edited. */
export type EditPolicy = {
  readonly nowMs: number;
  /** How long after it was sent; 0 for ever. */
  readonly windowMs: number;
};

export type Change = { readonly conversation: string; readonly epoch: number; readonly target: number };

/** Gives an own message another text. */
export function editMessage(
  writer: Writer,
  principal: Principal,
  { params, key, policy }: { readonly params: Params<'message.edit'>; readonly key: Key; readonly policy: EditPolicy },
): Promise<Written> {
  const { target: seq, text } = params;
  return writer.write(principal, {
    ...wish(params, key, ['message.edit', params.epoch, seq, text]),
    reaches: 'members',
    decide(record, found): Decision {
      const membership = requireMember(record, principal, 'message.edit');
      requireCurrent(membership.record, params);
      const message = requireMessage(membership, found);
      const { entry, edits } = message;
      requireAuthor(membership, entry.author);
      if (entry.body.forward) throw new ChatError('forbidden', 'what was forwarded stays as it was said');
      requireOpen(membership);
      requireStanding(message, policy.nowMs);
      if (edits >= LIMITS.edits) throw new ChatError('conflict', `a message has at most ${LIMITS.edits} edits`);
      if (message.voted !== null || message.closed !== null) {
        throw new ChatError('conflict', 'a poll in which somebody has voted stays as it was asked');
      }
      requireInTime(entry, policy);
      return [{ kind: 'message.edited', body: { target: seq, text, ...lifetimeIn(entry) } }];
    },
  });
}

/** Deletes a message for everyone. One that was deleted already stays so, and nothing is written. */
export function deleteMessage(
  writer: Writer,
  principal: Principal,
  { params, key }: { readonly params: Params<'message.delete'>; readonly key: Key },
): Promise<Written> {
  const { target: seq } = params;
  return writer.write(principal, {
    ...wish(params, key, ['message.delete', params.epoch, seq]),
    decide(record, found): Decision {
      const membership = requireMember(record, principal, 'message.delete');
      requireCurrent(membership.record, params);
      const { entry, deletion } = requireMessage(membership, found);
      requireMayDelete(membership, entry.author);
      if (deletion !== null) return { settledBy: deletion };
      return [deletionOf(entry, {})];
    },
  });
}

/** What deletes a message. */
export function deletionOf({ seq, author, body }: Entry, why: { readonly expired?: true }): Draft {
  const { mentions, thread } = body as EntryBody<'message.sent'>;
  const rest = { ...(mentions === undefined ? {} : { mentions }), ...(thread === undefined ? {} : { thread }) };
  return { kind: 'message.deleted', body: { target: seq, author, ...rest, ...why } };
}

export type History = { readonly epoch: number; readonly asOf: number; readonly entries: readonly Entry[] };

/**
 * A message as it was sent, then what became of it.
 * @throws not_found, epoch_changed
 */
export async function readHistory(
  log: ConversationLog,
  principal: Principal,
  params: Params<'message.history'>,
): Promise<History> {
  const page = await log.history(toId<ConversationId>(params.conversation), params.target);
  const { record, first, last } = requireReader(page?.record ?? null, principal);
  requireEpoch(record, params.epoch);
  const asOf = last ?? record.state.head;
  const [seen] = page ? await asShownTo(log, principal, [page]) : [];
  const entries = seen?.entries.filter(({ seq }) => seq >= first && seq <= asOf) ?? [];
  if (entries[0]?.kind !== 'message.sent') throw noSuchMessage();
  return { epoch: record.state.epoch, asOf, entries };
}

export function wish({ conversation, target }: Change, key: Key, content: readonly unknown[]): Omit<Wish, 'decide'> {
  return { conversation: toId<ConversationId>(conversation), key, content: JSON.stringify(content), target };
}

export function requireCurrent(record: ConversationRecord, { epoch, basis }: { epoch: number; basis?: number }): void {
  requireEpoch(record, epoch);
  requireBasis(record, basis);
}

/** @throws not_found */
export function requireMessage({ first }: Membership, target: Target | null): Target {
  const found = requireTarget(target);
  if (found.entry.seq < first) throw noSuchMessage();
  return found;
}

/** The same for the server itself. @throws not_found */
export function requireTarget(target: Target | null): Target {
  if (target?.entry.kind !== 'message.sent') throw noSuchMessage();
  return target;
}

/** What was deleted, or has had its time, is as it is. @throws conflict */
export function requireStanding({ entry, deletion }: Target, nowMs: number): void {
  if (deletion !== null || isOver(entry, nowMs)) throw new ChatError('conflict', 'this message was deleted');
}

export function noSuchMessage(): ChatError {
  return new ChatError('not_found', 'no such message in this conversation');
}

/** @throws forbidden */
function requireInTime({ at }: Entry, { nowMs, windowMs }: EditPolicy): void {
  if (windowMs > 0 && nowMs - at > windowMs) {
    throw new ChatError('forbidden', `a message is edited within ${windowMs / 1_000} s, and not after`);
  }
}
