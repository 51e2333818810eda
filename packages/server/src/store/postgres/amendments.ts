// What changes earlier entries: which entries change which, what a message was before, and the emptying of what is deleted.
// The table `amendment` has a row for each entry whose body names a target, and for each message in a thread, with the first
// of that as its target.
import type { ConversationId, Entry } from '@kith/protocol';
import type { ConversationRecord, LogPage, Target, Write } from '../../core/log.js';
import type { PollState } from '../../core/vote-log.js';
import {
  FLAGS,
  MESSAGE_DELETED,
  MESSAGE_EDITED,
  MESSAGE_PINNED,
  MESSAGE_SENT,
  POLL_CLOSED,
  POLL_VOTED,
  REACTION_SET,
} from './codes.js';
import { entryColumns, entryJson, type StoredEntry } from './entry-rows.js';
import { type PageRow, parsePage, parseStored } from './pages.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD, RECORD_COLUMNS, type Records } from './records.js';

const QUERY = 'unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (id, structure, epoch, position)';

/** Entries of conversation $1 that change earlier ones: above $4, at most $5. Served by amendment_pkey and entry_pkey. */
export const READ_AMENDMENTS: Statement = {
  name: 'read_amendments',
  text: `SELECT ${RECORD_COLUMNS}, (
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq) FROM (
      SELECT a.seq FROM amendment a WHERE a.conversation = c.no AND a.seq > $4::bigint ORDER BY a.seq LIMIT $5::int
    ) l CROSS JOIN LATERAL (
      SELECT ${entryColumns('x')} FROM entry x WHERE x.conversation = c.no AND x.seq = l.seq OFFSET 0
    ) e
  ) AS entries
  FROM ${QUERY}
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

/** The entry $4 of conversation $1, its edits and its deletion. Served by entry_pkey and amendment_target. */
export const READ_HISTORY: Statement = {
  name: 'read_history',
  text: `SELECT ${RECORD_COLUMNS}, (
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq) FROM entry e
    WHERE e.conversation = c.no AND e.seq = ANY (ARRAY[$4::bigint] || ARRAY(
      SELECT a.seq::bigint FROM amendment a
      WHERE a.conversation = c.no AND a.target = $4::bigint AND a.kind IN (${MESSAGE_EDITED}, ${MESSAGE_DELETED})
    ))
  ) AS entries
  FROM ${QUERY}
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

/**
 * The entry $2 of conversation $1, and what became of it, for the person $3. Served by conversation_id, entry_pkey,
 * amendment_target, member_person, reaction_pkey, vote_pkey and pin_pkey.
 */
export const READ_TARGET: Statement = {
  name: 'read_target',
  text: `SELECT ${entryJson('e')} AS entry,
    coalesce((SELECT (d.body::json ->> 'count')::int FROM amendment a
      CROSS JOIN LATERAL (SELECT x.body FROM entry x WHERE x.conversation = c.no AND x.seq = a.seq OFFSET 0) d
      WHERE a.conversation = c.no AND a.target = e.seq AND a.kind = ${MESSAGE_SENT} ORDER BY a.seq DESC LIMIT 1
    ), 0) AS answers,
    (SELECT count(*)::int FROM amendment a
      WHERE a.conversation = c.no AND a.target = e.seq AND a.kind = ${MESSAGE_EDITED}
    ) AS edits,
    (SELECT json_build_array(d.seq, d.at) FROM amendment a
      CROSS JOIN LATERAL (SELECT x.seq, x.at FROM entry x WHERE x.conversation = c.no AND x.seq = a.seq OFFSET 0) d
      WHERE a.conversation = c.no AND a.target = e.seq AND a.kind = ${MESSAGE_DELETED} ORDER BY a.seq LIMIT 1
    ) AS deletion,
    (SELECT json_build_array(d.seq, d.at, d.body::json -> 'reactions') FROM amendment a
      CROSS JOIN LATERAL (
        SELECT x.seq, x.at, x.body FROM entry x WHERE x.conversation = c.no AND x.seq = a.seq OFFSET 0
      ) d
      WHERE a.conversation = c.no AND a.target = e.seq AND a.kind = ${REACTION_SET} ORDER BY a.seq DESC LIMIT 1
    ) AS reacted,
    (SELECT json_build_array(d.seq, d.at, d.body::json -> 'on') FROM amendment a
      CROSS JOIN LATERAL (
        SELECT x.seq, x.at, x.body FROM entry x WHERE x.conversation = c.no AND x.seq = a.seq OFFSET 0
      ) d
      WHERE a.conversation = c.no AND a.target = e.seq AND a.kind = ${MESSAGE_PINNED} ORDER BY a.seq DESC LIMIT 1
    ) AS pinned,
    (SELECT json_build_array(d.seq, d.at, d.body::json -> 'counts', d.body::json -> 'voters') FROM amendment a
      CROSS JOIN LATERAL (
        SELECT x.seq, x.at, x.body FROM entry x WHERE x.conversation = c.no AND x.seq = a.seq OFFSET 0
      ) d
      WHERE a.conversation = c.no AND a.target = e.seq AND a.kind = ${POLL_VOTED} ORDER BY a.seq DESC LIMIT 1
    ) AS voted,
    (SELECT json_build_array(d.seq, d.at) FROM amendment a
      CROSS JOIN LATERAL (SELECT x.seq, x.at FROM entry x WHERE x.conversation = c.no AND x.seq = a.seq OFFSET 0) d
      WHERE a.conversation = c.no AND a.target = e.seq AND a.kind = ${POLL_CLOSED} ORDER BY a.seq LIMIT 1
    ) AS closed,
    (SELECT json_build_array(v.seq, v.at, v.choices)
      FROM member m JOIN vote v ON v.conversation = m.conversation AND v.ordinal = m.ordinal AND v.target = e.seq
      WHERE m.conversation = c.no AND m.person = $3::uuid
    ) AS vote,
    (SELECT count(*)::int FROM pin p WHERE p.conversation = c.no) AS pins,
    (SELECT json_agg(json_build_array(r.seq, r.at, r.emoji) ORDER BY r.seq)
      FROM member m JOIN reaction r ON r.conversation = m.conversation AND r.ordinal = m.ordinal AND r.target = e.seq
      WHERE m.conversation = c.no AND m.person = $3::uuid
    ) AS own
  FROM conversation c JOIN entry e ON e.conversation = c.no
  WHERE c.id = $1::uuid AND e.seq = $2::bigint`,
};

/**
 * Empties the entry $2 of conversation $1, its edits so far, and what was said in its poll; an edit still says of what, and a message
 * in which thread. Who voted is forgotten. Served by entry_pkey, amendment_target and vote_target.
 */
export const ERASE: Statement = {
  name: 'erase',
  text: `WITH votes AS (
    DELETE FROM vote v WHERE v.conversation = $1::int AND v.target = $2::int
  )
  UPDATE entry e SET flags = e.flags | ${FLAGS.erased}, digest = '',
    body = CASE WHEN e.seq <> $2::int THEN '{"target":' || $2::int || '}'
      WHEN e.flags & ${FLAGS.thread} = 0 THEN '{}'
      ELSE json_build_object('thread', e.body::json -> 'thread', 'count', e.body::json -> 'count')::text END
  WHERE e.conversation = $1::int AND e.seq = ANY (ARRAY[$2::int] || ARRAY(
    SELECT a.seq FROM amendment a
    WHERE a.conversation = $1::int AND a.target = $2::int AND a.kind IN (${MESSAGE_EDITED}, ${POLL_VOTED}, ${POLL_CLOSED})
  ))`,
};

/** The entries that are to be emptied. */
export function erasedBy(entries: readonly Entry[]): readonly number[] {
  return entries.flatMap(({ kind, body }) => (kind === 'message.deleted' ? Number(body.target) : []));
}

export async function readAmendments(
  database: Queryable,
  records: Records,
  { conversation, after, limit }: { conversation: ConversationId; after: number; limit: number },
): Promise<LogPage | null> {
  const [page] = await records.query(database, [conversation], ({ ids, structures, epochs }) =>
    database.query<PageRow>(READ_AMENDMENTS, [ids, structures, epochs, after, limit]),
  );
  return page ? parsePage(page) : null;
}

export async function readHistory(
  database: Queryable,
  records: Records,
  { conversation, seq }: { conversation: ConversationId; seq: number },
): Promise<LogPage | null> {
  const [page] = await records.query(database, [conversation], ({ ids, structures, epochs }) =>
    database.query<PageRow>(READ_HISTORY, [ids, structures, epochs, seq]),
  );
  return page ? parsePage(page) : null;
}

type TargetRow = Pick<Target, 'answers' | 'edits' | 'pins'> & {
  readonly entry: StoredEntry;
  readonly deletion: readonly [seq: number, at: number] | null;
  readonly reacted: readonly [seq: number, at: number, reactions: Reactions] | null;
  readonly pinned: readonly [seq: number, at: number, on: boolean] | null;
  readonly voted: readonly [seq: number, at: number, counts: number[] | null, voters: number | null] | null;
  readonly closed: readonly [seq: number, at: number] | null;
  readonly vote: readonly [seq: number, at: number, choices: readonly number[]] | null;
  readonly own: readonly (readonly [seq: number, at: number, emoji: string])[] | null;
};

type Reactions = NonNullable<Target['reacted']>['reactions'];

/** Asked in the transaction that decides on it. @returns what makes a Target of it, once the record is known */
export async function readTarget(
  database: Queryable,
  { conversation, author, target }: Pick<Write, 'conversation' | 'author' | 'target'>,
): Promise<(record: ConversationRecord, nowMs: number) => Target | null> {
  const [row] = await database.query<TargetRow>(READ_TARGET, [conversation, target, author]);
  return (record, nowMs) => (row ? parseTarget(record, row, nowMs) : null);
}

function parseTarget(
  record: ConversationRecord,
  { answers, edits, pins, ...row }: TargetRow,
  nowMs: number,
): Target | null {
  const [entry] = parseStored(record, [row.entry]);
  if (!entry) return null;
  const deletion = row.deletion && { seq: row.deletion[0], at: row.deletion[1] };
  const reacted = row.reacted && { seq: row.reacted[0], at: row.reacted[1], reactions: row.reacted[2] };
  const pinned = row.pinned && { seq: row.pinned[0], at: row.pinned[1], on: row.pinned[2] };
  const own = (row.own ?? []).map(([seq, at, emoji]) => ({ seq, at, emoji }));
  return { entry, answers, edits, deletion, reacted, pinned, ...pollOf(row), nowMs, pins, own };
}

function pollOf({ voted, closed, vote }: Pick<TargetRow, 'voted' | 'closed' | 'vote'>): Omit<PollState, 'nowMs'> {
  return {
    voted: voted && { seq: voted[0], at: voted[1], counts: voted[2] ?? [], voters: voted[3] ?? 0 },
    closed: closed && { seq: closed[0], at: closed[1] },
    vote: vote && { seq: vote[0], at: vote[1], choices: vote[2] },
  };
}
