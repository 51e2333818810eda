// Pinning messages: what a conversation keeps in sight, for everyone in it. Each change is an entry. Rules J1 to J7 of
// docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  type Key,
  LIMITS,
  type Params,
  type TimelineItem,
  toId,
  type Written,
} from '@kith/protocol';
import { requireMember } from './access.js';
import { requireCurrent, requireMessage, wish } from './amendments.js';
import { asShownTo } from './hides/hides.js';
import type { ConversationLog, Decision } from './log.js';
import { itemsOf } from './messages.js';
import type { Principal } from './principal.js';
import type { Writer } from './writer.js';

/** Pins a message, or unpins it. What is so already stays so, and nothing is written. */
export function setPin(
  writer: Writer,
  principal: Principal,
  { params, key }: { readonly params: Params<'message.pin'>; readonly key: Key },
): Promise<Written> {
  const { target, on = true } = params;
  return writer.write(principal, {
    ...wish(params, key, ['message.pin', params.epoch, target, on]),
    decide(record, found): Decision {
      const membership = requireMember(record, principal, 'message.pin');
      requireCurrent(membership.record, params);
      const { entry, deletion, pinned, pins } = requireMessage(membership, found);
      if (deletion !== null && on) throw new ChatError('conflict', 'this message was deleted');
      if (deletion !== null) return { settledBy: deletion };
      if (on === (pinned?.on ?? false)) return { settledBy: pinned ?? entry };
      if (on && pins >= LIMITS.pins) {
        throw new ChatError('conflict', `a conversation has at most ${LIMITS.pins} pinned messages`);
      }
      return [{ kind: 'message.pinned', body: { target, on } }];
    },
  });
}

export type PinsPage = {
  readonly epoch: number;
  readonly asOf: number;
  readonly items: TimelineItem[];
  readonly next: string | null;
};

/**
 * What is pinned now, as the reader may see it, the last pinned first. For members: to one who has left it is not known what
 * was pinned then.
 * @param before pins whose entry is below it; absent for all
 * @throws not_found, forbidden
 */
export async function readPins(
  log: ConversationLog,
  principal: Principal,
  { params, before = Number.MAX_SAFE_INTEGER }: { readonly params: Params<'pins.read'>; readonly before?: number },
): Promise<PinsPage> {
  const { limit = LIMITS.readPage } = params;
  const conversation = toId<ConversationId>(params.conversation);
  const pinned = await log.pins(conversation);
  const { record, first } = requireMember(pinned?.record ?? null, principal, 'pin.read');
  const wanted = pinned?.pins.filter(({ target, seq }) => target >= first && seq < before) ?? [];
  const page = wanted.slice(0, limit);
  const ranges = page.map(({ target: seq }) => ({
    conversation,
    after: seq - 1,
    upTo: seq,
    limit: 1,
    from: 'lower' as const,
  }));
  const read = await log.readManyEdited({ ranges, reader: principal.user });
  const pages = await asShownTo(log, principal, read);
  // What was unpinned or deleted between the two reads is not pinned any more, and what is shown is judged anew.
  const items = pages.flatMap((one) => {
    const { first: lowest } = requireMember(one.record, principal, 'pin.read');
    return itemsOf(one, one.record.state.head).filter((item) => item.pinned && item.seq >= lowest);
  });
  items.sort((one, other) => (other.pinned?.seq ?? 0) - (one.pinned?.seq ?? 0));
  const { epoch, head } = record.state;
  return { epoch, asOf: head, items, next: wanted.length > limit ? String(page.at(-1)?.seq) : null };
}
