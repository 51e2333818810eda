// The change feed: where it stands, what it names since a mark, and the same from the tables themselves.
import { READ_ALL_CHANGES, READ_CHANGES, READ_MOMENT } from '@kith/server/store/postgres/changes';
import { PRUNE_FEED, READ_XID } from '@kith/server/store/postgres/feed';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import type { ConversationRow } from '../rows.js';
import type { Waiting } from '../table.js';
import { followerKey } from '../tables.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';
import { aggregated } from './records.js';

export const readMoment = reading({ statement: READ_MOMENT, fingerprint: 'f3c841e1bd8a' }, moment);
export const readChanges = reading({ statement: READ_CHANGES, fingerprint: '0ecc171b1376' }, changes);
export const readAllChanges = reading({ statement: READ_ALL_CHANGES, fingerprint: '906328b392a7' }, allChanges);
export const pruneFeed = writing({ statement: PRUNE_FEED, fingerprint: 'c6c844148d70' }, prune);
export const readXid = reading({ statement: READ_XID, fingerprint: 'f30f705897ce' }, (execution) => [
  { xid: String(execution.moment.low) },
]);

function moment({ tables, snapshot, moment: now }: Execution) {
  const store = rowSeen(tables.store.find('store_pkey', 'one'), snapshot);
  if (!store) return [];
  return [{ store: store.id, line: store.line, low: now.low, high: now.high, feedFrom: store.feedFrom }];
}

function changes(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  const since = parameters.bigint(1);
  const heads = new Map<number, number>();
  const members = new Map<string, readonly [no: number, person: string]>();
  const readers = new Map<string, readonly [no: number, person: string]>();
  const trimmed = new Set<number>();
  const followers = new Map<string, readonly [no: number, person: string, thread: number]>();
  for (const row of tables.feed.from(since, snapshot)) {
    for (const [index, no] of row.conversations.entries()) {
      heads.set(no, Math.max(at(row.heads, index), heads.get(no) ?? 0));
    }
    for (const no of row.trimmed) trimmed.add(no);
    for (const [index, no] of row.membersIn.entries()) {
      const person = at(row.members, index);
      members.set(`${no} ${person}`, [no, person]);
    }
    for (const [index, no] of row.readIn.entries()) {
      const person = at(row.readers, index);
      readers.set(`${no} ${person}`, [no, person]);
    }
    for (const [index, no] of row.threadsIn.entries()) {
      const [person, thread] = [at(row.followers, index), at(row.threads, index)];
      followers.set(`${no} ${person} ${thread}`, [no, person, thread]);
    }
  }
  const named = [...heads].sort(([a], [b]) => a - b).map(([no, head]) => namedAs(execution, no, head));
  return moment(execution).map((now) => ({
    ...now,
    conversations: aggregated(named.flat()),
    members: aggregated([...members.values()].flatMap(([no, person]) => inConversation(execution, no, person))),
    reads: aggregated([...readers.values()].flatMap(([no, person]) => readMark(execution, no, person))),
    threads: aggregated([...followers.values()].flatMap((one) => followerNamed(execution, one))),
    trimmed: aggregated([...trimmed].flatMap((no) => beginningOf(tables.conversationOf(no, snapshot)))),
    revoked: revokedSince(execution, since),
  }));
}

function namedAs({ tables, snapshot }: Execution, no: number, head: number) {
  const row = tables.conversationOf(no, snapshot);
  return row ? [[row.id, row.epoch, head]] : [];
}

function inConversation({ tables, snapshot }: Execution, no: number, person: string) {
  const row = tables.conversationOf(no, snapshot);
  return row ? [[row.id, person]] : [];
}

function readMark({ tables, snapshot }: Execution, no: number, person: string) {
  const row = tables.conversationOf(no, snapshot);
  const member = rowSeen(tables.members.find('member_person', `${person} ${no}`), snapshot);
  return row && member ? [[row.id, row.epoch, person, member.read]] : [];
}

function followerNamed({ tables, snapshot }: Execution, [no, person, thread]: readonly [number, string, number]) {
  const row = tables.conversationOf(no, snapshot);
  const member = rowSeen(tables.members.find('member_person', `${person} ${no}`), snapshot);
  const key = member && followerKey({ conversation: no, ordinal: member.ordinal, thread });
  const follower = key && rowSeen(tables.followers.find('follower_pkey', key), snapshot);
  return row && follower ? [[row.id, row.epoch, person, thread, follower.read, follower.follows]] : [];
}

function allChanges(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  const since = parameters.bigint(1);
  const conversations = [...tables.conversations.slots()].flatMap((slot) => {
    const row = rowSeen(slot, snapshot);
    const head = row && tables.entries.head(row.no, snapshot);
    return row && head && head.xid >= since ? [[row.id, row.epoch, head.row.seq]] : [];
  });
  const changed = [...tables.members.slots()]
    .flatMap((slot) => rowSeen(slot, snapshot) ?? [])
    .filter((row) => row.changed >= since);
  return moment(execution).map((now) => ({
    ...now,
    conversations: aggregated(conversations),
    members: aggregated(changed.flatMap((row) => inConversation(execution, row.conversation, row.person))),
    reads: aggregated(changed.flatMap((row) => readMark(execution, row.conversation, row.person))),
    threads: aggregated(followersSince(execution, since)),
    trimmed: aggregated(trimmedSince(execution, since)),
    revoked: revokedSince(execution, since),
  }));
}

function beginningOf(row: ConversationRow | null) {
  return row ? [[row.id, row.epoch, row.first]] : [];
}

function trimmedSince({ tables, snapshot }: Execution, since: number) {
  const rows = [...tables.conversations.slots()].flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  return rows.filter(({ trimmed }) => trimmed !== null && trimmed >= since).flatMap(beginningOf);
}

function followersSince(execution: Execution, since: number) {
  const { tables, snapshot } = execution;
  const rows = [...tables.followers.slots()].flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  return rows.flatMap(({ conversation, ordinal, thread, changed }) => {
    const member = rowSeen(tables.members.find('member_pkey', `${conversation} ${ordinal}`), snapshot);
    return member && changed >= since ? followerNamed(execution, [conversation, member.person, thread]) : [];
  });
}

function revokedSince({ tables, snapshot }: Execution, since: number): readonly string[] | null {
  const rows = [...tables.sessions.slots()].flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  return aggregated(rows.filter(({ revokedXid }) => revokedXid >= since).map(({ id }) => id));
}

function* prune(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { store, feed } = execution.tables;
  const from = parameters.bigint(1);
  for (const slot of [...feed.slots()]) {
    const seen = rowSeen(slot, execution.snapshot);
    if (!seen || seen.xid >= from) continue;
    if (yield* execution.hold(feed, slot)) execution.delete(feed, slot);
  }
  const slot = store.find('store_pkey', 'one');
  const seen = rowSeen(slot, execution.snapshot);
  if (!slot || !seen || seen.feedFrom >= from) return [];
  const row = yield* execution.hold(store, slot);
  if (row && row.feedFrom < from) execution.update(store, slot, { ...row, feedFrom: from });
  return [];
}
