// Summaries of a person's conversations: everything, or what changed since a cursor; always one query.
// A cursor is a transaction id, and a conversation has changed where its head or one of its rows was written by that
// transaction or a later one. Numbers follow commits within a conversation: an entry is numbered by one who has seen its
// predecessor committed. So a head that a cursor saw vouches for all entries below it, whatever their transaction ids.
import { type ConversationId, type ConversationSettings, type Entry, toId, type UserId } from '@kith/protocol';
import type { ConversationHead, LogSummary, SummaryPage, SummaryQuery } from '../../core/log.js';
import { MESSAGE_HIDDEN, parseConversationKind, parseRole, READER } from './codes.js';
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
  readonly place: number;
  /** Null in the one row of an empty page. */
  readonly id: string | null;
  readonly phase: 0 | 1;
  readonly store: string;
  readonly line: number;
  readonly low: number;
  readonly isValid: boolean | null;
  readonly hides: boolean;
};

/** Beyond this many transactions a 32-bit id is ambiguous. */
const OLDEST_CURSOR = 2 ** 31;

/** Whether anything is hidden in the person's `own` conversation. A look at entry_hiding. */
const HIDES = `EXISTS (SELECT FROM own JOIN entry x ON x.conversation = own.no AND x.kind = ${MESSAGE_HIDDEN})`;

const hasChangedSince = (xid: string) =>
  `(s.xid >= ${xid} OR s.changed >= ${xid} OR s.peer_changed >= ${xid} OR s.mute_xid >= ${xid}
    OR s.trimmed >= ${xid})`;

/**
 * Pages of several people at once, by their places in the parameters from 1 on: $1 person, $2 workspace, $3 limit, $4 store and
 * $5 line of the cursor, $6 since, $7 cursor of the first page, $8 phase, $9 and $10 the time and id after which the page begins.
 * Phase 0 walks from the newest on, phase 1 through what changed after the walk had begun and may have moved ahead of it. Served
 * by member_person, conversation_pkey, entry_pkey, member_pkey, setting_pkey, entry_hiding and store_pkey.
 */
export const LIST_SUMMARIES: Statement = {
  name: 'list_summaries',
  text: `WITH now AS MATERIALIZED (${MOMENT})
  SELECT q.place::int AS place, l.*
  FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::bigint[], $6::bigint[], $7::bigint[], $8::int[], $9::bigint[], $10::uuid[])
    WITH ORDINALITY AS q (person, workspace, most, store, line, since, walked, phase, at, id, place)
  CROSS JOIN LATERAL (
    WITH t AS MATERIALIZED (
      SELECT now.store, now.line, now.low, now.high, v.valid, CASE WHEN v.valid THEN q.since END AS since, CASE WHEN v.valid THEN q.walked END AS walked,
        CASE WHEN v.valid THEN q.phase ELSE 0 END AS phase, CASE WHEN v.valid THEN q.at END AS at
      FROM now, LATERAL (
        SELECT now.store = q.store AND now.line = q.line
          AND coalesce(q.since BETWEEN now.high - ${OLDEST_CURSOR} AND now.high, true)
          AND coalesce(q.walked BETWEEN now.high - ${OLDEST_CURSOR} AND now.high, true) AS valid
      ) v
    ), own AS MATERIALIZED (${ownSelf('q.person', 'q.workspace')}
    ), standing AS (
      SELECT ${STANDING_COLUMNS}
      FROM t CROSS JOIN member m JOIN conversation c ON c.no = m.conversation ${JOIN_STANDING}
      WHERE m.person = q.person AND c.workspace = q.workspace
    ), listed AS (
      SELECT ${LISTED_COLUMNS}, CASE
        WHEN t.phase = 0 AND (t.at IS NULL OR (s.at, s.id) < (t.at, q.id))
          AND CASE WHEN t.since IS NULL THEN s.left_seq IS NULL ELSE ${hasChangedSince('t.since')} END THEN 0
        WHEN t.walked IS NOT NULL AND (t.phase = 0 OR (s.at, s.id) < (t.at, q.id))
          AND ${hasChangedSince('t.walked')} THEN 1
      END AS phase
      FROM t, standing s
    ), w AS MATERIALIZED (
      SELECT ${LISTED_COLUMNS}, s.phase FROM listed s WHERE s.phase IS NOT NULL ORDER BY s.phase, s.at DESC, s.id DESC LIMIT q.most
    )
    SELECT t.store, t.line, t.low, t.valid AS "isValid", ${HIDES} AS hides, w.phase, ${summaryColumns('t.since')}
    FROM t LEFT JOIN (w ${JOIN_SUMMARY}) ON true
  ) l
  ORDER BY q.place, l.phase, l.at DESC, l.id DESC`,
};

/** $1 person, $2 conversation. Served by conversation_id and the indexes of the listing. */
export const READ_SUMMARY: Statement = {
  name: 'read_summary',
  text: `WITH t AS MATERIALIZED (${MOMENT}
  ), c AS MATERIALIZED (
    SELECT c.no, c.id, c.workspace, c.kind, c.epoch, c.name, c.size, c.readers, c.settings, c.first, c.trimmed FROM conversation c WHERE c.id = $2::uuid
  ), own AS MATERIALIZED (${ownSelf('$1::uuid', '(SELECT c.workspace FROM c)')}
  ), w AS (
    SELECT ${STANDING_COLUMNS}
    FROM t CROSS JOIN c JOIN member m ON m.conversation = c.no ${JOIN_STANDING}
    WHERE m.person = $1::uuid
  )
  SELECT ${summaryColumns('NULL::bigint')} FROM t CROSS JOIN w ${JOIN_SUMMARY}`,
};

/** Those of each of the people $1, by their places in it from 1 on. Served by member_person, conversation_pkey and entry_pkey. */
export const CONVERSATIONS_OF: Statement = {
  name: 'conversations_of',
  text: `SELECT q.place::int AS place, c.id, c.epoch, h.seq AS head, greatest(m.first, c.first) AS first,
    m.role = ${READER} AS "isReader"
  FROM unnest($1::uuid[]) WITH ORDINALITY AS q (person, place)
  JOIN member m ON m.person = q.person AND m.left_seq IS NULL
  JOIN conversation c ON c.no = m.conversation
  CROSS JOIN LATERAL (
    SELECT e.seq FROM entry e WHERE e.conversation = m.conversation ORDER BY e.seq DESC LIMIT 1
  ) h`,
};

/** Served by member_person and conversation_pkey. */
export const MEMBERSHIPS_OF: Statement = {
  name: 'memberships_of',
  text: `SELECT c.id FROM member m JOIN conversation c ON c.no = m.conversation
  WHERE m.person = $1::uuid AND m.left_seq IS NULL`,
};

type HeadRow = ConversationHead & { readonly place: number };

/** Of each of the people, in their order. */
export async function conversationsOf(
  database: Queryable,
  people: readonly UserId[],
): Promise<readonly (readonly ConversationHead[])[]> {
  const heads = people.map((): ConversationHead[] => []);
  for (const { place, ...head } of await database.query<HeadRow>(CONVERSATIONS_OF, [people]))
    heads[place - 1]?.push(head);
  return heads;
}

/** What a listing is asked with: a cursor, the page of an earlier answer, or neither. */
type ListingStart = {
  readonly page: ListingPosition | null;
  /** Whose validity the database tells; null where there is none, or none that is one. */
  readonly cursor: Position | null;
  readonly since: number | null;
  readonly isFresh: boolean;
};

/** A listing that was asked for. */
export type Listing = { readonly query: SummaryQuery; readonly start: ListingStart };

/** @throws bad_request where `page` is none */
export function listingOf(query: SummaryQuery): Listing {
  return { query, start: startOf(query) };
}

/** A page of each, in their order. */
export async function listSummaries(
  database: Queryable,
  listings: readonly Listing[],
  nowMs: number,
): Promise<readonly SummaryPage[]> {
  const rows = await database.query<ListingRow>(LIST_SUMMARIES, [
    listings.map(({ query }) => query.user),
    listings.map(({ query }) => query.workspace),
    listings.map(({ query }) => query.limit + 1),
    listings.map(({ start }) => start.cursor?.store ?? null),
    listings.map(({ start }) => start.cursor?.line ?? null),
    listings.map(({ start }) => start.since),
    listings.map(({ start }) => start.page?.cursor.xid ?? null),
    listings.map(({ start }) => start.page?.phase ?? 0),
    listings.map(({ start }) => start.page?.at ?? null),
    listings.map(({ start }) => start.page?.id ?? null),
  ]);
  const theirs = listings.map((): ListingRow[] => []);
  for (const row of rows) theirs[row.place - 1]?.push(row);
  return listings.map((listing, index) => pageOf(listing, theirs[index] ?? [], nowMs));
}

function pageOf({ query, start }: Listing, rows: readonly ListingRow[], nowMs: number): SummaryPage {
  const [moment] = rows;
  if (!moment) throw new Error('the store has no identity');
  const position = positionOf(start, moment);
  const found = rows.filter(isSummaryRow);
  const shown = found.slice(0, query.limit);
  const last = found.length > query.limit ? shown.at(-1) : undefined;
  return {
    summaries: shown.map((row) => parseSummary(row, nowMs)).sort(newestFirst),
    next: last ? encodePage({ ...position, phase: last.phase, at: last.at, id: last.id }) : null,
    cursor: encodeCursor(position.cursor),
    reset: position.reset,
    hides: moment.hides,
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
function positionOf(start: ListingStart, moment: ListingRow): Pick<ListingPosition, 'cursor' | 'since' | 'reset'> {
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
