// Raising the epoch of a conversation whose tail was lost, so that no client mixes what it holds with what is there now.
import { READER } from './codes.js';
import type { Queryable, Statement } from './pool.js';

/**
 * Gives a conversation an epoch that it never had, unless another node was faster; caps its marks at the present head;
 * tells the change feed; and makes older cursors worth nothing, since transactions may have gone back with the tail.
 */
export const RAISE_EPOCH: Statement = {
  name: 'raise_epoch',
  text: `WITH raised AS (
    UPDATE conversation c SET epoch = greatest(c.epoch + 1, $3::bigint)
    WHERE c.no = $1::int AND c.epoch = $2::bigint
    RETURNING c.no, (SELECT e.seq FROM entry e WHERE e.conversation = c.no ORDER BY e.seq DESC LIMIT 1) AS head
  ), capped AS (
    UPDATE member m
    SET delivered = least(m.delivered, raised.head), read = least(m.read, raised.head), changed = pg_current_xact_id(),
      first = CASE WHEN m.role = ${READER} THEN least(m.first, raised.head + 1) ELSE m.first END
    FROM raised WHERE m.conversation = raised.no
  ), in_threads AS (
    UPDATE follower f SET read = least(f.read, (SELECT r.head FROM raised r)), changed = pg_current_xact_id()
    WHERE f.conversation = (SELECT r.no FROM raised r)
  ), renewed AS (
    UPDATE store s SET line = s.line + 1 FROM raised
  )
  INSERT INTO feed (xid, conversations, heads)
  SELECT pg_current_xact_id(), ARRAY[raised.no], ARRAY[raised.head] FROM raised`,
};

export async function raiseEpoch(
  database: Queryable,
  { no, epoch, atLeast }: { readonly no: number; readonly epoch: number; readonly atLeast: number },
): Promise<void> {
  await database.query(RAISE_EPOCH, [no, epoch, atLeast]);
}
