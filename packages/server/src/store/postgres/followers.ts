// Who follows which thread: a row of `follower` for each, written with the message that makes it so, or when the person says so.
import type { Entry } from '@kith/protocol';
import { type ConversationId, toId, type UserId } from '@kith/protocol';
import { followingOf } from '../../core/followers.js';
import type {
  ConversationRecord,
  FollowedThread,
  ThreadMark,
  ThreadOf,
  ThreadPage,
  ThreadQuery,
} from '../../core/log.js';
import { errorCode } from './database-error.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD } from './records.js';
import { countUnreadAnswers, LAST_ANSWER } from './threads-sql.js';

/**
 * Members $3 of conversation $1 follow the thread $2 from now on. They have read up to $4: those who did before only where $5 is
 * true, who wrote it. Served by follower_pkey.
 */
export const NOTE_FOLLOWERS: Statement = {
  name: 'note_followers',
  text: `INSERT INTO follower AS f (conversation, ordinal, thread, read, follows)
  SELECT $1::int, q.ordinal, $2::int, $4::int, true FROM unnest($3::int[]) AS q (ordinal)
  ON CONFLICT ON CONSTRAINT follower_pkey DO UPDATE SET follows = true, changed = pg_current_xact_id(),
    read = CASE WHEN f.follows AND NOT $5::boolean THEN f.read ELSE greatest(f.read, excluded.read) END`,
};

/** The person $2 follows the thread $3 of conversation $1, from the head on, where $4 is true, else no more. Served by conversation_id, entry_pkey, member_person and follower_pkey. */
export const FOLLOW: Statement = {
  name: 'follow_thread',
  text: `WITH asked AS (
    SELECT c.no, m.ordinal, m.person, h.seq AS head
    FROM conversation c JOIN member m ON m.conversation = c.no AND m.person = $2::uuid
    ${JOIN_HEAD}
    WHERE c.id = $1::uuid
  ), changed AS (
    INSERT INTO follower AS f (conversation, ordinal, thread, read, follows)
    SELECT a.no, a.ordinal, $3::int, CASE WHEN $4::boolean THEN a.head ELSE 0 END, $4::boolean FROM asked a
    WHERE $4::boolean OR EXISTS (
      SELECT 1 FROM follower e WHERE e.conversation = a.no AND e.ordinal = a.ordinal AND e.thread = $3::int
    )
    ON CONFLICT ON CONSTRAINT follower_pkey DO UPDATE SET follows = excluded.follows, changed = pg_current_xact_id(),
      read = greatest(f.read, excluded.read)
    WHERE f.follows <> excluded.follows
    RETURNING f.conversation, f.thread
  )
  INSERT INTO feed (xid, conversations, heads, threads_in, threads, followers)
  SELECT pg_current_xact_id(), '{}', '{}', ARRAY[w.conversation], ARRAY[w.thread], ARRAY[$2::uuid] FROM changed w`,
};

/** All advances of a call in one statement, with their row of the change feed: of rows that are there. Served by conversation_id, entry_pkey, member_person and follower_pkey. */
export const ADVANCE_THREADS: Statement = {
  name: 'advance_threads',
  text: `WITH asked AS (
    SELECT c.no, c.id, c.epoch, m.person, m.ordinal, k.thread, least(q.read, coalesce(m.left_seq, h.seq)) AS read,
      coalesce(m.left_seq, h.seq) AS head
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) AS q (id, person, thread, read)
    JOIN conversation c ON c.id = q.id
    JOIN member m ON m.conversation = c.no AND m.person = q.person
    CROSS JOIN LATERAL (
      SELECT f.thread FROM follower f
      WHERE f.conversation = c.no AND f.ordinal = m.ordinal AND f.thread = q.thread LIMIT 1
    ) k
    ${JOIN_HEAD}
  ), raised AS (
    INSERT INTO follower AS f (conversation, ordinal, thread, read, follows)
    SELECT a.no, a.ordinal, a.thread, a.read, true FROM asked a
    ON CONFLICT ON CONSTRAINT follower_pkey DO UPDATE SET read = excluded.read, changed = pg_current_xact_id()
    WHERE f.follows AND excluded.read > f.read
    RETURNING f.conversation, f.ordinal, f.thread, f.read
  ), moved AS (
    SELECT a.no, a.id, a.epoch, a.person, a.ordinal, a.thread, r.read, a.head
    FROM raised r JOIN asked a ON a.no = r.conversation AND a.ordinal = r.ordinal AND a.thread = r.thread
  ), named AS (
    INSERT INTO feed (xid, conversations, heads, threads_in, threads, followers)
    SELECT pg_current_xact_id(), '{}', '{}', array_agg(moved.no), array_agg(moved.thread), array_agg(moved.person)
    FROM moved HAVING count(*) > 0
  )
  SELECT w.id, w.epoch, w.person, w.thread, w.read, u.unread, u.mentions
  FROM moved w CROSS JOIN LATERAL (${countUnreadAnswers('w')}) u`,
};

/** How the person $2 stands to the thread $3 of conversation $1. Served by conversation_id, entry_pkey, member_person, follower_pkey and amendment_target. */
export const READ_FOLLOWER: Statement = {
  name: 'read_follower',
  text: `SELECT w.id, w.epoch, w.person, w.thread, w.read, w.follows, u.unread, u.mentions
  FROM (
    SELECT c.no, c.id, c.epoch, m.person, m.ordinal, $3::bigint AS thread, coalesce(f.read, 0) AS read,
      coalesce(f.follows, false) AS follows, coalesce(m.left_seq, h.seq) AS head
    FROM conversation c JOIN member m ON m.conversation = c.no AND m.person = $2::uuid
    ${JOIN_HEAD}
    LEFT JOIN follower f ON f.conversation = c.no AND f.ordinal = m.ordinal AND f.thread = $3::bigint
    WHERE c.id = $1::uuid
  ) w CROSS JOIN LATERAL (${countUnreadAnswers('w')}) u`,
};

/**
 * The threads with answers that the person $1 follows in the workspace $2, or in the conversation $3 alone; at most $4 after the
 * place $5 to $7, and how many of all have something unread. All of a person's are looked at, with one look-up for the last
 * answer of each and one for what is unread. Served by member_person, conversation_pkey, follower_pkey, amendment_target and entry_pkey.
 */
export const LIST_THREADS: Statement = {
  name: 'list_threads',
  text: `WITH mine AS MATERIALIZED (
    SELECT w.id, w.epoch, w.person, w.thread, w.read, l.seq AS last, l.at, u.unread, u.mentions
    FROM (
      SELECT c.no, c.id, c.epoch, m.person, m.ordinal, f.thread, f.read, ${Number.MAX_SAFE_INTEGER}::bigint AS head
      FROM member m JOIN conversation c ON c.no = m.conversation
      CROSS JOIN LATERAL (
        SELECT r.thread, r.read FROM follower r
        WHERE r.conversation = m.conversation AND r.ordinal = m.ordinal AND r.follows AND r.thread >= greatest(m.first, c.first) OFFSET 0
      ) f
      WHERE m.person = $1::uuid AND m.left_seq IS NULL AND c.workspace = $2::uuid
        AND ($3::uuid IS NULL OR c.id = $3::uuid)
    ) w CROSS JOIN LATERAL (${LAST_ANSWER}) l CROSS JOIN LATERAL (${countUnreadAnswers('w')}) u
  )
  SELECT t.unread AS "allUnread", p.id, p.epoch, p.person, p.thread, p.read, p.last, p.at, p.unread, p.mentions
  FROM (SELECT count(*)::int AS unread FROM mine WHERE mine.unread > 0) t
  LEFT JOIN LATERAL (
    SELECT w.id, w.epoch, w.person, w.thread, w.read, w.last, w.at, w.unread, w.mentions FROM mine w
    WHERE $5::bigint IS NULL OR (w.at, w.id, w.thread) < ($5::bigint, $6::uuid, $7::int)
    ORDER BY w.at DESC, w.id DESC, w.thread DESC LIMIT $4::int
  ) p ON true
  ORDER BY p.at DESC, p.id DESC, p.thread DESC`,
};

type FollowerRow = {
  readonly id: string;
  readonly epoch: number;
  readonly person: string;
  readonly thread: number;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
  /** Where it may be that they don't. */
  readonly follows?: boolean;
};

type ListedRow = { readonly allUnread: number } & (
  | (FollowerRow & { readonly last: number; readonly at: number })
  | { readonly id: null }
);

const DEADLOCK = '40P01';
const ATTEMPTS = 3;

/** Whom the entries of a write make followers. @param first what the write is about */
export function noteFollowers(
  database: Queryable,
  entries: readonly Entry[],
  { no, record, first }: { readonly no: number; readonly record: ConversationRecord; readonly first: Entry | null },
): readonly Promise<unknown>[] {
  return entries.flatMap((entry) => {
    const following = followingOf(entry, first);
    if (!following) return [];
    const { thread, seq, author, others } = following;
    const ordinals = (users: readonly string[]) =>
      users.flatMap((user) => record.state.members.get(user)?.ordinal ?? []).sort((a, b) => a - b);
    const named = ordinals(others);
    const noted = database.query(NOTE_FOLLOWERS, [no, thread, ordinals([author]), seq, true]);
    return named.length === 0 ? [noted] : [noted, database.query(NOTE_FOLLOWERS, [no, thread, named, seq - 1, false])];
  });
}

export async function follow(
  database: Queryable,
  { conversation, user, thread }: ThreadOf,
  on: boolean,
): Promise<void> {
  await database.query(FOLLOW, [conversation, user, thread, on]);
}

export async function readFollower(
  database: Queryable,
  { conversation, user, thread }: ThreadOf,
): Promise<ThreadMark | null> {
  const [row] = await database.query<FollowerRow>(READ_FOLLOWER, [conversation, user, thread]);
  return row ? parseFollower(row) : null;
}

export async function advanceThreads(
  database: Queryable,
  advances: readonly (ThreadOf & { readonly read: number })[],
): Promise<readonly ThreadMark[]> {
  const merged = mergedInOrder(advances);
  if (merged.length === 0) return [];
  const values = [
    merged.map(({ conversation }) => conversation),
    merged.map(({ user }) => user),
    merged.map(({ thread }) => thread),
    merged.map(({ read }) => read),
  ];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await database.query<FollowerRow>(ADVANCE_THREADS, values)).map(parseFollower);
    } catch (error) {
      // As where marks of conversations are raised: two nodes may meet in another order.
      if (errorCode(error) !== DEADLOCK || attempt === ATTEMPTS) throw error;
    }
  }
}

export async function listThreads(database: Queryable, query: ThreadQuery): Promise<ThreadPage> {
  const { workspace, user, conversation = null, limit, after } = query;
  const place = [after?.at ?? null, after?.conversation ?? null, after?.thread ?? null];
  const rows = await database.query<ListedRow>(LIST_THREADS, [user, workspace, conversation, limit, ...place]);
  const threads = rows.flatMap((row): readonly FollowedThread[] =>
    row.id === null ? [] : [{ ...parseFollower(row), last: { seq: row.last, at: row.at } }],
  );
  return { threads, unread: rows[0]?.allUnread ?? 0 };
}

/** One advance for each thread of each member, in an order that is the same on every node. */
function mergedInOrder<A extends ThreadOf & { readonly read: number }>(advances: readonly A[]): readonly A[] {
  const merged = new Map<string, A>();
  for (const one of advances) {
    const name = `${one.conversation} ${one.user} ${one.thread}`;
    if (one.read > (merged.get(name)?.read ?? -1)) merged.set(name, one);
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function parseFollower({ id, person, epoch, thread, follows = true, ...counts }: FollowerRow): ThreadMark {
  const of = { conversation: toId<ConversationId>(id), user: toId<UserId>(person), thread, epoch, follows };
  const { read, unread, mentions } = counts;
  return follows ? { ...of, read, unread, mentions } : { ...of, read: 0, unread: 0, mentions: 0 };
}
