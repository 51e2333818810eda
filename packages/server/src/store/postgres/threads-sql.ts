// Pieces of SQL about the answers of a thread.
import { LIMITS } from '@kith/protocol';
import { FLAGS, MESSAGE_SENT } from './codes.js';

/**
 * What is unread of the thread that a row names (`no`, `ordinal`, `person`, `thread`, `read`, and `head`, the end of what the
 * person may read), and what of it mentions them: the newest LIMITS.unreadCap at most. A range of amendment_target.
 */
export function countUnreadAnswers(row: string): string {
  return `SELECT count(*)::int AS unread, count(*) FILTER (
      WHERE CASE WHEN a.flags & ${FLAGS.mentions} <> 0 THEN
        a.body::jsonb -> 'mentions' @> '{"all": true}' OR a.body::jsonb -> 'mentions' -> 'users' ? ${row}.person::text
      END
    )::int AS mentions
    FROM (
      SELECT e.flags, e.body FROM amendment d JOIN entry e ON e.conversation = d.conversation AND e.seq = d.seq
      WHERE d.conversation = ${row}.no AND d.target = ${row}.thread AND d.kind = ${MESSAGE_SENT}
        AND d.seq > ${row}.read AND d.seq <= ${row}.head AND e.flags & ${FLAGS.erased} = 0 AND e.author <> ${row}.ordinal
      ORDER BY d.seq DESC LIMIT ${LIMITS.unreadCap}
    ) a`;
}

/** The last answer of the thread of a row `w`. The end of a range of amendment_target. */
export const LAST_ANSWER = `SELECT e.seq, e.at FROM amendment d JOIN entry e ON e.conversation = d.conversation AND e.seq = d.seq
      WHERE d.conversation = w.no AND d.target = w.thread AND d.kind = ${MESSAGE_SENT}
      ORDER BY d.seq DESC LIMIT 1`;
