// Summaries of a person's conversations: everything, or what changed since a cursor; always one query.
// A cursor is a transaction id, and a conversation has changed where its head or one of its rows was written by that
// transaction or a later one. Numbers follow commits within a conversation: an entry is numbered by one who has seen its
// predecessor committed. So a head that a cursor saw vouches for all entries below it, whatever their transaction ids.
import { type ConversationId, type ConversationSettings, type Entry, toId, type UserId } from '@kith/protocol';
import type { LogSummary, SummaryPage, SummaryQuery } from '../../core/log.js';
import { parseConversationKind, parseRole, READER } from './codes.js';
import { encodeCursor, encodePage, type ListingPosition, type Position, parseCursor, parsePage } from './cursors.js';
import { parseEntry, type StoredEntry } from './entry-rows.js';
import type { Queryable, Statement } from './pool.js';
import {
  JOIN_STANDING,
  JOIN_SUMMARY,
  LISTED_COLUMNS,
  MOMENT,
  ownSelf,
  STANDING_COLUMNS,
  summaryColumns,
} from './summary-sql.js';

type SummaryRow = {
  readonly id: string;
  readonly kind: number;
  readonly epoch: number;
  readonly joined: number;
  readonly first: number;
  readonly head: number;
  readonly delivered: number;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
  readonly at: number;
  readonly name: string | null;
  /** Null where nothing was ever set, and for those who left. */
  readonly settings: ConversationSettings | null;
  readonly members: number;
  readonly readers: number;
  readonly role: number;
  readonly peer: string | null;
  readonly peerDelivered: number | null;
  readonly peerRead: number | null;
  readonly mute: unknown;
  readonly last: StoredEntry | null;
  readonly lastAuthor: string | null;
  readonly seenHead: number;
};

type ListingRow = Omit<SummaryRow, 'id'> & {
  /** Null in the one row of an empty page. */
  readonly id: string | null;
  readonly phase: 0 | 1;
  readonly store: string;
  readonly line: number;
  readonly low: number;
  readonly isValid: boolean | null;
};

/** Beyond this many transactions a 32-bit id is ambiguous. */
const OLDEST_CURSOR = 2 ** 31;

const hasChangedSince = (xid: string) =>
  `(s.xid >= ${xid} OR s.changed >= ${xid} OR s.peer_changed >= ${xid} OR s.mute_xid >= ${xid}
    OR s.trimmed >= ${xid})`;

/**
 * $1 person, $2 workspace, $3 limit, $4 store and $5 line of the cursor, $6 since, $7 cursor of the first page, $8 phase,
 * $9 and $10 the time and id after which the page begins. Phase 0 walks from the newest on, phase 1 through what changed
 * after the walk had begun and may have moved ahead of it. Served by member_person, conversation_pkey, entry_pkey,
 * member_pkey, setting_pkey and store_pkey.
 */
export const LIST_SUMMARIES: Statement = {
  name: 'list_summaries',
  text: `WITH now AS MATERIALIZED (${MOMENT}
  ), t AS MATERIALIZED (
    SELECT now.store, now.line, now.low, now.high, v.valid, CASE WHEN v.valid THEN $6::bigint END AS since, CASE WHEN v.valid THEN $7::bigint END AS walked,
      CASE WHEN v.valid THEN $8::int ELSE 0 END AS phase, CASE WHEN v.valid THEN $9::bigint END AS at
    FROM now, LATERAL (
      SELECT now.store = $4::uuid AND now.line = $5::bigint
        AND coalesce($6::bigint BETWEEN now.high - ${OLDEST_CURSOR} AND now.high, true)
        AND coalesce($7::bigint BETWEEN now.high - ${OLDEST_CURSOR} AND now.high, true) AS valid
    ) v
  ), own AS MATERIALIZED (${ownSelf('$2::uuid')}
  ), standing AS (
    SELECT ${STANDING_COLUMNS}
    FROM t CROSS JOIN member m JOIN conversation c ON c.no = m.conversation ${JOIN_STANDING}
    WHERE m.person = $1::uuid AND c.workspace = $2::uuid
  ), listed AS (
    SELECT ${LISTED_COLUMNS}, CASE
      WHEN t.phase = 0 AND (t.at IS NULL OR (s.at, s.id) < (t.at, $10::uuid))
        AND CASE WHEN t.since IS NULL THEN s.left_seq IS NULL ELSE ${hasChangedSince('t.since')} END THEN 0
      WHEN t.walked IS NOT NULL AND (t.phase = 0 OR (s.at, s.id) < (t.at, $10::uuid))
        AND ${hasChangedSince('t.walked')} THEN 1
    END AS phase
    FROM t, standing s
  ), w AS MATERIALIZED (
    SELECT ${LISTED_COLUMNS}, s.phase FROM listed s WHERE s.phase IS NOT NULL ORDER BY s.phase, s.at DESC, s.id DESC LIMIT $3::int
  )
  SELECT t.store, t.line, t.low, t.valid AS "isValid", w.phase, ${summaryColumns('t.since')}
  FROM t LEFT JOIN (w ${JOIN_SUMMARY}) ON true
  ORDER BY w.phase, w.at DESC, w.id DESC`,
};

/** $1 person, $2 conversation. Served by conversation_id and the indexes of the listing. */
export const READ_SUMMARY: Statement = {
  name: 'read_summary',
  text: `WITH t AS MATERIALIZED (${MOMENT}
  ), c AS MATERIALIZED (
    SELECT c.no, c.id, c.workspace, c.kind, c.epoch, c.name, c.size, c.readers, c.settings, c.first, c.trimmed FROM conversation c WHERE c.id = $2::uuid
  ), own AS MATERIALIZED (${ownSelf('(SELECT c.workspace FROM c)')}
  ), w AS (
    SELECT ${STANDING_COLUMNS}
    FROM t CROSS JOIN c JOIN member m ON m.conversation = c.no ${JOIN_STANDING}
    WHERE m.person = $1::uuid
  )
  SELECT ${summaryColumns('NULL::bigint')} FROM t CROSS JOIN w ${JOIN_SUMMARY}`,
};

/** Served by member_person, conversation_pkey and entry_pkey. $1 person. */
export const CONVERSATIONS_OF: Statement = {
  name: 'conversations_of',
  text: `SELECT c.id, c.epoch, h.seq AS head, greatest(m.first, c.first) AS first, m.role = ${READER} AS "isReader"
  FROM member m JOIN conversation c ON c.no = m.conversation
  CROSS JOIN LATERAL (
    SELECT e.seq FROM entry e WHERE e.conversation = m.conversation ORDER BY e.seq DESC LIMIT 1
  ) h
  WHERE m.person = $1::uuid AND m.left_seq IS NULL`,
};

/** Served by member_person and conversation_pkey. */
export const MEMBERSHIPS_OF: Statement = {
  name: 'memberships_of',
  text: `SELECT c.id FROM member m JOIN conversation c ON c.no = m.conversation
  WHERE m.person = $1::uuid AND m.left_seq IS NULL`,
};

/** What a listing is asked with: a cursor, the page of an earlier answer, or neither. */
type ListingStart = {
  readonly page: ListingPosition | null;
  /** Whose validity the database tells; null where there is none, or none that is one. */
  readonly cursor: Position | null;
  readonly since: number | null;
  readonly isFresh: boolean;
};

/** @throws bad_request where `page` is none */
export async function listSummaries(database: Queryable, query: SummaryQuery, nowMs: number): Promise<SummaryPage> {
  const start = startOf(query);
  const { page, cursor, since } = start;
  const rows = await database.query<ListingRow>(LIST_SUMMARIES, [
    query.user,
    query.workspace,
    query.limit + 1,
    ...[cursor?.store ?? null, cursor?.line ?? null, since],
    ...[page?.cursor.xid ?? null, page?.phase ?? 0, page?.at ?? null, page?.id ?? null],
  ]);
  const [moment] = rows;
  if (!moment) throw new Error('the store has no identity');
  const listing = listingOf(start, moment);
  const found = rows.filter(isSummaryRow);
  const shown = found.slice(0, query.limit);
  const last = found.length > query.limit ? shown.at(-1) : undefined;
  return {
    summaries: shown.map((row) => parseSummary(row, nowMs)).sort(newestFirst),
    next: last ? encodePage({ ...listing, phase: last.phase, at: last.at, id: last.id }) : null,
    cursor: encodeCursor(listing.cursor),
    reset: listing.reset,
  };
}

function startOf({ page: token, since }: SummaryQuery): ListingStart {
  if (token !== undefined) {
    const page = parsePage(token);
    return { page, cursor: page.cursor, since: page.since, isFresh: false };
  }
  const cursor = since === undefined ? null : parseCursor(since);
  return { page: null, cursor, since: cursor?.xid ?? null, isFresh: since === undefined };
}

/** A cursor that is too old, or of elsewhere, makes the answer the first page of everything. */
function listingOf(start: ListingStart, moment: ListingRow): Pick<ListingPosition, 'cursor' | 'since' | 'reset'> {
  const isValid = moment.isValid === true;
  if (start.page && isValid) return start.page;
  const { store, line, low } = moment;
  return { cursor: { store, line, xid: low }, since: isValid ? start.since : null, reset: !isValid && !start.isFresh };
}

function isSummaryRow(row: ListingRow): row is ListingRow & { readonly id: string } {
  return row.id !== null;
}

export async function readSummary(
  database: Queryable,
  ids: { readonly conversation: ConversationId; readonly user: UserId },
  nowMs: number,
): Promise<LogSummary | null> {
  const [row] = await database.query<SummaryRow>(READ_SUMMARY, [ids.user, ids.conversation]);
  return row ? parseSummary(row, nowMs) : null;
}

function newestFirst(a: LogSummary, b: LogSummary): number {
  if (a.updatedAt !== b.updatedAt) return b.updatedAt - a.updatedAt;
  return a.id > b.id ? -1 : 1;
}

function parseSummary(row: SummaryRow, nowMs: number): LogSummary {
  return {
    id: toId<ConversationId>(row.id),
    kind: parseConversationKind(row.kind),
    name: row.name,
    epoch: row.epoch,
    first: row.first,
    head: row.head,
    delivered: row.delivered,
    read: row.read,
    unread: row.unread,
    mentions: row.mentions,
    role: parseRole(row.role),
    muted: row.mute === true || (typeof row.mute === 'number' && row.mute > nowMs),
    updatedAt: row.at,
    members: row.members,
    ...(row.readers > 0 ? { readers: row.readers } : {}),
    ...(row.peer === null
      ? {}
      : { peer: { user: row.peer, delivered: row.peerDelivered ?? 0, read: row.peerRead ?? 0 } }),
    last: lastEntry(row),
    ...row.settings,
    joined: row.joined,
    seenHead: row.seenHead,
  };
}

function lastEntry({ id, epoch, last, lastAuthor }: SummaryRow): Entry | null {
  return last && parseEntry(last, { id, epoch, author: lastAuthor ?? undefined });
}
