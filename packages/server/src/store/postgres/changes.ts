// The change feed: what any node wrote since a mark. Each transaction that writes entries leaves one row in `feed`, under
// its own id; a mark is the oldest transaction that was open when it was given. Transactions that commit out of order are
// therefore named late or twice, never missed. Rows of `feed` go after an hour; a mark older than that is answered from
// the entries and members themselves.
import { type ConversationId, type SessionId, toId, type UserId } from '@kith/protocol';
import type { Changes } from '../../core/log.js';
import type { ConversationCache } from './conversation-cache.js';
import { encodeCursor, parseCursor } from './cursors.js';
import type { Queryable, Statement } from './pool.js';
import { MOMENT, xidOf } from './summary-sql.js';

type ChangesRow = {
  readonly store: string;
  readonly line: number;
  readonly low: number;
  readonly high: number;
  readonly feedFrom: number;
  readonly conversations: readonly [id: string, epoch: number, head: number][] | null;
  readonly members: readonly [conversation: string, person: string][] | null;
  readonly reads: readonly [conversation: string, epoch: number, person: string, read: number][] | null;
  readonly threads:
    | readonly [conversation: string, epoch: number, person: string, thread: number, read: number, follows: boolean][]
    | null;
  readonly revoked: readonly string[] | null;
  readonly trimmed: readonly [id: string, epoch: number, first: number][] | null;
};

const COLUMNS = `t.store, t.line, t.low, t.high, (SELECT s.feed_from::text::bigint FROM store s) AS "feedFrom"`;

const REVOKED = `(SELECT json_agg(s.id) FROM session s WHERE s.revoked_xid >= $1::text::xid8) AS revoked`;

/** Where the feed stands now. */
export const READ_MOMENT: Statement = { name: 'read_moment', text: `SELECT ${COLUMNS} FROM (${MOMENT}) t` };

/** $1 the mark's xid. Served by feed_pkey, conversation_pkey, member_person, member_pkey, follower_pkey and session_revoked. */
export const READ_CHANGES: Statement = {
  name: 'read_changes',
  text: `WITH t AS (${MOMENT}
  ), fresh AS MATERIALIZED (
    SELECT f.conversations, f.heads, f.members_in, f.members, f.read_in, f.readers, f.threads_in, f.threads, f.followers, f.trimmed
    FROM feed f WHERE f.xid >= $1::text::xid8
  ), heads AS (
    SELECT u.no, max(u.head) AS head FROM fresh f, unnest(f.conversations, f.heads) AS u (no, head) GROUP BY u.no
  )
  SELECT ${COLUMNS},
    (SELECT json_agg(json_build_array(c.id, c.epoch, h.head)) FROM heads h JOIN conversation c ON c.no = h.no)
      AS conversations,
    (SELECT json_agg(json_build_array(c.id, u.person))
      FROM (SELECT DISTINCT u.no, u.person FROM fresh f, unnest(f.members_in, f.members) AS u (no, person)) u
      JOIN conversation c ON c.no = u.no) AS members,
    (SELECT json_agg(json_build_array(c.id, c.epoch, m.person, m.read))
      FROM (SELECT DISTINCT u.no, u.person FROM fresh f, unnest(f.read_in, f.readers) AS u (no, person)) u
      JOIN member m ON m.person = u.person AND m.conversation = u.no
      JOIN conversation c ON c.no = u.no) AS reads,
    (SELECT json_agg(json_build_array(c.id, c.epoch, u.person, f.thread, f.read, f.follows))
      FROM (
        SELECT DISTINCT u.no, u.thread, u.person
        FROM fresh f, unnest(f.threads_in, f.threads, f.followers) AS u (no, thread, person)
      ) u
      JOIN member m ON m.person = u.person AND m.conversation = u.no
      CROSS JOIN LATERAL (
        SELECT w.thread, w.read, w.follows FROM follower w
        WHERE w.conversation = u.no AND w.ordinal = m.ordinal AND w.thread = u.thread LIMIT 1
      ) f
      JOIN conversation c ON c.no = u.no) AS threads,
    (SELECT json_agg(json_build_array(c.id, c.epoch, c.first))
      FROM (SELECT DISTINCT u.no FROM fresh f, unnest(f.trimmed) AS u (no)) u
      JOIN conversation c ON c.no = u.no) AS trimmed,
    ${REVOKED}
  FROM t`,
};

/** The same without the feed, by looking at every conversation. For a node that was away for longer than an hour. */
export const READ_ALL_CHANGES: Statement = {
  name: 'read_all_changes',
  text: `WITH t AS MATERIALIZED (${MOMENT})
  SELECT ${COLUMNS},
    (SELECT json_agg(json_build_array(c.id, c.epoch, h.seq)) FROM conversation c CROSS JOIN LATERAL (
      SELECT e.seq, ${xidOf('e.xmin', 't.high')} AS xid FROM entry e
      WHERE e.conversation = c.no ORDER BY e.seq DESC LIMIT 1
    ) h WHERE h.xid >= $1::bigint) AS conversations,
    (SELECT json_agg(json_build_array(c.id, m.person)) FROM member m JOIN conversation c ON c.no = m.conversation
      WHERE m.changed >= $1::text::xid8) AS members,
    (SELECT json_agg(json_build_array(c.id, c.epoch, m.person, m.read)) FROM member m
      JOIN conversation c ON c.no = m.conversation WHERE m.changed >= $1::text::xid8) AS reads,
    (SELECT json_agg(json_build_array(c.id, c.epoch, m.person, f.thread, f.read, f.follows)) FROM follower f
      JOIN member m ON m.conversation = f.conversation AND m.ordinal = f.ordinal
      JOIN conversation c ON c.no = f.conversation WHERE f.changed >= $1::text::xid8) AS threads,
    (SELECT json_agg(json_build_array(c.id, c.epoch, c.first)) FROM conversation c
      WHERE c.trimmed >= $1::text::xid8) AS trimmed,
    ${REVOKED}
  FROM t`,
};

const NOTHING = { conversations: [], members: [], reads: [], threads: [], revoked: [], trimmed: [] };

/** @param mark of `Changes.mark`; one that is no mark of this store names everything */
export async function readChanges(
  database: Queryable,
  cache: ConversationCache,
  mark: string | null,
): Promise<Changes> {
  if (mark === null) {
    const [moment] = await database.query<ChangesRow>(READ_MOMENT);
    return { mark: markOf(moment), ...NOTHING };
  }
  const given = parseCursor(mark);
  const since = given?.xid ?? 0;
  const [quick] = await database.query<ChangesRow>(READ_CHANGES, [since]);
  if (!quick) throw new Error('the store has no identity');
  const isKnown = given?.store === quick.store && given.line === quick.line && since <= quick.high;
  const isKept = since >= quick.feedFrom;
  const row = isKnown && isKept ? quick : await readAll(database, isKnown ? since : 0);
  const conversations = (row.conversations ?? []).map(([id, epoch, head]) => {
    cache.announce(toId<ConversationId>(id), { epoch, head });
    return { id: toId<ConversationId>(id), head };
  });
  const members = (row.members ?? []).map(([id, person]) => {
    cache.unhear(toId<ConversationId>(id));
    return { conversation: toId<ConversationId>(id), user: toId<UserId>(person) };
  });
  return {
    mark: markOf(row),
    conversations,
    members,
    reads: (row.reads ?? []).map(([id, epoch, person, read]) => ({
      conversation: toId<ConversationId>(id),
      user: toId<UserId>(person),
      epoch,
      read,
    })),
    threads: (row.threads ?? []).map(([id, epoch, person, thread, read, follows]) => ({
      ...{ conversation: toId<ConversationId>(id), user: toId<UserId>(person) },
      ...{ epoch, thread, follows, read: follows ? read : 0 },
    })),
    revoked: (row.revoked ?? []).map((id) => toId<SessionId>(id)),
    trimmed: (row.trimmed ?? []).map(([id, epoch, first]) => ({ id: toId<ConversationId>(id), epoch, first })),
  };
}

async function readAll(database: Queryable, since: number): Promise<ChangesRow> {
  const [row] = await database.query<ChangesRow>(READ_ALL_CHANGES, [since]);
  if (!row) throw new Error('the store has no identity');
  return row;
}

function markOf(moment: ChangesRow | undefined) {
  if (!moment) throw new Error('the store has no identity');
  return encodeCursor({ store: moment.store, line: moment.line, xid: moment.low });
}
