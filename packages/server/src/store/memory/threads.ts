// Threads as the memory log keeps them: who follows which and how far they have read; what is unread is counted from the
// entries, at each question.
import { type Entry, LIMITS, toId, type UserId } from '@kith/protocol';
import { followingOf } from '../../core/followers.js';
import type {
  Changes,
  FollowedThread,
  LogPage,
  ReadRange,
  ThreadMark,
  ThreadOf,
  ThreadPage,
  ThreadPosition,
  ThreadQuery,
} from '../../core/log.js';
import { changesOf } from './amendments.js';
import { firstOf, standingOf } from './readers.js';
import type { MemoryStore, StoredConversation, StoredFollower } from './store.js';
import { isMentioned, visibleHead } from './summaries.js';

const NOBODY: StoredFollower = { follows: false, read: 0, change: 0 };

/** The first message of a thread, and those that answer it, in a range. */
export function threadPage(
  found: StoredConversation | undefined,
  range: ReadRange & { readonly thread: number },
): LogPage | null {
  if (!found) return null;
  const { thread, after, upTo = Number.POSITIVE_INFINITY, limit, from } = range;
  const isIn = ({ seq, kind, body }: Entry) => seq === thread || (kind === 'message.sent' && body.thread === thread);
  const all = found.entries.flatMap(({ entry }) => (isIn(entry) ? entry : []));
  const entries = all.filter(({ seq }) => seq > after && seq <= upTo);
  const { id, workspace, state } = found;
  const taken = from === 'lower' ? entries.slice(0, limit) : entries.slice(-limit);
  return { record: { id, workspace, state }, entries: taken };
}

/** Whom the entries of a write make followers. */
export function noteFollowers(conversation: StoredConversation, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const first = conversation.entries[Number(entry.body.thread) - 1]?.entry ?? null;
    const following = followingOf(entry, first);
    if (!following) continue;
    const { thread, seq, author } = following;
    for (const user of [author, ...following.others]) {
      if (!conversation.state.members.has(user)) continue;
      const before = followerOf(conversation, { user, thread });
      const read = user === author ? seq : before.follows ? 0 : seq - 1;
      setFollower(conversation, { user, thread }, { ...before, follows: true, read: Math.max(before.read, read) });
    }
  }
}

/** @returns whether anything changed */
export function follow(store: MemoryStore, of: ThreadOf, follows: boolean): boolean {
  const conversation = store.conversations.get(of.conversation);
  if (!conversation || standingOf(conversation, of.user) === null) return false;
  const before = followerOf(conversation, of);
  if (before.follows === follows) return false;
  const read = follows ? Math.max(before.read, conversation.state.head) : before.read;
  setFollower(conversation, of, { follows, read, change: store.nextChange() });
  return true;
}

/** @returns whether anything changed */
export function advanceThread(store: MemoryStore, of: ThreadOf & { readonly read: number }): boolean {
  const conversation = store.conversations.get(of.conversation);
  const head = conversation ? visibleHead(conversation, of.user) : null;
  if (!conversation || head === null) return false;
  const { follows, read: before } = followerOf(conversation, of);
  const read = Math.min(of.read, head);
  if (!follows || read <= before) return false;
  setFollower(conversation, of, { follows, read, change: store.nextChange() });
  return true;
}

export function markOf(store: MemoryStore, of: ThreadOf): ThreadMark | null {
  const { conversation: id, user, thread } = of;
  const conversation = store.conversations.get(id);
  const head = conversation ? visibleHead(conversation, user) : null;
  if (!conversation || head === null) return null;
  const { epoch } = conversation.state;
  const { follows, read } = followerOf(conversation, of);
  const place = { conversation: id, user, thread, epoch };
  if (!follows) return { ...place, follows, read: 0, unread: 0, mentions: 0 };
  const unread = answersOf(conversation, thread).filter(
    ({ seq, author, erased }) => seq > read && seq <= head && author !== user && !erased,
  );
  const mentions = unread.filter((entry) => isMentioned(entry, user));
  const count = (entries: readonly Entry[]) => Math.min(entries.length, LIMITS.unreadCap);
  return { ...place, follows, read, unread: count(unread), mentions: count(mentions) };
}

export function listThreads(store: MemoryStore, query: ThreadQuery): ThreadPage {
  const { workspace, user, conversation: wanted, after, limit } = query;
  const all: FollowedThread[] = [];
  for (const conversation of store.conversations.values()) {
    const member = standingOf(conversation, user);
    if (conversation.workspace !== workspace || member?.left !== null) continue;
    if (wanted !== undefined && wanted !== conversation.id) continue;
    for (const [thread, followers] of conversation.followers) {
      const last = answersOf(conversation, thread).at(-1);
      if (!followers.get(user)?.follows || thread < firstOf(conversation, member) || !last) continue;
      const mark = markOf(store, { conversation: conversation.id, user, thread });
      if (mark) all.push({ ...mark, last: { seq: last.seq, at: last.at } });
    }
  }
  all.sort(newestFirst);
  return {
    threads: all.filter((one) => after === undefined || isBelow(one, after)).slice(0, limit),
    unread: all.filter(({ unread }) => unread > 0).length,
  };
}

export function threadsSince(store: MemoryStore, since: number): Changes['threads'] {
  return [...store.conversations.values()].flatMap(({ id, state, followers }) =>
    [...followers].flatMap(([thread, people]) =>
      [...people].flatMap(([user, { follows, read, change }]) => {
        const of = { conversation: id, user: toId<UserId>(user), thread, epoch: state.epoch };
        return change > since ? { ...of, follows, read: follows ? read : 0 } : [];
      }),
    ),
  );
}

function answersOf(conversation: StoredConversation, thread: number): readonly Entry[] {
  return changesOf(conversation, thread).filter(({ kind }) => kind === 'message.sent');
}

function followerOf({ followers }: StoredConversation, { user, thread }: Loose) {
  return followers.get(thread)?.get(user) ?? NOBODY;
}

function setFollower(conversation: StoredConversation, { user, thread }: Loose, follower: StoredFollower): void {
  const people = conversation.followers.get(thread) ?? new Map<string, StoredFollower>();
  people.set(user, follower);
  conversation.followers.set(thread, people);
}

type Loose = { readonly user: string; readonly thread: number };

function newestFirst(a: FollowedThread, b: FollowedThread): number {
  return isBelow(b, { at: a.last.at, conversation: a.conversation, thread: a.thread }) ? -1 : 1;
}

function isBelow({ last, conversation, thread }: FollowedThread, than: ThreadPosition): boolean {
  if (last.at !== than.at) return last.at < than.at;
  if (conversation !== than.conversation) return conversation < than.conversation;
  return thread < than.thread;
}
