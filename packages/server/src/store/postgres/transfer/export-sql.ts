// The statements of an export. They run in one snapshot on a connection for maintenance, page by page along primary keys.
import { FLAGS } from '../codes.js';
import type { Statement } from '../pool.js';

export const COUNT_ALL: Statement = {
  text: `SELECT (SELECT count(*)::int FROM account a WHERE a.workspace = $1::uuid) AS users,
    (SELECT count(*)::int FROM conversation c WHERE c.workspace = $1::uuid) AS conversations,
    (SELECT count(*)::int FROM conversation c JOIN member m ON m.conversation = c.no WHERE c.workspace = $1::uuid) AS members,
    (SELECT count(*)::int FROM conversation c JOIN entry e ON e.conversation = c.no WHERE c.workspace = $1::uuid) AS entries`,
};

/** The accounts of the workspace $1 after $2, at most $3. Served by account_pkey. */
export const READ_USERS: Statement = {
  text: `SELECT a.id, a.kind, a.username, a.name, a.avatar, a.role, a.version, a.created_at AS "createdAt",
    a.deactivated_at AS "deactivatedAt", a.expires_at AS "expiresAt", a.retired_at AS "retiredAt", h.subject,
    k.password_hash AS "passwordHash"
  FROM account a LEFT JOIN host_subject h ON h.workspace = a.workspace AND h.account = a.id
  LEFT JOIN credential k ON k.workspace = a.workspace AND k.account = a.id
  WHERE a.workspace = $1::uuid AND a.id > $2::uuid ORDER BY a.id LIMIT $3::int`,
};

/** The conversations of the workspace $1 after the number $2, at most $3. Served by conversation_pkey. */
export const READ_CONVERSATIONS: Statement = {
  text: `SELECT c.no, c.id, c.kind, c.epoch, c.created_at AS "createdAt", c.first, h.seq AS head,
    coalesce((SELECT json_agg(r.name ORDER BY r.name) FROM reservation r
      WHERE r.workspace = c.workspace AND r.conversation = c.id), '[]') AS names
  FROM conversation c CROSS JOIN LATERAL (
    SELECT e.seq FROM entry e WHERE e.conversation = c.no ORDER BY e.seq DESC LIMIT 1
  ) h
  WHERE c.workspace = $1::uuid AND c.no > $2::int ORDER BY c.no LIMIT $3::int`,
};

/** The people of conversation $1 after the ordinal $2, at most $3. Served by member_pkey and follower_pkey. */
export const READ_MEMBERS: Statement = {
  text: `SELECT m.person AS user, m.ordinal, m.delivered, m.read, m.paced_at AS "pacedAt",
    CASE WHEN m.ordinal < 0 OR m.folded IS NOT NULL THEN json_build_object('joined', m.joined, 'first', m.first,
      'left', m.left_seq, 'leftSize', m.left_size, 'leftName', m.left_name) END AS reader,
    coalesce((SELECT json_agg(json_build_array(f.thread, f.read, f.follows) ORDER BY f.thread) FROM follower f
      WHERE f.conversation = m.conversation AND f.ordinal = m.ordinal), '[]') AS threads
  FROM member m WHERE m.conversation = $1::int AND m.ordinal > $2::int ORDER BY m.ordinal LIMIT $3::int`,
};

/** The entries of conversation $1 after $2, at most $3; nobody is named who is not told. Served by entry_pkey and member_pkey. */
export const READ_ENTRIES: Statement = {
  text: `SELECT e.seq, e.n, e.at, e.kind, e.flags, e.body,
    CASE WHEN e.flags & ${FLAGS.unnamed} = 0 THEN m.person END AS author,
    CASE WHEN e.flags & (${FLAGS.unnamed} | ${FLAGS.keyless}) = 0 THEN e.key END AS key
  FROM entry e LEFT JOIN member m ON m.conversation = e.conversation AND m.ordinal = e.author
  WHERE e.conversation = $1::int AND e.seq > $2::int ORDER BY e.seq LIMIT $3::int`,
};
