// read_amendments, read_history, read_target and erase: entries that change earlier ones, and the emptying of those.
import { ERASE, READ_AMENDMENTS, READ_HISTORY, READ_TARGET } from '@kith/server/store/postgres/amendments';
import { FORGET } from '@kith/server/store/postgres/search-sql';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import type { AmendmentRow, EntryRow } from '../rows.js';
import type { Waiting } from '../table.js';
import { voteKey } from '../tables.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';
import { recordsAsked, storedEntries, storedEntry } from './records.js';

export const readAmendments = reading({ statement: READ_AMENDMENTS, fingerprint: '3e24a993ad2d' }, amendments);
export const readHistory = reading({ statement: READ_HISTORY, fingerprint: 'df4f04271bbb' }, history);
export const readTarget = reading({ statement: READ_TARGET, fingerprint: 'f19917ab96d6' }, target);
export const erase = writing({ statement: ERASE, fingerprint: 'cafeb77f9e49' }, empty);

/** The index of messages is a side table that no statement here reads, so it is not modelled. */
export const forget = writing({ statement: FORGET, fingerprint: '85054e76ed3f' }, nothing);

const SENT = 6;
const EDITED = 8;
const DELETED = 9;
const REACTED = 10;
const PINNED = 14;
const VOTED = 32;
const CLOSED = 28;
const IN_THREAD = 2;
const ERASED = 4;

function amendments(execution: Execution, parameters: Parameters): Rows {
  const [after, limit] = [parameters.bigint(4), parameters.int(5)];
  return recordsAsked(execution, parameters).map(({ conversation, record }) => {
    const rows = amendmentsSeen(execution, execution.tables.amendments.ofConversation(conversation.no));
    const page = rows.filter(({ seq }) => seq > after).slice(0, limit);
    return { ...record, entries: storedEntries(execution, entriesAt(execution, conversation.no, page)) };
  });
}

function history(execution: Execution, parameters: Parameters): Rows {
  const seq = parameters.bigint(4);
  return recordsAsked(execution, parameters).map(({ conversation, record }) => {
    const rows = amendmentsOf(execution, conversation.no, seq).filter(
      ({ kind }) => kind === EDITED || kind === DELETED,
    );
    return { ...record, entries: storedEntries(execution, entriesAt(execution, conversation.no, [{ seq }, ...rows])) };
  });
}

function target(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  const conversation = tables.conversation(parameters.uuid(1), snapshot);
  const entry = conversation && tables.entries.at(conversation.no, parameters.bigint(2), snapshot);
  if (!conversation || !entry) return [];
  const { no } = conversation;
  const changes = amendmentsOf(execution, no, entry.row.seq);
  const of = (wanted: number) => changes.filter(({ kind }) => kind === wanted);
  const [deletion] = entriesAt(execution, no, of(DELETED));
  const [pinned] = entriesAt(execution, no, of(PINNED).slice(-1));
  const [reacted] = entriesAt(execution, no, of(REACTED).slice(-1));
  return [
    {
      entry: storedEntry(execution, entry.row),
      answers: countIn(entriesAt(execution, no, of(SENT).slice(-1))[0]),
      edits: of(EDITED).length,
      deletion: deletion ? [deletion.seq, deletion.at] : null,
      reacted: reacted ? [reacted.seq, reacted.at, reactionsIn(reacted)] : null,
      pinned: pinned ? [pinned.seq, pinned.at, JSON.parse(pinned.body).on] : null,
      ...pollIn(execution, { no, target: entry.row.seq, person: parameters.uuid(3), of }),
      pins: tables.pins.ofConversation(no, snapshot).length,
      own: ownReactions(execution, { no, target: entry.row.seq, person: parameters.uuid(3) }),
    },
  ];
}

function* empty(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { entries } = execution.tables;
  const [no, seq] = [parameters.int(1), parameters.int(2)];
  yield* forgetVotes(execution, no, seq);
  const edits = amendmentsOf(execution, no, seq).filter(({ kind }) => [EDITED, VOTED, CLOSED].includes(kind));
  for (const { seq: changed } of [{ seq }, ...edits]) {
    const slot = entries.find('entry_pkey', `${no} ${changed}`);
    if (!slot || !rowSeen(slot, execution.snapshot)) continue;
    const row = yield* execution.hold(entries, slot);
    if (!row) continue;
    const body = changed === seq ? placeOf(row) : `{"target":${seq}}`;
    execution.update(entries, slot, { ...row, flags: row.flags | ERASED, digest: Buffer.alloc(0), body });
  }
  return [];
}

/** Those of a poll that is emptied. */
function* forgetVotes(execution: Execution, no: number, target: number): Waiting<void> {
  const { votes } = execution.tables;
  for (const row of votes.ofTarget(no, target, execution.snapshot)) {
    const slot = votes.find('vote_pkey', voteKey(row));
    if (slot && (yield* execution.hold(votes, slot))) execution.delete(votes, slot);
  }
}

type PollWish = {
  readonly no: number;
  readonly target: number;
  readonly person: string;
  readonly of: (kind: number) => readonly AmendmentRow[];
};

/** What stands of a poll, whether it is closed, and what one person has chosen in it. */
function pollIn(execution: Execution, { no, target: seq, person, of }: PollWish) {
  const { tables, snapshot } = execution;
  const [voted] = entriesAt(execution, no, of(VOTED).slice(-1));
  const [closed] = entriesAt(execution, no, of(CLOSED).slice(0, 1));
  const { counts = null, voters = null } = voted
    ? (JSON.parse(voted.body) as { counts?: unknown; voters?: unknown })
    : {};
  const member = rowSeen(tables.members.find('member_person', `${person} ${no}`), snapshot);
  const own =
    member && tables.votes.find('vote_pkey', voteKey({ conversation: no, ordinal: member.ordinal, target: seq }));
  const vote = own ? rowSeen(own, snapshot) : null;
  return {
    voted: voted ? [voted.seq, voted.at, counts, voters] : null,
    closed: closed ? [closed.seq, closed.at] : null,
    vote: vote ? [vote.seq, vote.at, vote.choices] : null,
  };
}

function ownReactions(
  { tables, snapshot }: Execution,
  { no, target: seq, person }: { readonly no: number; readonly target: number; readonly person: string },
): readonly unknown[] | null {
  const slot = tables.members.find('member_person', `${person} ${no}`);
  const member = slot && rowSeen(slot, snapshot);
  const rows = tables.reactions.ofTarget(no, seq, snapshot).filter(({ ordinal }) => ordinal === member?.ordinal);
  return rows.length > 0 ? rows.map((row) => [row.seq, row.at, row.emoji]) : null;
}

function countIn(row: EntryRow | undefined): number {
  return row ? ((JSON.parse(row.body) as { readonly count?: number }).count ?? 0) : 0;
}

/** What is left in the body of a message that is emptied. */
function placeOf({ flags, body }: EntryRow): string {
  if ((flags & IN_THREAD) === 0) return '{}';
  const { thread, count } = JSON.parse(body) as { readonly thread?: unknown; readonly count?: unknown };
  return JSON.stringify({ thread, count });
}

function reactionsIn({ body }: EntryRow): unknown {
  return (JSON.parse(body) as { readonly reactions?: unknown }).reactions ?? null;
}

// biome-ignore lint/correctness/useYield: it writes, and waits for nobody.
function* nothing(): Waiting<Rows> {
  return [];
}

/** What changes an entry, by rising number. */
function amendmentsOf(execution: Execution, no: number, seq: number): readonly AmendmentRow[] {
  return amendmentsSeen(execution, execution.tables.amendments.ofTarget(no, seq));
}

function amendmentsSeen(
  { snapshot }: Execution,
  slots: ReturnType<Execution['tables']['amendments']['ofConversation']>,
): readonly AmendmentRow[] {
  return slots.flatMap((slot) => rowSeen(slot, snapshot) ?? []);
}

function entriesAt(
  { tables, snapshot }: Execution,
  no: number,
  seqs: readonly { readonly seq: number }[],
): readonly EntryRow[] {
  return seqs.flatMap(({ seq }) => tables.entries.at(no, seq, snapshot)?.row ?? []);
}
