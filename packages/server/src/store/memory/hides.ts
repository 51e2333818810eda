// What people hid for themselves, as the memory log tells it: everything from the entries of their own conversations, at each
// question.
import { type ConversationId, type Entry, type EntryBody, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { HiddenMessage, HiddenQuery, HideOf, Hiding } from '../../core/hides/hidden-log.js';
import type { LogPage, ReadRange } from '../../core/log.js';
import type { MemoryStore } from './store.js';

export function hiddenIn(store: MemoryStore, { user, ranges }: HiddenQuery): readonly HiddenMessage[] {
  const hidden = hidingsOf(store, user).map(messageOf);
  return ranges.flatMap(({ conversation, from, to }) =>
    hidden.filter((one) => one.conversation === conversation && one.seq >= from && one.seq <= to),
  );
}

export function hidesAny(store: MemoryStore, { user, workspace }: { user: UserId; workspace: WorkspaceId }): boolean {
  const own = [...store.conversations.values()].filter((one) => one.workspace === workspace && isOwn(one, user));
  return own.some(({ entries }) => entries.some(({ entry }) => entry.kind === 'message.hidden'));
}

export function hidingOf(store: MemoryStore, { user, conversation, epoch, seq }: HideOf): Hiding {
  const all = hidingsOf(store, user);
  const hidden = all.find((entry) => {
    const message = messageOf(entry);
    return message.conversation === conversation && message.epoch === epoch && message.seq === seq;
  });
  return { hiddenBy: hidden ? { seq: hidden.seq, at: hidden.at } : null, count: all.length };
}

export function hidingsIn(
  { conversations }: MemoryStore,
  { conversation, after, limit }: Pick<ReadRange, 'conversation' | 'after' | 'limit'>,
): LogPage | null {
  const found = conversations.get(conversation);
  if (!found) return null;
  const { id, workspace, state } = found;
  const entries = found.entries
    .map(({ entry }) => entry)
    .filter(({ kind, seq }) => kind === 'message.hidden' && seq > after);
  return { record: { id, workspace, state }, entries: entries.slice(0, limit) };
}

function hidingsOf({ conversations }: MemoryStore, user: UserId): readonly Entry[] {
  const own = [...conversations.values()].filter((one) => isOwn(one, user));
  return own.flatMap(({ entries }) => entries.flatMap(({ entry }) => (entry.kind === 'message.hidden' ? entry : [])));
}

function isOwn({ state }: Pick<LogPage['record'], 'state'>, user: UserId): boolean {
  return state.kind === 'self' && state.members.has(user);
}

function messageOf({ body }: Entry): HiddenMessage {
  const { conversation, epoch, seq } = (body as EntryBody<'message.hidden'>).message;
  return { conversation: toId<ConversationId>(conversation), epoch, seq };
}
