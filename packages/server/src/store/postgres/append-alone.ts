// Writes of one conversation in a transaction of their own, under a lock on the row of the conversation: what changes
// members, names, settings or earlier entries, what makes a conversation, and for a while everything of a conversation that another node
// writes too. The head is read under the lock, so this needs nothing that a node remembers.
import { type ConversationRecord, isPublic } from '../../core/log.js';
import { type AloneOutcome, type AloneParts, decideAll, recordAfter } from './alone-decisions.js';
import { ERASE, erasedBy, readTarget } from './amendments.js';
import { conversationKindNumber, MESSAGE_SENT, roleNumber } from './codes.js';
import type { NumberedWrite } from './entry-rows.js';
import { noteFollowers } from './followers.js';
import { notePaces, readPaces } from './paces.js';
import type { PendingWrite } from './pending-write.js';
import { writePins } from './pins.js';
import type { Queryable, Statement } from './pool.js';
import { writeReactions } from './reactions.js';
import { findReaders } from './readers.js';
import { FORGET } from './search-sql.js';
import { writeVotes } from './votes.js';

/** Served by conversation_id. */
export const LOCK_CONVERSATION: Statement = {
  name: 'lock_conversation',
  text: 'SELECT c.no FROM conversation c WHERE c.id = $1::uuid FOR NO KEY UPDATE',
};

export const CREATE_CONVERSATION: Statement = {
  name: 'create_conversation',
  text: `INSERT INTO conversation (id, workspace, epoch, structure, created_at, size, kind, name)
  VALUES ($1, $2, $3, 0, $4, 0, $5, $6) RETURNING no`,
};

/** Served by entry_pkey, entry_key, conversation_pkey, member_pkey, setting_pkey, amendment_pkey and feed_pkey. */
export const WRITE_ALONE: Statement = {
  name: 'write_alone',
  text: `WITH entries AS (
    INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, digest, body)
    SELECT $1::int, q.* FROM unnest($2::int[], $3::bigint[], $4::int[], $5::int[], $6::smallint[], $7::smallint[],
      $8::uuid[], $9::bytea[], $10::text[]) q
  ), structure AS (
    UPDATE conversation c SET structure = $11::bigint, size = $12::int, kind = $13::smallint, name = $14::text,
      settings = $28::json, is_public = $30::boolean
    WHERE c.no = $1::int AND c.structure <> $11::bigint
  ), members AS (
    INSERT INTO member AS m (conversation, person, ordinal, role, joined, left_seq, left_size, left_name, first,
      delivered, read)
    SELECT $1::int, q.*, q.first - 1, q.first - 1 FROM unnest($15::uuid[], $16::int[], $17::smallint[], $18::bigint[],
      $19::bigint[], $20::int[], $21::text[], $29::bigint[])
      AS q (person, ordinal, role, joined, left_seq, left_size, left_name, first)
    ON CONFLICT ON CONSTRAINT member_pkey DO UPDATE SET role = excluded.role, joined = excluded.joined,
      left_seq = excluded.left_seq, left_size = excluded.left_size, left_name = excluded.left_name, first = excluded.first,
      folded = NULL,
      delivered = greatest(m.delivered, excluded.delivered), read = greatest(m.read, excluded.read),
      changed = pg_current_xact_id()
  ), settings AS (
    INSERT INTO setting (conversation, name, seq)
    SELECT $1::int, q.* FROM unnest($22::text[], $23::int[]) q
    ON CONFLICT ON CONSTRAINT setting_pkey DO UPDATE SET seq = excluded.seq
  ), amendments AS (
    INSERT INTO amendment (conversation, target, seq, kind)
    SELECT $1::int, q.* FROM unnest($25::int[], $26::int[], $27::smallint[]) q
  )
  INSERT INTO feed (xid, conversations, heads, members_in, members)
  VALUES (pg_current_xact_id(), ARRAY[$1::int], ARRAY[$24::int], array_fill($1::int, ARRAY[cardinality($15)]),
    $15::uuid[])`,
};

/** @throws the driver's error; nothing was written then, or it is not known */
export async function writeAlone(parts: AloneParts, pendings: readonly PendingWrite[]): Promise<AloneOutcome> {
  const [first] = pendings;
  if (!first) throw new Error('nothing to write');
  return parts.database.transaction(async (transaction) => {
    const [, found, targetIn] = await Promise.all([
      transaction.query(LOCK_CONVERSATION, [first.conversation]),
      parts.records.read(transaction, [first.conversation]),
      first.write.target === undefined ? null : readTarget(transaction, first.write),
    ]);
    const before = found.get(first.conversation) ?? null;
    const nowMs = parts.clock.now();
    const target = before && (targetIn?.(before.record, nowMs) ?? null);
    const paces = await readPaces(transaction, before?.record ?? null, pendings);
    const readers = await findReaders(
      transaction,
      before?.record ?? null,
      pendings.map(({ write }) => write),
    );
    const outcome = decideAll(parts, pendings, { record: before?.record ?? null, target, paces, readers, nowMs });
    const last = outcome.written.at(-1);
    if (!last) {
      if (before) await Promise.all(readers.writeSeats(transaction, before.no, true));
      return { ...outcome, after: before };
    }
    const record = recordAfter(first, last.numbered);
    const no = before?.no ?? (await create(transaction, record, parts.clock.now()));
    const writes = outcome.written.map(({ numbered }) => numbered);
    await readers.complete(transaction, record.id, writes);
    const erased = erasedBy(writes.flatMap(({ entries }) => entries));
    await Promise.all([
      ...readers.writeRaised(transaction, no),
      ...erased.flatMap((seq) => [transaction.query(ERASE, [no, seq]), transaction.query(FORGET, [no, seq])]),
      ...writes.flatMap(({ entries, rows: [{ author }] }) => writeReactions(transaction, entries, { no, author })),
      ...writes.flatMap((numbered) => writeVotes(transaction, numbered, no)),
      ...writes.flatMap(({ entries }) => writePins(transaction, entries, no)),
      ...writes.flatMap(({ entries }) =>
        noteFollowers(transaction, entries, { no, record, first: target?.entry ?? null }),
      ),
      transaction.query(WRITE_ALONE, writeValues(no, writes)),
      ...readers.writeSeats(transaction, no, false),
      notePaces(transaction, no, outcome.written),
    ]);
    return { ...outcome, after: { no, record } };
  });
}

/** @returns the short number of the new conversation */
async function create(transaction: Queryable, record: ConversationRecord, nowMs: number): Promise<number> {
  const { epoch, kind, name } = record.state;
  const [row] = await transaction.query<{ no: number }>(CREATE_CONVERSATION, [
    record.id,
    record.workspace,
    epoch,
    nowMs,
    conversationKindNumber(kind),
    name,
  ]);
  if (!row) throw new Error('a new conversation got no number');
  return row.no;
}

/** Parameters of WRITE_ALONE: the rows of all writes, and the rows of members and settings as the last of them left them. */
function writeValues(no: number, writes: readonly NumberedWrite[]): readonly unknown[] {
  const rows = writes.flatMap((write) => write.rows);
  const { state } = writes.at(-1) ?? {};
  if (!state) throw new Error('nothing to write');
  const members = membersAfter(writes);
  const settings = settingsAfter(writes);
  const amendments = amendmentsIn(writes);
  return [
    no,
    ...columns(rows, ['seq', 'at', 'n', 'author', 'kind', 'flags', 'key', 'digest', 'body']),
    ...[state.structure, state.size, conversationKindNumber(state.kind), state.name],
    ...columns(members, ['user', 'ordinal', 'role', 'joined', 'left', 'leftSize', 'leftName']),
    [...settings.keys()],
    [...settings.values()],
    state.head,
    ...columns(amendments, ['target', 'seq', 'kind']),
    JSON.stringify(state.settings),
    members.map(({ first }) => first),
    isPublic(state),
  ];
}

function columns<Row extends object>(rows: readonly Row[], names: readonly (keyof Row)[]): readonly unknown[][] {
  return names.map((name) => rows.map((row) => row[name]));
}

/** One row for each member that changed, as of the last change. */
function membersAfter(writes: readonly NumberedWrite[]) {
  const changes = writes.flatMap(({ members }) => members);
  const rows = changes.flatMap(({ user, after }) => {
    const member = after.members.get(user);
    if (!member) return [];
    const { ordinal, role, first = 1, joined, left } = member;
    const whenLeft =
      left === null ? { leftSize: null, leftName: null } : { leftSize: after.size, leftName: after.name };
    return { user, ordinal, role: roleNumber(role), first, joined, left, ...whenLeft };
  });
  return [...new Map(rows.map((row) => [row.user, row])).values()];
}

/** The seq that last set each name. */
function settingsAfter(writes: readonly NumberedWrite[]): ReadonlyMap<string, number> {
  const entries = writes.flatMap((write) => write.entries).filter(({ kind }) => kind === 'setting.set');
  return new Map(entries.map(({ body, seq }) => [String(body.name), seq]));
}

/** A row for each entry that changes an earlier one, or answers one. */
function amendmentsIn(writes: readonly NumberedWrite[]) {
  return writes.flatMap(({ entries, rows }) =>
    entries.flatMap(({ seq, body }, index) => {
      const kind = rows[index]?.kind;
      const target = body.target ?? (kind === MESSAGE_SENT ? body.thread : undefined);
      return kind === undefined || typeof target !== 'number' ? [] : { target, seq, kind };
    }),
  );
}
