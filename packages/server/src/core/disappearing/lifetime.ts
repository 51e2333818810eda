// How long a message stands: the timer of its conversation, or a shorter one of its own, as of the number that it gets. Rules
// Z1 to Z5 of docs/protocol/v1.md.
import { type ConversationState, type Entry, erased } from '@kith/protocol';

/** What the body of a message has of that: nothing where it stands for ever. */
export function lifetimeOf(
  { settings }: ConversationState,
  ownMs: number | undefined,
  nowMs: number,
): { readonly disappearAt?: number } {
  const lasting = Number.POSITIVE_INFINITY;
  const afterMs = Math.min(settings.disappearAfterMs || lasting, ownMs ?? lasting);
  return afterMs === lasting ? {} : { disappearAt: nowMs + afterMs };
}

/** What an edit has of it: the same as its message, so that it goes with that. */
export function lifetimeIn({ body }: Entry): { readonly disappearAt?: number } {
  return typeof body.disappearAt === 'number' ? { disappearAt: body.disappearAt } : {};
}

/** True from its time on, whether it was emptied by then or not. */
export function isOver({ body }: Entry, nowMs: number): boolean {
  const { disappearAt } = body;
  return typeof disappearAt === 'number' && disappearAt <= nowMs;
}

/** The entries as they may be given: those whose time has come are emptied. The same list where there is none. */
export function withoutExpired(entries: readonly Entry[], nowMs: number): readonly Entry[] {
  if (!entries.some((entry) => isOver(entry, nowMs))) return entries;
  return entries.map((entry) => (isOver(entry, nowMs) ? erased(entry) : entry));
}
