// Summaries as the memory log computes them: everything from the entries, at each question, with nothing kept.
// What a person sees ends at their own head: the conversation's, or the entry that removed them.
import {
  type ConversationId,
  type ConversationState,
  type Entry,
  type EntryBody,
  emptyState,
  fold,
  isCounted,
  LIMITS,
  toId,
  type UserId,
} from '@kith/protocol';
import type { LogSummary, ReadMark, SummaryPage, SummaryQuery } from '../../core/log.js';
import { cursorAt, encodePage, type PagePosition, parseCursor, parsePage } from './cursor.js';
import { hidesAny } from './hides.js';
import { countReaders, firstOf, isPresent, standingOf } from './readers.js';
import type { MemoryStore, StoredConversation, StoredEntry } from './store.js';

/** Whose summaries, at what time, and the change they have seen already (null: nothing was said about that). */
export type Viewer = {
  readonly store: MemoryStore;
  readonly user: UserId;
  readonly nowMs: number;
  readonly since: number | null;
};

export type Counts = { readonly unread: number; readonly mentions: number };

/** The highest seq that the person may read; null where they never were a member. */
export function visibleHead(conversation: StoredConversation, user: UserId): number | null {
  const standing = standingOf(conversation, user);
  return standing ? (standing.left ?? conversation.state.head) : null;
}

/** Messages of others above the person's `read`, and those among them that mention the person. */
export function countsOf(conversation: StoredConversation, user: UserId): Counts {
  const read = conversation.marks.get(user)?.read ?? 0;
  const messages = conversation.entries
    .slice(read, visibleHead(conversation, user) ?? 0)
    .filter(({ entry }) => isCounted(entry) && entry.author !== user && !entry.erased);
  const mentions = messages.filter(({ entry }) => isMentioned(entry, user));
  return {
    unread: Math.min(messages.length, LIMITS.unreadCap),
    mentions: Math.min(mentions.length, LIMITS.unreadCap),
  };
}

/** Null where the person never was a member. */
export function summaryOf(conversation: StoredConversation, viewer: Viewer): LogSummary | null {
  const head = visibleHead(conversation, viewer.user);
  const last = head === null ? undefined : conversation.entries[head - 1]?.entry;
  if (head === null || !last) return null;
  const state = stateAt(conversation, head);
  const member = standingOf(conversation, viewer.user);
  if (!member) return null;
  const readers = member.left === null ? countReaders(conversation) : 0;
  const first = firstOf(conversation, member);
  const marks = conversation.marks.get(viewer.user);
  const peer = state.kind === 'direct' ? peerOf(conversation, viewer.user) : null;
  return {
    id: conversation.id,
    kind: state.kind,
    name: state.name,
    epoch: state.epoch,
    first,
    head,
    delivered: marks?.delivered ?? 0,
    read: marks?.read ?? 0,
    ...countsOf(conversation, viewer.user),
    role: member.role,
    muted: isMuted(conversation.id, viewer),
    updatedAt: last.at,
    members: state.size,
    ...(readers > 0 ? { readers } : {}),
    ...(peer === null ? {} : { peer: marksOf(conversation, peer) }),
    last: head >= first ? last : null,
    ...(member.left === null ? state.settings : {}),
    joined: member.joined,
    seenHead: Math.min(head, headAt(conversation, viewer.since)),
  };
}

/** One page of a listing, newest first. @throws bad_request where `page` is none */
export function listSummaries(store: MemoryStore, query: SummaryQuery, nowMs: number): SummaryPage {
  const position = startOf(store, query);
  const viewer = { store, user: query.user, nowMs, since: position.since };
  const conversations = [...store.conversations.values()].filter(({ workspace }) => workspace === query.workspace);
  const { after } = position;
  const rest = conversations
    .filter((conversation) => isListed(conversation, viewer))
    .flatMap((conversation) => summaryOf(conversation, viewer) ?? [])
    .filter((summary) => after === null || isNewer(after, summary))
    .sort((a, b) => (isNewer(a, b) ? -1 : 1));
  const summaries = rest.slice(0, query.limit);
  const last = summaries.at(-1);
  const hasMore = rest.length > summaries.length && last !== undefined;
  if (!hasMore) {
    // What changed during the walk has moved to the top, above pages already given.
    const named = new Set(summaries.map(({ id }) => id));
    for (const conversation of conversations) {
      if (named.has(conversation.id) || !hasChanged(conversation, { ...viewer, since: position.asOf })) continue;
      const summary = summaryOf(conversation, viewer);
      if (summary) summaries.push(summary);
    }
    summaries.sort((a, b) => (isNewer(a, b) ? -1 : 1));
  }
  return {
    summaries,
    next: hasMore ? encodePage(store, { ...position, after: last }) : null,
    cursor: cursorAt(store, position.asOf),
    reset: position.reset,
    hides: hidesAny(store, query),
  };
}

type Start = Omit<PagePosition, 'after'> & { readonly after: PagePosition['after'] | null };

function startOf(store: MemoryStore, query: SummaryQuery): Start {
  if (query.page !== undefined) {
    const page = parsePage(store, query.page);
    return page ?? { asOf: store.change, since: null, reset: true, after: null };
  }
  const since = query.since === undefined ? null : parseCursor(store, query.since);
  return { asOf: store.change, since, reset: query.since !== undefined && since === null, after: null };
}

type Position = { readonly updatedAt: number; readonly id: string };

function isNewer(a: Position, b: Position): boolean {
  return a.updatedAt === b.updatedAt ? a.id > b.id : a.updatedAt > b.updatedAt;
}

/** With a cursor: what changed, left conversations too. Without: those one is in. */
function isListed(conversation: StoredConversation, viewer: Viewer): boolean {
  if (viewer.since !== null) return hasChanged(conversation, viewer);
  return isPresent(conversation, viewer.user);
}

/** True where the person's summary is another than at `since`, by anything but the passing of time. */
function hasChanged(conversation: StoredConversation, viewer: Viewer): boolean {
  const { user, since } = viewer;
  const head = visibleHead(conversation, user);
  if (head === null || since === null) return false;
  const peer = conversation.state.kind === 'direct' ? peerOf(conversation, user) : null;
  const changes = [
    conversation.entries[head - 1]?.change,
    conversation.marks.get(user)?.change,
    conversation.readers.get(user)?.change,
    conversation.trimmed,
    peer === null ? 0 : conversation.marks.get(peer)?.change,
    muteSetting(conversation.id, viewer)?.change,
  ];
  return changes.some((change) => change !== undefined && change > since);
}

function stateAt(conversation: StoredConversation, head: number): ConversationState {
  if (head === conversation.state.head) return conversation.state;
  const start = emptyState(conversation.state.epoch);
  return conversation.entries.slice(0, head).reduce((state, { entry }) => fold(state, entry), start);
}

/** The head when the store stood at `change`; no number is above it where nothing was asked. */
function headAt(conversation: StoredConversation, change: number | null): number {
  if (change === null) return Number.POSITIVE_INFINITY;
  return conversation.entries.filter((entry) => entry.change <= change).length;
}

function peerOf(conversation: StoredConversation, user: UserId): string | null {
  return [...conversation.state.members.keys()].find((id) => id !== user) ?? null;
}

/** The marks of one person, 0 where none were ever set. */
export function marksOf(conversation: StoredConversation, user: string) {
  const marks = conversation.marks.get(user);
  return { user, delivered: marks?.delivered ?? 0, read: marks?.read ?? 0 };
}

/** Whose read marks the feed has named since a change. */
export function readsSince(store: MemoryStore, since: number): readonly ReadMark[] {
  return [...store.conversations.values()].flatMap(({ id, state, marks }) =>
    [...marks].flatMap(([user, { read, told }]) =>
      told > since ? { conversation: id, user: toId<UserId>(user), epoch: state.epoch, read } : [],
    ),
  );
}

export function isMentioned({ body }: Entry, user: UserId): boolean {
  const { mentions } = body as EntryBody<'message.sent'>;
  return mentions?.all === true || (mentions?.users?.includes(user) ?? false);
}

function isMuted(conversation: ConversationId, viewer: Viewer): boolean {
  const value = muteSetting(conversation, viewer)?.entry.body.value;
  return value === true || (typeof value === 'number' && value > viewer.nowMs);
}

function muteSetting(conversation: ConversationId, viewer: Viewer): StoredEntry | undefined {
  for (const { state, entries } of viewer.store.conversations.values()) {
    if (state.kind !== 'self' || state.members.get(viewer.user)?.left !== null) continue;
    return entries.findLast(({ entry }) => entry.kind === 'setting.set' && entry.body.name === `mute:${conversation}`);
  }
  return undefined;
}

/** Nothing below their `first` is anybody's to be read. */
export function beginMarks(conversation: StoredConversation, users: readonly string[], change: number): void {
  for (const user of users) {
    const { first = 1 } = standingOf(conversation, user) ?? {};
    const { delivered, read, told } = conversation.marks.get(user) ?? { delivered: 0, read: 0, told: 0 };
    if (first - 1 <= read) continue;
    conversation.marks.set(user, { delivered: Math.max(delivered, first - 1), read: first - 1, change, told });
  }
}
