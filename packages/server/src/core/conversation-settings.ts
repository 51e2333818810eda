// What a conversation is set to: its name, topic, avatar, whether it is archived, and how long members wait between messages.
// A change is an entry, decided at the exact head, so that who may write is as of the number that a message gets. Rules P1 to
// P5 of docs/protocol/v1.md.
import {
  type Action,
  ChatError,
  type ConversationId,
  isAllowed,
  type Key,
  type Params,
  placeKind,
  toId,
  type UserId,
  type Written,
} from '@kith/protocol';
import { type Membership, requireBasis, requireMember } from './access.js';
import type { ConversationRecord, Decision } from './log.js';
import type { Principal } from './principal.js';
import { requireRetainable } from './retention/policy.js';
import type { RetentionPolicy } from './retention/retention-store.js';
import type { Writer } from './writer.js';

type Change = Params<'conversation.update'>;

export function updateConversation(
  writer: Writer,
  principal: Principal,
  { params, key, policy }: { readonly params: Change; readonly key: Key; readonly policy: RetentionPolicy },
): Promise<Written> {
  const { conversation, basis, key: _key, ...asked } = params;
  const { name, ...settings } = asked;
  // In one order, so that the same change is the same text; a name alone is the text that it always was.
  const body = { ...(name === undefined ? {} : { name }), ...inOrder(settings) };
  const isRename = name !== undefined && Object.keys(body).length === 1;
  return writer.write(principal, {
    conversation: toId<ConversationId>(conversation),
    key,
    content: JSON.stringify(['conversation.update', isRename ? name : body]),
    decide(record): Decision {
      const { disappearAfterMs, retentionDays, ...others } = body;
      const actions: Action[] = [
        ...(disappearAfterMs === undefined ? [] : (['conversation.disappear'] as const)),
        ...(retentionDays === undefined ? [] : (['conversation.retain'] as const)),
        ...(Object.keys(others).length === 0 ? [] : (['conversation.update'] as const)),
      ];
      const [action = 'conversation.update', ...more] = actions;
      const membership = requireMember(record, principal, action);
      for (const one of more) requireMember(record, principal, one);
      requireRetainable(retentionDays, policy);
      requireBasis(membership.record, basis);
      const isOfChannels = [settings.visibility, settings.posting, settings.joining].some((one) => one !== undefined);
      if (isOfChannels && membership.record.state.kind !== 'channel') {
        throw new ChatError('bad_request', 'visibility, posting, joining: of channels alone');
      }
      return [{ kind: 'conversation.updated', body }];
    },
  });
}

/** @throws conflict where the conversation was archived */
export function requireOpen({ record }: Membership): void {
  if (record.state.settings.archived) throw new ChatError('conflict', 'this conversation is archived');
}

/** True for members who wait from one message to the next. */
export function isPaced({ state }: ConversationRecord, user: UserId): boolean {
  if (!state.settings.slowModeMs) return false;
  const role = state.members.get(user)?.role ?? 'none';
  return !isAllowed('message.unpaced', placeKind(state.kind, state.settings), role);
}

/**
 * @param lastAt when the member wrote last, or null
 * @throws rate_limited where that is too short ago
 */
export function requirePace({ record, user }: Membership, lastAt: number | null, nowMs: number): void {
  if (lastAt === null || !isPaced(record, user)) return;
  const waitMs = record.state.settings.slowModeMs ?? 0;
  // Clocks may differ: nobody waits for longer than the time that is set.
  const leftMs = Math.min(waitMs, lastAt + waitMs - nowMs);
  if (leftMs <= 0) return;
  throw new ChatError('rate_limited', `slow mode: a member sends one message in ${waitMs / 1_000} s`, {
    retryAfterMs: leftMs,
  });
}

function inOrder(settings: Omit<Change, 'conversation' | 'basis' | 'key' | 'name'>): Omit<typeof settings, never> {
  return Object.fromEntries(Object.entries(settings).sort(([one], [other]) => (one < other ? -1 : 1)));
}
