// note_followers, follow_thread, advance_threads, read_follower and list_threads: who follows which thread, and what of it is
// unread to them.
import { LIMITS } from '@kith/protocol';
import {
  ADVANCE_THREADS,
  FOLLOW,
  LIST_THREADS,
  NOTE_FOLLOWERS,
  READ_FOLLOWER,
} from '@kith/server/store/postgres/followers';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import { type ConversationRow, type EntryRow, type FollowerRow, type MemberRow, NAMES_NOTHING } from '../rows.js';
import type { Waiting } from '../table.js';
import { followerKey } from '../tables.js';
import { rowSeen } from '../versions.js';
import { FLAGS, isMentioned, MESSAGE_SENT } from './marks.js';
import { type Rows, reading, writing } from './modelled.js';

export const noteFollowers = writing({ statement: NOTE_FOLLOWERS, fingerprint: '96a92c50d015' }, note);
export const followThread = writing({ statement: FOLLOW, fingerprint: 'bb7f78a14a72' }, follow);
export const advanceThreads = writing({ statement: ADVANCE_THREADS, fingerprint: '0fd231add261' }, advance);
export const readFollower = reading({ statement: READ_FOLLOWER, fingerprint: '88bb48fd3bad' }, read);
export const listThreads = reading({ statement: LIST_THREADS, fingerprint: '0208b8761f3a' }, list);

/** A member of a conversation, and where what they may read of it ends. */
type Asker = { readonly conversation: ConversationRow; readonly member: MemberRow; readonly head: number };

type Standing = Asker & { readonly thread: number; readonly read: number };

function* note(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const [conversation, thread, readTo] = [parameters.int(1), parameters.int(2), parameters.int(4)];
  const isAuthor = parameters.boolean(5);
  const changed = execution.xid();
  for (const ordinal of parameters.ints(3)) {
    const row = { conversation, ordinal, thread, read: readTo, follows: true, changed };
    const change = (before: FollowerRow) => {
      const isKept = before.follows && !isAuthor;
      return { ...row, read: isKept ? before.read : Math.max(before.read, readTo) };
    };
    yield* execution.upsert(execution.tables.followers, row, { constraint: 'follower_pkey', change });
  }
  return [];
}

function* follow(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { followers, feed } = execution.tables;
  const [person, thread, follows] = [parameters.uuid(2), parameters.int(3), parameters.boolean(4)];
  const asker = askerOf(execution, parameters.uuid(1), person);
  if (!asker) return [];
  const key = { conversation: asker.conversation.no, ordinal: asker.member.ordinal, thread };
  const seen = rowSeen(followers.find('follower_pkey', followerKey(key)), execution.snapshot);
  if (!follows && !seen) return [];
  const readTo = follows ? asker.wholeHead : 0;
  const row = { ...key, read: readTo, follows, changed: execution.xid() };
  let isChanged = true;
  const change = (before: FollowerRow) => {
    isChanged = before.follows !== follows;
    return isChanged ? { ...row, read: Math.max(before.read, readTo) } : before;
  };
  yield* execution.upsert(followers, row, { constraint: 'follower_pkey', change });
  if (!isChanged) return [];
  yield* execution.insert(feed, {
    ...NAMES_NOTHING,
    xid: execution.xid(),
    threadsIn: [key.conversation],
    threads: [thread],
    followers: [person],
  });
  return [];
}

function* advance(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { followers, feed } = execution.tables;
  const [persons, threads, reads] = [parameters.uuids(2), parameters.bigints(3), parameters.bigints(4)];
  const moved: Standing[] = [];
  for (const [index, id] of parameters.uuids(1).entries()) {
    const asker = askerOf(execution, id, at(persons, index));
    if (!asker) continue;
    const readTo = Math.min(at(reads, index), asker.head);
    const key = { conversation: asker.conversation.no, ordinal: asker.member.ordinal, thread: at(threads, index) };
    const slot = followers.find('follower_pkey', followerKey(key));
    const isRaised = (row: FollowerRow | null | undefined) => row?.follows === true && readTo > row.read;
    if (!slot || !isRaised(rowSeen(slot, execution.snapshot))) continue;
    const row = yield* execution.hold(followers, slot);
    if (!row || !isRaised(row)) continue;
    execution.update(followers, slot, { ...row, read: readTo, changed: execution.xid() });
    moved.push({ ...asker, thread: row.thread, read: readTo });
  }
  if (moved.length === 0) return [];
  yield* execution.insert(feed, {
    ...NAMES_NOTHING,
    xid: execution.xid(),
    threadsIn: moved.map(({ conversation }) => conversation.no),
    threads: moved.map(({ thread }) => thread),
    followers: moved.map(({ member }) => member.person),
  });
  return moved.map((standing) => counted(execution, standing));
}

function read(execution: Execution, parameters: Parameters): Rows {
  const asker = askerOf(execution, parameters.uuid(1), parameters.uuid(2));
  if (!asker) return [];
  const thread = parameters.bigint(3);
  const key = followerKey({ conversation: asker.conversation.no, ordinal: asker.member.ordinal, thread });
  const row = rowSeen(execution.tables.followers.find('follower_pkey', key), execution.snapshot);
  const standing = { ...asker, thread, read: row?.read ?? 0 };
  return [{ ...counted(execution, standing), follows: row?.follows ?? false }];
}

function list(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  const [person, workspace, only] = [parameters.uuid(1), parameters.uuid(2), parameters.uuidOrNull(3)];
  const mine = tables.members.ofPerson(person).flatMap((slot) => {
    const member = rowSeen(slot, snapshot);
    const conversation = member && tables.conversationOf(member.conversation, snapshot);
    if (!member || conversation?.workspace !== workspace || member.leftSeq !== null) return [];
    if (only !== null && conversation.id !== only) return [];
    return tables.followers
      .ofMember(conversation.no, member.ordinal, snapshot)
      .flatMap(({ thread, read: readTo, follows }) => {
        const last = answersOf(execution, conversation.no, thread).at(-1);
        if (!follows || thread < Math.max(member.first, conversation.first) || !last) return [];
        const standing = { conversation, member, head: Number.POSITIVE_INFINITY, thread, read: readTo };
        return [{ ...counted(execution, standing), last: last.seq, at: last.at }];
      });
  });
  const [time, id, thread] = [parameters.bigintOrNull(5), parameters.uuidOrNull(6), parameters.bigintOrNull(7)];
  const after = time === null || id === null || thread === null ? null : { at: time, id, thread };
  const page = mine
    .filter((one) => after === null || isBelow(one, after))
    .toSorted((a, b) => (isBelow(a, b) ? 1 : -1))
    .slice(0, parameters.int(4));
  const allUnread = mine.filter(({ unread }) => unread > 0).length;
  return page.length === 0 ? [{ allUnread, id: null }] : page.map((row) => ({ allUnread, ...row }));
}

type Placed = { readonly at: number; readonly id: string; readonly thread: number };

function isBelow(one: Placed, other: Placed): boolean {
  if (one.at !== other.at) return one.at < other.at;
  return one.id === other.id ? one.thread < other.thread : one.id < other.id;
}

function askerOf({ tables, snapshot }: Execution, id: string, person: string) {
  const conversation = tables.conversation(id, snapshot);
  const head = conversation && tables.entries.head(conversation.no, snapshot);
  const member =
    conversation && rowSeen(tables.members.find('member_person', `${person} ${conversation.no}`), snapshot);
  if (!conversation || !head || !member) return null;
  return { conversation, member, head: member.leftSeq ?? head.row.seq, wholeHead: head.row.seq };
}

/** Of the newest answers above the read mark. */
function counted(execution: Execution, { conversation, member, head, thread, read: readTo }: Standing) {
  const unread = answersOf(execution, conversation.no, thread)
    .filter(({ seq, flags, author }) => {
      return seq > readTo && seq <= head && (flags & FLAGS.erased) === 0 && author !== member.ordinal;
    })
    .slice(-LIMITS.unreadCap);
  const mentions = unread.filter((row) => (row.flags & FLAGS.mentions) !== 0 && isMentioned(row, member.person));
  return {
    ...{ id: conversation.id, epoch: conversation.epoch, person: member.person, thread, read: readTo },
    ...{ unread: unread.length, mentions: mentions.length },
  };
}

function answersOf({ tables, snapshot }: Execution, no: number, thread: number): readonly EntryRow[] {
  const rows = tables.amendments.ofTarget(no, thread).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  const seqs = rows.flatMap(({ kind, seq }) => (kind === MESSAGE_SENT ? seq : []));
  return seqs.flatMap((seq) => tables.entries.at(no, seq, snapshot)?.row ?? []);
}
