// Reacting to messages: each change is an entry that says what stands on the message after it. Rules R1 to R5 of
// docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  isEmoji,
  isSameEmoji,
  type Key,
  LIMITS,
  type Params,
  type Reactor,
  toId,
  type Written,
} from '@kith/protocol';
import { requireEpoch, requireMember } from './access.js';
import { noSuchMessage, requireCurrent, requireMessage, requireStanding, wish } from './amendments.js';
import type { ConversationLog, Decision, Target } from './log.js';
import type { Principal } from './principal.js';
import type { Writer } from './writer.js';

/** Puts an emoji on a message, or takes the own one back. What is so already stays so, and nothing is written. */
export async function setReaction(
  writer: Writer,
  principal: Principal,
  { params, key, nowMs }: { readonly params: Params<'reaction.set'>; readonly key: Key; readonly nowMs: number },
): Promise<Written> {
  const { target, emoji, on = true } = params;
  requireEmoji(emoji);
  return writer.write(principal, {
    ...wish(params, key, ['reaction.set', params.epoch, target, emoji, on]),
    ...(on ? { reaches: 'members' as const } : {}),
    decide(record, found): Decision {
      const membership = requireMember(record, principal, 'reaction.set');
      requireCurrent(membership.record, params);
      const message = requireMessage(membership, found);
      requireStanding(message, nowMs);
      const own = message.own.find((other) => isSameEmoji(other.emoji, emoji));
      if (on === (own !== undefined)) return { settledBy: own ?? message.reacted ?? message.entry };
      return [{ kind: 'reaction.set', body: bodyOf(message, { emoji: own?.emoji ?? emoji, on }) }];
    },
  });
}

export type ReactorsPage = { readonly items: readonly Reactor[]; readonly next: string | null };

/**
 * Who reacts to a message now, those who did so first at the beginning. For members: to one who has left it is not known what
 * stood there then.
 * @throws not_found, forbidden, epoch_changed
 */
export async function readReactors(
  log: ConversationLog,
  principal: Principal,
  { params, after }: { readonly params: Params<'reactions.read'>; readonly after: number },
): Promise<ReactorsPage> {
  const { target, emoji, limit = LIMITS.readPage } = params;
  const conversation = toId<ConversationId>(params.conversation);
  const kind = emoji === undefined ? {} : { emoji };
  const page = await log.reactors({ conversation, target, ...kind, after, limit: limit + 1 });
  const { record, first } = requireMember(page?.record ?? null, principal, 'reaction.read');
  requireEpoch(record, params.epoch);
  if (target < first) throw noSuchMessage();
  const items = page?.reactors.slice(0, limit) ?? [];
  const hasMore = (page?.reactors.length ?? 0) > limit;
  return { items, next: hasMore ? String(items.at(-1)?.seq) : null };
}

/** @throws bad_request */
function requireEmoji(emoji: string): void {
  if (!isEmoji(emoji)) throw new ChatError('bad_request', 'emoji: one emoji is wanted, and nothing beside it');
}

/** What stands after the change; an emoji is written as it was written first. @throws conflict */
function bodyOf({ entry, reacted }: Target, { emoji, on }: { readonly emoji: string; readonly on: boolean }) {
  const before = reacted?.reactions ?? [];
  const standing = before.find((other) => isSameEmoji(other.emoji, emoji)) ?? { emoji, count: 0 };
  if (standing.count === 0 && before.length >= LIMITS.reactions) {
    throw new ChatError('conflict', `a message has at most ${LIMITS.reactions} kinds of reactions`);
  }
  const after = { ...standing, count: standing.count + (on ? 1 : -1) };
  const kinds = standing.count === 0 ? [...before, after] : before.map((other) => (other === standing ? after : other));
  const reactions = kinds.filter(({ count }) => count > 0);
  return { target: entry.seq, emoji: after.emoji, on, count: after.count, reactions };
}
