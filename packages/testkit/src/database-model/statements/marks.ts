// advance_marks and read_marks, and the count of what is unread.
import { LIMITS } from '@kith/protocol';
import { ADVANCE, READ_MARKS } from '@kith/server/store/postgres/marks';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import { type EntryRow, type MemberRow, NAMES_NOTHING } from '../rows.js';
import type { Waiting } from '../table.js';
import { rowSeen, type Slot } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';

export const advanceMarks = writing({ statement: ADVANCE, fingerprint: '6c34f88d18a1' }, advance);
export const readMarks = reading({ statement: READ_MARKS, fingerprint: 'a3f164e9c59b' }, read);

export const MESSAGE_SENT = 6;
const READER = 1;
export const FLAGS = { mentions: 1, thread: 2, erased: 4 };

type Asked = {
  readonly id: string;
  readonly epoch: number;
  readonly head: number;
  readonly slot: Slot<MemberRow>;
  readonly delivered: number;
  readonly read: number;
  readonly told: boolean;
};

type Counted = Pick<MemberRow, 'conversation' | 'ordinal' | 'person' | 'read'>;

function* advance(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { members } = execution.tables;
  const moved: object[] = [];
  const told: Pick<MemberRow, 'conversation' | 'person'>[] = [];
  for (const asked of askedIn(execution, parameters)) {
    const seen = rowSeen(asked.slot, execution.snapshot);
    if (!seen || !raised(seen, asked)) continue;
    const row = yield* execution.hold(members, asked.slot);
    const after = row && raised(row, asked);
    if (!after) continue;
    const { delivered, read: readTo } = after;
    const isDelivered = delivered > seen.delivered;
    execution.update(members, asked.slot, { ...after, changed: execution.xid() });
    const counts = countUnread(execution, after, after.leftSeq ?? asked.head);
    moved.push({
      id: asked.id,
      epoch: asked.epoch,
      person: after.person,
      delivered,
      read: readTo,
      isDelivered,
      ...counts,
    });
    if (asked.told) told.push(after);
  }
  if (told.length === 0) return moved;
  yield* execution.insert(execution.tables.feed, {
    ...NAMES_NOTHING,
    xid: execution.xid(),
    readIn: told.map(({ conversation }) => conversation),
    readers: told.map(({ person }) => person),
  });
  return moved;
}

function askedIn({ tables, snapshot }: Execution, parameters: Parameters): readonly Asked[] {
  const [persons, delivered, reads] = [parameters.uuids(2), parameters.bigints(3), parameters.bigints(4)];
  const told = parameters.booleans(5);
  return parameters.uuids(1).flatMap((id, index) => {
    const conversation = tables.conversation(id, snapshot);
    const head = conversation && tables.entries.head(conversation.no, snapshot);
    if (!conversation || !head) return [];
    const slot = tables.members.find('member_person', `${at(persons, index)} ${conversation.no}`);
    if (!slot) return [];
    const marks = { delivered: at(delivered, index), read: at(reads, index), told: at(told, index) };
    return [{ id: conversation.id, epoch: conversation.epoch, head: head.row.seq, slot, ...marks }];
  });
}

/** The row with its marks moved; null where they stay. */
function raised(row: MemberRow, asked: Asked): MemberRow | null {
  const end = row.leftSeq ?? asked.head;
  const delivered = Math.max(row.delivered, Math.min(Math.max(asked.delivered, asked.read), end));
  const readTo = Math.max(row.read, Math.min(asked.read, end));
  return delivered > row.delivered || readTo > row.read ? { ...row, delivered, read: readTo } : null;
}

/** Of the newest messages above the read mark, up to `head`. */
export function countUnread(
  { tables, snapshot }: Execution,
  member: Counted,
  head: number,
): { readonly unread: number; readonly mentions: number } {
  let unread = 0;
  let mentions = 0;
  for (const { row } of tables.entries.falling(member.conversation, snapshot, head)) {
    if (row.seq <= member.read || unread === LIMITS.unreadCap) break;
    const isCounted = row.kind === MESSAGE_SENT && (row.flags & (FLAGS.thread | FLAGS.erased)) === 0;
    if (!isCounted || row.author === member.ordinal) continue;
    unread += 1;
    if ((row.flags & FLAGS.mentions) !== 0 && isMentioned(row, member.person)) mentions += 1;
  }
  return { unread, mentions };
}

export function isMentioned({ body }: EntryRow, person: string): boolean {
  const { mentions } = JSON.parse(body) as { mentions?: { all?: unknown; users?: unknown } };
  return mentions?.all === true || (Array.isArray(mentions?.users) && mentions.users.includes(person));
}

function read({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  const conversation = tables.conversation(parameters.uuid(1), snapshot);
  if (!conversation) return [];
  const [after, limit, reached] = [parameters.int(2), parameters.int(3), parameters.bigint(4)];
  return tables.members
    .ofConversation(conversation.no)
    .flatMap((slot) => rowSeen(slot, snapshot) ?? [])
    .filter((row) => row.ordinal > after && row.leftSeq === null && row.role !== READER && row.delivered >= reached)
    .slice(0, limit)
    .map(({ person, delivered, read: readTo, ordinal }) => ({ user: person, delivered, read: readTo, ordinal }));
}
