// find_readers, read_standings, list_readers, seat_readers, count_readers and renumber_reader: who reads a channel without a place
// in its log.
import {
  COUNT_READERS,
  FIND_READERS,
  LIST_READERS,
  READ_STANDINGS,
  RENUMBER_READER,
  SEAT_READERS,
} from '@kith/server/store/postgres/readers';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import { type MemberRow, NAMES_NOTHING } from '../rows.js';
import type { Table, Waiting } from '../table.js';
import { rowSeen, type Slot } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';
import { aggregated } from './records.js';

const READER = 1;

export const findReaders = reading({ statement: FIND_READERS, fingerprint: '49916141f64b' }, find);
export const readStandings = reading({ statement: READ_STANDINGS, fingerprint: '5ede49b5bc64' }, standings);
export const listReaders = reading({ statement: LIST_READERS, fingerprint: '10af6f65dbaa' }, list);
export const seatReaders = writing({ statement: SEAT_READERS, fingerprint: '3bfc65134356' }, seat);
export const countReaders = writing({ statement: COUNT_READERS, fingerprint: '10a5b24ea993' }, count);
export const renumberReader = writing({ statement: RENUMBER_READER, fingerprint: '5560183ff4f3' }, renumber);

function find(execution: Execution, parameters: Parameters): Rows {
  const conversation = execution.tables.conversation(parameters.uuid(1), execution.snapshot);
  if (!conversation) return [];
  const rows = membersOf(execution, conversation.no);
  const people = parameters.uuids(2);
  const found = rows.filter((row) => isReader(row) && people.includes(row.person));
  const lowest = rows.reduce<number | null>((least, { ordinal }) => Math.min(least ?? ordinal, ordinal), null);
  const readers = found.map((row) => [row.person, row.ordinal, row.joined, row.first, row.leftSeq]);
  return [{ lowest, readers: aggregated(readers) }];
}

function standings({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  return parameters.uuids(1).flatMap((id) => {
    const conversation = tables.conversation(id, snapshot);
    const slot = conversation && tables.members.find('member_person', `${parameters.uuid(2)} ${conversation.no}`);
    const row = slot ? rowSeen(slot, snapshot) : null;
    return row && isReader(row) ? [{ id, joined: row.joined, first: row.first, left: row.leftSeq }] : [];
  });
}

function list(execution: Execution, parameters: Parameters): Rows {
  const conversation = execution.tables.conversation(parameters.uuid(1), execution.snapshot);
  const after = parameters.uuid(2);
  if (!conversation) return [];
  return membersOf(execution, conversation.no)
    .filter(({ role, leftSeq, person }) => role === READER && leftSeq === null && person > after)
    .toSorted((one, other) => (one.person < other.person ? -1 : 1))
    .slice(0, parameters.int(3))
    .map(({ person, joined }) => ({ user: person, joined }));
}

function* seat(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { tables } = execution;
  const changed = execution.xid();
  const conversation = parameters.int(1);
  const people = parameters.uuids(2);
  if (parameters.boolean(11)) {
    const membersIn = people.map(() => conversation);
    yield* execution.insert(tables.feed, { ...NAMES_NOTHING, xid: changed, membersIn, members: people });
  }
  for (const row of seatsOf(parameters)) {
    const [delivered, read] = [row.first - 1, row.first - 1];
    const { person: _person, ordinal: _ordinal, conversation: _conversation, ...set } = row;
    const change = (before: MemberRow): MemberRow => ({
      ...{ ...before, ...set, changed },
      delivered: Math.max(before.delivered, delivered),
      read: Math.max(before.read, read),
    });
    const inserted = { ...row, delivered, read, pacedAt: null, changed };
    yield* execution.upsert(tables.members, inserted, { constraint: 'member_pkey', change });
  }
  return [];
}

type SeatRow = Omit<MemberRow, 'delivered' | 'read' | 'changed' | 'pacedAt'>;

function seatsOf(parameters: Parameters): readonly SeatRow[] {
  const [ordinals, roles, joined] = [parameters.ints(3), parameters.smallints(4), parameters.bigints(5)];
  const [firsts, leftSeqs, leftSizes] = [
    parameters.bigints(6),
    parameters.bigintsOrNulls(7),
    parameters.intsOrNulls(8),
  ];
  const [leftNames, folded] = [parameters.textsOrNulls(9), parameters.textsOrNulls(10)];
  return parameters.uuids(2).map((person, index) => ({
    conversation: parameters.int(1),
    person,
    ordinal: at(ordinals, index),
    role: at(roles, index),
    joined: at(joined, index),
    first: at(firsts, index),
    leftSeq: leftSeqs[index] ?? null,
    leftSize: leftSizes[index] ?? null,
    leftName: leftNames[index] ?? null,
    folded: JSON.parse(folded[index] ?? 'null') as readonly unknown[] | null,
  }));
}

function* count(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { conversations } = execution.tables;
  const slot = conversations.find('conversation_pkey', parameters.int(1));
  const row = slot && (yield* execution.hold(conversations, slot));
  if (slot && row) execution.update(conversations, slot, { ...row, readers: row.readers + parameters.int(2) });
  return [];
}

function* renumber(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const [conversation, from, to] = [parameters.int(1), parameters.int(2), parameters.int(3)];
  const { members, entries, reactions, votes, followers } = execution.tables;
  const isTheirs = (row: { readonly conversation: number; readonly ordinal: number }) =>
    row.conversation === conversation && row.ordinal === from;
  for (const slot of slotsOf(execution, followers, isTheirs)) {
    const row = yield* execution.hold(followers, slot);
    if (row) execution.rekey(followers, slot, { ...row, ordinal: to });
  }
  for (const slot of slotsOf(execution, votes, isTheirs)) {
    const row = yield* execution.hold(votes, slot);
    if (row) execution.rekey(votes, slot, { ...row, ordinal: to });
  }
  for (const slot of slotsOf(execution, reactions, isTheirs)) {
    const row = yield* execution.hold(reactions, slot);
    if (row) execution.rekey(reactions, slot, { ...row, ordinal: to });
  }
  for (const slot of slotsOf(execution, entries, (row) => row.conversation === conversation && row.author === from)) {
    const row = yield* execution.hold(entries, slot);
    if (row) execution.rekey(entries, slot, { ...row, author: to });
  }
  const slot = members.find('member_pkey', `${conversation} ${from}`);
  const row = slot && (yield* execution.hold(members, slot));
  if (slot && row) execution.rekey(members, slot, { ...row, ordinal: to });
  return [];
}

/** Those that are seen; a list of its own, as they move meanwhile. */
function slotsOf<Row extends object>(
  { snapshot }: Execution,
  table: Table<Row>,
  isWanted: (row: Row) => boolean,
): readonly Slot<Row>[] {
  return [...table.slots()].filter((slot) => {
    const row = rowSeen(slot, snapshot);
    return row !== null && isWanted(row);
  });
}

function membersOf({ tables, snapshot }: Execution, no: number): readonly MemberRow[] {
  return tables.members.ofConversation(no).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
}

function isReader({ ordinal, folded }: MemberRow): boolean {
  return ordinal < 0 || folded !== null;
}
