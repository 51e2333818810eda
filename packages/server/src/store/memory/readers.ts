// Readers of channels as the memory log keeps them: beside the entries, by person. Who becomes a member is none any more.
import { type ConversationId, type FoldedMember, toId, type UserId } from '@kith/protocol';
import type { Changes, ConversationRecord, Write } from '../../core/log.js';
import type { Reader, ReaderChange, ReaderStanding, ReadersQuery } from '../../core/reading.js';
import type { MemoryStore, StoredConversation } from './store.js';

/** How a person stands in a conversation: as a member, else as a reader, else as one who was a member. */
export type Standing = Pick<FoldedMember, 'role' | 'first' | 'joined' | 'left'>;

/** Null where they never were in it. */
export function standingOf({ state, readers }: StoredConversation, user: string): Standing | null {
  const member = state.members.get(user);
  const reader = readers.get(user);
  if (member?.left === null || !reader) return member ?? null;
  return { ...reader, role: reader.left === null ? 'reader' : 'none' };
}

/** Whether they are in it now, in whatever way. */
export function isPresent(conversation: StoredConversation, user: string): boolean {
  return standingOf(conversation, user)?.left === null;
}

/** The lowest seq that they may read. */
export function firstOf(conversation: StoredConversation, standing: Pick<Standing, 'first'> | null): number {
  return Math.max(standing?.first ?? 1, conversation.first);
}

/** The record as everybody has it. */
export function recordOf({ id, workspace, state, first }: StoredConversation): ConversationRecord {
  return { id, workspace, state, first };
}

/** The record that a write is decided on. */
export function recordFor(
  { id, workspace, state, first, readers }: StoredConversation,
  write: Write,
): ConversationRecord {
  const asked = [write.author, ...(write.about === undefined ? [] : [write.about])];
  const found = asked.flatMap((user): [string, ReaderStanding][] => {
    const reader = readers.get(user);
    return reader ? [[user, reader]] : [];
  });
  return { id, workspace, state, first, readers: new Map(found) };
}

/** Somebody begins to read, or no longer does. */
export function seat(conversation: StoredConversation, { user, first }: ReaderChange, change: number): void {
  const { state, readers } = conversation;
  if (first !== null) readers.set(user, { joined: state.head + 1, first, left: null, change });
  else {
    const before = readers.get(user);
    if (before?.left === null) readers.set(user, { ...before, left: state.head, change });
  }
}

export function standingsIn(
  store: MemoryStore,
  conversations: readonly ConversationId[],
  user: UserId,
): ReadonlyMap<ConversationId, ReaderStanding> {
  const found = conversations.flatMap((id): [ConversationId, ReaderStanding][] => {
    const reader = store.conversations.get(id)?.readers.get(user);
    return reader ? [[id, { joined: reader.joined, first: reader.first, left: reader.left }]] : [];
  });
  return new Map(found);
}

export function readersOf(
  store: MemoryStore,
  { conversation, after = toId(''), limit }: ReadersQuery,
): readonly Reader[] {
  return [...(store.conversations.get(conversation)?.readers ?? [])]
    .filter(([user, { left }]) => left === null && user > after)
    .map(([user, { joined }]) => ({ user: toId<UserId>(user), joined }))
    .sort((one, other) => (one.user < other.user ? -1 : 1))
    .slice(0, limit);
}

export function countReaders({ readers }: StoredConversation): number {
  let count = 0;
  for (const { left } of readers.values()) if (left === null) count += 1;
  return count;
}

/** Whose reading has changed since. */
export function seatedSince(store: MemoryStore, since: number): Changes['members'] {
  return [...store.conversations.values()].flatMap(({ id, readers }) =>
    [...readers].flatMap(([user, { change }]) =>
      change > since ? { conversation: id, user: toId<UserId>(user) } : [],
    ),
  );
}
