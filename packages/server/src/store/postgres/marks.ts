// Marks of members: how far each has got. They only grow, and never past what the person may read.
import { type ConversationId, type Marks, toId, type UserId } from '@kith/protocol';
import type { Advance, Advanced } from '../../core/log.js';
import { READER } from './codes.js';
import { errorCode } from './database-error.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD } from './records.js';
import { countUnread } from './summary-sql.js';

/** All advances of a call in one statement, with their row of the change feed. Served by conversation_id, entry_pkey and member_person. */
export const ADVANCE: Statement = {
  name: 'advance_marks',
  text: `WITH asked AS (
    SELECT c.no, c.id, c.epoch, h.seq AS head, q.person, q.delivered, q.read, q.told, b.delivered AS before
    FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::boolean[])
      AS q (id, person, delivered, read, told)
    JOIN conversation c ON c.id = q.id
    JOIN member b ON b.person = q.person AND b.conversation = c.no
    ${JOIN_HEAD}
  ), moved AS (
    UPDATE member m SET
      delivered = greatest(m.delivered, least(greatest(a.delivered, a.read), coalesce(m.left_seq, a.head))),
      read = greatest(m.read, least(a.read, coalesce(m.left_seq, a.head))),
      changed = pg_current_xact_id()
    FROM asked a
    WHERE m.conversation = a.no AND m.person = a.person AND (
      least(greatest(a.delivered, a.read), coalesce(m.left_seq, a.head)) > m.delivered
      OR least(a.read, coalesce(m.left_seq, a.head)) > m.read
    )
    RETURNING a.no, a.id, a.epoch, m.person, m.ordinal, m.delivered, m.read, coalesce(m.left_seq, a.head) AS head,
      a.told, m.delivered > a.before AS risen
  ), named AS (
    INSERT INTO feed (xid, conversations, heads, read_in, readers)
    SELECT pg_current_xact_id(), '{}', '{}', array_agg(moved.no), array_agg(moved.person)
    FROM moved WHERE moved.told HAVING count(*) > 0
  )
  SELECT moved.id, moved.epoch, moved.person, moved.delivered, moved.read, moved.risen AS "isDelivered", u.unread, u.mentions
  FROM moved CROSS JOIN LATERAL (${countUnread({ member: 'moved', no: 'moved.no', head: 'moved.head' })}) u`,
};

/** Served by conversation_id and member_pkey. */
export const READ_MARKS: Statement = {
  name: 'read_marks',
  text: `SELECT m.person AS "user", m.delivered, m.read, m.ordinal
  FROM conversation c JOIN member m ON m.conversation = c.no
  WHERE c.id = $1::uuid AND m.ordinal > $2::int AND m.left_seq IS NULL AND m.role <> ${READER} AND m.delivered >= $4::bigint
  ORDER BY m.ordinal LIMIT $3::int`,
};

type AdvancedRow = {
  readonly id: string;
  readonly epoch: number;
  readonly person: string;
  readonly delivered: number;
  readonly read: number;
  readonly unread: number;
  readonly mentions: number;
  readonly isDelivered: boolean;
};

const DEADLOCK = '40P01';
const ATTEMPTS = 3;

export async function advance(database: Queryable, advances: readonly Advance[]): Promise<readonly Advanced[]> {
  const merged = mergedInOrder(advances);
  if (merged.length === 0) return [];
  const values = [
    merged.map(({ conversation }) => conversation),
    merged.map(({ user }) => user),
    merged.map(({ delivered }) => delivered),
    merged.map(({ read }) => read),
    merged.map(({ isTold }) => isTold === true),
  ];
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await database.query<AdvancedRow>(ADVANCE, values)).map(parseAdvanced);
    } catch (error) {
      // Two nodes that move marks of the same people in one order may still meet in another one.
      if (errorCode(error) !== DEADLOCK || attempt === ATTEMPTS) throw error;
    }
  }
}

export function readMarks(
  database: Queryable,
  conversation: ConversationId,
  page: { readonly after: number; readonly limit: number; readonly reached?: number },
): Promise<readonly (Marks & { readonly ordinal: number })[]> {
  return database.query(READ_MARKS, [conversation, page.after, page.limit, page.reached ?? 0]);
}

/** One advance for each member, in an order that is the same on every node. */
function mergedInOrder(advances: readonly Advance[]): readonly Advance[] {
  const merged = new Map<string, Advance>();
  for (const one of advances) {
    const name = `${one.conversation} ${one.user}`;
    const before = merged.get(name);
    const delivered = Math.max(one.delivered, before?.delivered ?? 0);
    const isTold = one.isTold === true || before?.isTold === true;
    merged.set(name, { ...one, delivered, read: Math.max(one.read, before?.read ?? 0), isTold });
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function parseAdvanced({ id, person, ...rest }: AdvancedRow): Advanced {
  return { conversation: toId<ConversationId>(id), user: toId<UserId>(person), ...rest };
}
