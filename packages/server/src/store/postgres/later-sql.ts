// The statements of what is to be done later, each with the index that serves it. States: 0 waiting, 1 sending, 2 refused,
// 3 sent, 4 cancelled; kinds: 1 message, 2 reminder.
import type { Statement } from './pool.js';

/** One after the other of a person's, on whatever node: each counts what those before it wrote. */
export const LOCK_LATER_OF_PERSON: Statement = {
  name: 'lock_later_of_person',
  text: 'SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))',
};

const rowColumns = `s.workspace, s.person, s.key, s.conversation, s.at, s.due, s.kind, s.state, s.is_told, s.version, s.attempts,
  s.body, s.refused, s.digest`;
const heldColumns = `t.workspace, t.person, t.key, t.conversation, t.at, t.due, t.kind, t.state, t.is_told, t.version, t.attempts,
  t.body, t.refused, t.digest`;

/** $1 workspace, $2 person, $3 key. Served by scheduled_pkey. */
export const FIND_LATER: Statement = {
  name: 'find_later',
  text: `SELECT ${rowColumns} FROM scheduled s WHERE s.workspace = $1 AND s.person = $2 AND s.key = $3`,
};

/** Of those that have ended, the ones due first, so many that $3 rows are left. Served by scheduled_pkey. */
export const MAKE_ROOM_FOR_LATER: Statement = {
  name: 'make_room_for_later',
  text: `DELETE FROM scheduled s WHERE s.workspace = $1 AND s.person = $2 AND s.key = ANY (ARRAY(
    SELECT e.key FROM scheduled e WHERE e.workspace = $1 AND e.person = $2 AND e.state > 2 ORDER BY e.due
    LIMIT greatest(0, (SELECT count(*) FROM scheduled a WHERE a.workspace = $1 AND a.person = $2) - $3::int)
  ))`,
};

/** Served by scheduled_pkey. */
export const ADD_LATER: Statement = {
  name: 'add_later',
  text: `INSERT INTO scheduled (workspace, person, key, conversation, at, due, kind, digest, body,
    state, is_told, version, attempts)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 0, false, 1, 0
  WHERE (SELECT count(*) FROM scheduled o WHERE o.workspace = $1 AND o.person = $2 AND o.state < 3) < $10::int
  ON CONFLICT (workspace, person, key) DO NOTHING RETURNING version`,
};

/** Served by scheduled_pkey. */
export const LIST_LATER: Statement = {
  name: 'list_later',
  text: `SELECT ${rowColumns} FROM scheduled s WHERE s.workspace = $1 AND s.person = $2 AND s.state < 3
  ORDER BY s.at, s.key LIMIT 1000`,
};

/** Served by scheduled_pkey. */
export const CHANGE_LATER: Statement = {
  name: 'change_later',
  text: `UPDATE scheduled s SET at = $6, body = $7, due = $8,
    state = 0, refused = NULL, attempts = 0, is_told = false, version = s.version + 1
  WHERE s.workspace = $1 AND s.person = $2 AND s.key = $3 AND s.at = $4 AND s.body = $5 AND s.state IN (0, 2)
  RETURNING ${rowColumns}`,
};

/** $5 the new state; one that waits or is sent goes on, of the others its person is told. Served by scheduled_pkey. */
export const SETTLE_LATER: Statement = {
  name: 'settle_later',
  text: `UPDATE scheduled s SET state = $5::smallint, refused = $6, due = $7,
    is_told = s.is_told AND $5::smallint < 2, version = s.version + CASE WHEN $5::smallint < 2 THEN 0 ELSE 1 END,
    body = CASE WHEN $5::smallint > 2 THEN '' ELSE s.body END, digest = CASE WHEN $5::smallint > 2 THEN '' ELSE s.digest END
  WHERE s.workspace = $1 AND s.person = $2 AND s.key = $3 AND s.state = ANY ($4::smallint[])
  RETURNING ${rowColumns}`,
};

/** $4 the version, $5 never, $6 when what has ended is forgotten. Served by scheduled_pkey. */
export const LATER_TOLD: Statement = {
  name: 'later_told',
  text: `UPDATE scheduled s SET is_told = true,
    due = CASE s.state WHEN 0 THEN s.at WHEN 1 THEN s.due WHEN 2 THEN $5::bigint ELSE $6::bigint END
  WHERE s.workspace = $1 AND s.person = $2 AND s.key = $3 AND s.version = $4`,
};

/**
 * $1 now, $2 the end of the lease, $3 how many. Served by scheduled_due; whether another one comes first by scheduled_order. Where
 * one that came first was done meanwhile, the one behind it is left for the next turn.
 */
export const CLAIM_LATER: Statement = {
  name: 'claim_later',
  text: `WITH held AS MATERIALIZED (
    SELECT s.workspace, s.person, s.key FROM scheduled s
    WHERE s.due <= $1::bigint AND (s.state > 1 OR s.at > $1::bigint OR (
      SELECT f.key FROM scheduled f
      WHERE f.workspace = s.workspace AND f.person = s.person AND f.conversation = s.conversation AND f.state < 2
        AND f.at <= s.at AND (f.at, f.key) < (s.at, s.key) AND f.kind = s.kind
      LIMIT 1
    ) IS NULL)
    ORDER BY s.due, s.at, s.key LIMIT $3::int FOR UPDATE OF s SKIP LOCKED
  )
  UPDATE scheduled t SET due = $2::bigint,
    attempts = t.attempts + CASE WHEN t.state < 2 AND t.at <= $1::bigint THEN 1 ELSE 0 END,
    state = CASE WHEN t.state = 0 AND t.at <= $1::bigint THEN 1 ELSE t.state END
  FROM held h WHERE t.workspace = h.workspace AND t.person = h.person AND t.key = h.key
  RETURNING ${heldColumns}`,
};

/** Served by scheduled_pkey. */
export const FORGET_LATER: Statement = {
  name: 'forget_later',
  text: 'DELETE FROM scheduled WHERE workspace = $1 AND person = $2 AND key = $3 AND state > 2',
};
