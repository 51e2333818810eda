// How long what is said in a conversation is kept: as its workspace has it, or as it has it itself within what that allows. Rules
// RT1 to RT4 of docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  type ConversationKind,
  type ConversationSettings,
  type Entry,
  erased,
} from '@kith/protocol';
import type { RetentionPolicy } from './retention-store.js';

export const DAY_MS = 86_400_000;

/** What of a conversation its policy depends on. */
export type Place = {
  readonly id: ConversationId;
  readonly kind: ConversationKind;
  readonly retentionDays: ConversationSettings['retentionDays'];
};

/** What was said up to this time is given to nobody; null where everything is kept. */
export function cutoffOf(place: Place, policy: RetentionPolicy, nowMs: number): number | null {
  const days = place.kind === 'self' ? null : daysOf(place, policy);
  return days === null ? null : nowMs - days * DAY_MS;
}

function daysOf({ id, retentionDays }: Place, { days, longer, kept }: RetentionPolicy): number | null {
  if (kept.includes(id)) return null;
  if (typeof retentionDays !== 'number') return days;
  const own = retentionDays === 0 ? null : retentionDays;
  return isWithin(own, days) || longer ? own : days;
}

/** @throws forbidden where the workspace keeps nothing for so long */
export function requireRetainable(retentionDays: ConversationSettings['retentionDays'], policy: RetentionPolicy): void {
  if (typeof retentionDays !== 'number' || policy.longer) return;
  if (isWithin(retentionDays === 0 ? null : retentionDays, policy.days)) return;
  throw new ChatError('forbidden', `retentionDays: this workspace keeps messages for at most ${policy.days} days`);
}

function isWithin(own: number | null, days: number | null): boolean {
  return days === null || (own !== null && own <= days);
}

/** The entries as they may be given: what was said up to `cutoff` is emptied. The same list where there is none. */
export function withoutAged(entries: readonly Entry[], cutoff: number | null): readonly Entry[] {
  if (cutoff === null || !entries.some((entry) => isAged(entry, cutoff))) return entries;
  return entries.map((entry) => (isAged(entry, cutoff) ? erased(entry) : entry));
}

/** True for what somebody said before that: messages, their edits, reactions, and votes. */
export function isAged(entry: Entry, cutoff: number): boolean {
  return entry.at <= cutoff && !entry.erased && isSpeech(entry);
}

const SPEECH: ReadonlySet<string> = new Set([
  'message.sent',
  'message.edited',
  'reaction.set',
  'poll.voted',
  'poll.closed',
]);

export function isSpeech({ kind }: Pick<Entry, 'kind'>): boolean {
  return SPEECH.has(kind);
}
