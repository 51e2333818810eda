// What is written alone: the lock of a conversation, a new conversation, and the statement that changes everything of one.
import { CREATE_CONVERSATION, LOCK_CONVERSATION, WRITE_ALONE } from '@kith/server/store/postgres/append-alone';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import { type EntryRow, type MemberRow, NAMES_NOTHING } from '../rows.js';
import type { Waiting } from '../table.js';
import { rowSeen } from '../versions.js';
import { type Rows, writing } from './modelled.js';

export const lockConversation = writing({ statement: LOCK_CONVERSATION, fingerprint: 'ccb59f6569d4' }, lock);
export const createConversation = writing({ statement: CREATE_CONVERSATION, fingerprint: '1070a40b7f9c' }, create);
export const writeAlone = writing({ statement: WRITE_ALONE, fingerprint: 'bb6cf6c332a6' }, write);

function* lock(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { conversations } = execution.tables;
  const slot = conversations.find('conversation_id', parameters.uuid(1));
  if (!slot || !rowSeen(slot, execution.snapshot)) return [];
  const row = yield* execution.hold(conversations, slot);
  return row ? [{ no: row.no }] : [];
}

function* create(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { tables } = execution;
  tables.lastConversation += 1;
  const no = tables.lastConversation;
  yield* execution.insert(tables.conversations, {
    no,
    id: parameters.uuid(1),
    workspace: parameters.uuid(2),
    epoch: parameters.bigint(3),
    structure: 0,
    size: 0,
    kind: parameters.smallint(5),
    name: parameters.textOrNull(6),
    settings: {},
    readers: 0,
    isPublic: false,
    ...{ first: 1, trimmed: null },
  });
  return [{ no }];
}

/** The statement itself first, then the parts that nobody reads from, the last one first: the order of PostgreSQL. */
function* write(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const conversation = parameters.int(1);
  const members = parameters.uuids(15);
  yield* execution.insert(execution.tables.feed, {
    ...NAMES_NOTHING,
    xid: execution.xid(),
    conversations: [conversation],
    heads: [parameters.int(24)],
    membersIn: members.map(() => conversation),
    members,
  });
  yield* writeAmendments(execution, parameters);
  yield* writeSettings(execution, parameters);
  yield* writeMembers(execution, parameters);
  yield* writeStructure(execution, parameters);
  for (const row of entriesOf(parameters)) yield* execution.insert(execution.tables.entries, row);
  return [];
}

function* writeAmendments(execution: Execution, parameters: Parameters): Waiting<void> {
  const [seqs, kinds] = [parameters.ints(26), parameters.smallints(27)];
  for (const [index, target] of parameters.ints(25).entries()) {
    const row = { conversation: parameters.int(1), target, seq: at(seqs, index), kind: at(kinds, index) };
    yield* execution.insert(execution.tables.amendments, row);
  }
}

function* writeSettings(execution: Execution, parameters: Parameters): Waiting<void> {
  const seqs = parameters.ints(23);
  for (const [index, name] of parameters.texts(22).entries()) {
    const row = { conversation: parameters.int(1), name, seq: at(seqs, index) };
    const change = () => row;
    yield* execution.upsert(execution.tables.settings, row, { constraint: 'setting_pkey', change });
  }
}

function* writeMembers(execution: Execution, parameters: Parameters): Waiting<void> {
  const changed = execution.xid();
  for (const row of membersOf(parameters)) {
    // Nothing below their first is theirs to be read.
    const [delivered, read] = [row.first - 1, row.first - 1];
    const inserted = { ...row, delivered, read, pacedAt: null, folded: null, changed };
    const { person: _person, ordinal: _ordinal, conversation: _conversation, ...set } = row;
    const change = (before: MemberRow): MemberRow => ({
      ...{ ...before, ...set, folded: null, changed },
      delivered: Math.max(before.delivered, delivered),
      read: Math.max(before.read, read),
    });
    yield* execution.upsert(execution.tables.members, inserted, { constraint: 'member_pkey', change });
  }
}

function* writeStructure(execution: Execution, parameters: Parameters): Waiting<void> {
  const { conversations } = execution.tables;
  const structure = parameters.bigint(11);
  const slot = conversations.find('conversation_pkey', parameters.int(1));
  if (!slot || (rowSeen(slot, execution.snapshot)?.structure ?? structure) === structure) return;
  const row = yield* execution.hold(conversations, slot);
  if (!row || row.structure === structure) return;
  const [size, kind, name] = [parameters.int(12), parameters.smallint(13), parameters.textOrNull(14)];
  const [settings, isPublic] = [JSON.parse(parameters.text(28)) as object, parameters.boolean(30)];
  execution.update(conversations, slot, { ...row, structure, size, kind, name, settings, isPublic });
}

/** The columns of a member that the statement writes. */
type Written = Omit<MemberRow, 'delivered' | 'read' | 'changed' | 'pacedAt' | 'folded'>;

function membersOf(parameters: Parameters): readonly Written[] {
  const [ordinals, roles, joined] = [parameters.ints(16), parameters.smallints(17), parameters.bigints(18)];
  const [leftSeqs, leftSizes] = [parameters.bigintsOrNulls(19), parameters.intsOrNulls(20)];
  const [leftNames, firsts] = [parameters.textsOrNulls(21), parameters.bigints(29)];
  return parameters.uuids(15).map((person, index) => ({
    conversation: parameters.int(1),
    person,
    ordinal: at(ordinals, index),
    role: at(roles, index),
    joined: at(joined, index),
    first: at(firsts, index),
    leftSeq: leftSeqs[index] ?? null,
    leftSize: leftSizes[index] ?? null,
    leftName: leftNames[index] ?? null,
  }));
}

function entriesOf(parameters: Parameters): readonly EntryRow[] {
  const [ats, ns, authors] = [parameters.bigints(3), parameters.ints(4), parameters.ints(5)];
  const [kinds, flags, keys] = [parameters.smallints(6), parameters.smallints(7), parameters.uuids(8)];
  const [digests, bodies] = [parameters.byteStrings(9), parameters.texts(10)];
  return parameters.ints(2).map((seq, index) => ({
    conversation: parameters.int(1),
    seq,
    at: at(ats, index),
    n: at(ns, index),
    author: at(authors, index),
    kind: at(kinds, index),
    flags: at(flags, index),
    key: at(keys, index),
    digest: at(digests, index),
    body: at(bodies, index),
  }));
}
