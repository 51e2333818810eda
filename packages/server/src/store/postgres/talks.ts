// Whom a person wrote to in direct conversations lately.
import { toId, type UserId, type WorkspaceId } from '@kith/protocol';
import { TALKED, type Talk } from '../../core/talks.js';
import { DIRECT, MESSAGE_SENT } from './codes.js';
import type { Queryable, Statement } from './pool.js';

/** $1 person, $2 workspace. Served by member_person, conversation_pkey, member_pkey and entry_pkey. */
export const READ_TALKS: Statement = {
  name: 'read_talks',
  text: `SELECT p.person AS "user", t.times
  FROM (
    SELECT m.conversation, m.ordinal FROM member m JOIN conversation c ON c.no = m.conversation
    WHERE m.person = $1::uuid AND m.left_seq IS NULL AND c.workspace = $2::uuid AND c.kind = ${DIRECT}
    ORDER BY m.conversation DESC LIMIT ${TALKED.conversations}
  ) m CROSS JOIN LATERAL (
    SELECT p.person FROM member p
    WHERE p.conversation = m.conversation AND p.ordinal <> m.ordinal ORDER BY p.ordinal LIMIT 1
  ) p CROSS JOIN LATERAL (
    SELECT json_agg(e.at ORDER BY e.seq) FILTER (WHERE e.author = m.ordinal AND e.kind = ${MESSAGE_SENT}) AS times
    FROM (
      SELECT e.seq, e.at, e.author, e.kind FROM entry e
      WHERE e.conversation = m.conversation ORDER BY e.seq DESC LIMIT ${TALKED.entries}
    ) e
  ) t
  WHERE t.times IS NOT NULL`,
};

type TalkRow = { readonly user: string; readonly times: readonly number[] };

export async function readTalks(
  database: Queryable,
  { workspace, user }: { readonly workspace: WorkspaceId; readonly user: UserId },
): Promise<readonly Talk[]> {
  const rows = await database.query<TalkRow>(READ_TALKS, [user, workspace]);
  return rows.map((row) => ({ user: toId<UserId>(row.user), times: row.times }));
}
