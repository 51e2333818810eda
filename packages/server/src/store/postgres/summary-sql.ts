// Pieces of SQL that statements share: transaction ids, counts of unread messages, and all that makes one summary.
import { LIMITS } from '@kith/protocol';
import { DIRECT, FLAGS, MESSAGE_SENT, SELF } from './codes.js';
import { entryJson } from './entry-rows.js';

/** Now, in transactions: below `low` all are over, below `high` all have begun. Scans one row of `store`. */
export const MOMENT = `SELECT s.id AS store, s.line, pg_snapshot_xmin(x.now)::text::bigint AS low,
    pg_snapshot_xmax(x.now)::text::bigint AS high
  FROM store s, (SELECT pg_current_snapshot() AS now) x WHERE s.one`;

/**
 * The 64-bit id of the transaction that wrote a row, from its 32-bit `xmin` and the present `high`. What was written
 * more than 2^32 transactions ago looks younger than it is: then something is named as changed that isn't.
 */
export function xidOf(xmin: string, high: string): string {
  return `(${high} - ((${high} - ${xmin}::text::bigint) & 4294967295))`;
}

/**
 * Unread messages and mentions of member `m` of conversation `no` up to `head`: the newest LIMITS.unreadCap at most.
 * A range of entry_pkey.
 */
export function countUnread(of: { readonly member: string; readonly no: string; readonly head: string }): string {
  const { member, no, head } = of;
  return `SELECT count(*)::int AS unread, count(*) FILTER (
      WHERE CASE WHEN u.flags & ${FLAGS.mentions} <> 0 THEN
        u.body::jsonb -> 'mentions' @> '{"all": true}' OR u.body::jsonb -> 'mentions' -> 'users' ? ${member}.person::text
      END
    )::int AS mentions
    FROM (
      SELECT e.flags, e.body FROM entry e
      WHERE e.conversation = ${no} AND e.seq > ${member}.read AND e.seq <= ${head}
        AND e.kind = ${MESSAGE_SENT} AND e.flags & ${FLAGS.thread | FLAGS.erased} = 0
        AND e.author <> ${member}.ordinal
      ORDER BY e.seq DESC LIMIT ${LIMITS.unreadCap}
    ) u`;
}

/** The entries that are looked at to find the first one that a cursor has not seen. */
const LOOK_BACK = LIMITS.catchUpEntries + 2;

/**
 * The `self` conversation of a person, as a table `own (no)` of at most one row. Served by member_person and conversation_pkey.
 * @param person SQL for its id @param workspace likewise
 */
export function ownSelf(person: string, workspace: string): string {
  return `SELECT c.no FROM member m JOIN conversation c ON c.no = m.conversation
    WHERE m.person = ${person} AND m.left_seq IS NULL AND c.workspace = ${workspace} AND c.kind = ${SELF} LIMIT 1`;
}

/**
 * Joins to member `m`, conversation `c` and the moment `t`: their head `h`, the other one of a direct conversation
 * `peer`, and the setting that mutes it, `mute`. A person who left has the head at which that was.
 */
export const JOIN_STANDING = `CROSS JOIN LATERAL (
    SELECT e.seq, e.at, ${xidOf('e.xmin', 't.high')} AS xid FROM entry e
    WHERE e.conversation = m.conversation AND e.seq <= coalesce(m.left_seq, ${Number.MAX_SAFE_INTEGER})
    ORDER BY e.seq DESC LIMIT 1
  ) h
  LEFT JOIN LATERAL (
    SELECT p.person, p.delivered, p.read, p.changed FROM member p
    WHERE c.kind = ${DIRECT} AND p.conversation = m.conversation AND p.ordinal <> m.ordinal
    ORDER BY p.ordinal LIMIT 1
  ) peer ON true
  LEFT JOIN LATERAL (
    SELECT e.body, ${xidOf('e.xmin', 't.high')} AS xid
    FROM own JOIN setting s ON s.conversation = own.no AND s.name = 'mute:' || c.id::text
    JOIN entry e ON e.conversation = s.conversation AND e.seq = s.seq
  ) mute ON true`;

/** The columns of a standing that SUMMARY_COLUMNS and the listing need. */
export const STANDING_COLUMNS = `c.no, c.id, c.kind, c.epoch, c.name, c.size, c.readers, c.settings, m.person, m.ordinal, m.role, m.joined,
    greatest(m.first, c.first) AS first, c.trimmed::text::bigint AS trimmed, m.delivered, m.read, m.changed::text::bigint AS changed, m.left_seq, m.left_size, m.left_name,
    h.seq AS head, h.at, h.xid, peer.person AS peer, peer.delivered AS peer_delivered, peer.read AS peer_read,
    peer.changed::text::bigint AS peer_changed, mute.body AS mute, mute.xid AS mute_xid`;

/** The same columns of a standing `s` that was selected already. */
export const LISTED_COLUMNS = `s.no, s.id, s.kind, s.epoch, s.name, s.size, s.readers, s.settings, s.person, s.ordinal, s.role, s.joined,
    s.first, s.trimmed, s.delivered, s.read, s.changed, s.left_seq, s.left_size, s.left_name, s.head, s.at, s.xid, s.peer,
    s.peer_delivered, s.peer_read, s.peer_changed, s.mute, s.mute_xid`;

/** Of a standing `w`, its counts `u` and its last entry `l`; `since` is SQL for an xid, or for null. */
export function summaryColumns(since: string): string {
  return `w.id, w.kind, w.epoch, w.joined, w.first, w.head, w.delivered, w.read, u.unread, u.mentions, w.at,
    CASE WHEN w.left_seq IS NULL THEN w.name ELSE w.left_name END AS name,
    CASE WHEN w.left_seq IS NULL THEN w.settings END AS settings,
    coalesce(w.left_size, w.size) AS members, CASE WHEN w.left_seq IS NULL THEN w.readers ELSE 0 END AS readers, w.role,
    w.peer, w.peer_delivered AS "peerDelivered", w.peer_read AS "peerRead", w.mute::json -> 'value' AS mute,
    l.entry AS last, l.author AS "lastAuthor",
    CASE WHEN ${since} IS NULL OR w.xid < ${since} THEN w.head ELSE coalesce((
      SELECT r.seq FROM (
        SELECT e.seq, ${xidOf('e.xmin', 't.high')} AS xid FROM entry e
        WHERE e.conversation = w.no AND e.seq <= w.head ORDER BY e.seq DESC LIMIT ${LOOK_BACK}
      ) r WHERE r.xid < ${since} ORDER BY r.seq DESC LIMIT 1
    ), greatest(0, w.head - ${LOOK_BACK})) END AS "seenHead"`;
}

/** The counts `u` and the last entry `l` of a standing `w`. Served by entry_pkey and member_pkey. */
export const JOIN_SUMMARY = `CROSS JOIN LATERAL (${countUnread({ member: 'w', no: 'w.no', head: 'w.head' })}) u
  LEFT JOIN LATERAL (
    SELECT ${entryJson('e')} AS entry, a.person AS author
    FROM entry e LEFT JOIN member a ON a.conversation = e.conversation AND a.ordinal = e.author
    WHERE e.conversation = w.no AND e.seq = w.head AND e.seq >= w.first
  ) l ON true`;
