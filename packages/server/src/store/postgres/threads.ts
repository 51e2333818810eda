// Threads: a message, and those that answer it, which `amendment` names with the first of them as their target.
import type { EditedPage, EditedRange } from '../../core/log.js';
import { MESSAGE_SENT } from './codes.js';
import { entryJson } from './entry-rows.js';
import { type EditedRow, lastChanges, parseEdited } from './pages.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD, RECORD_COLUMNS, type Records } from './records.js';

/** The first message of the thread and those that answer it, where they are in the range. A range of amendment_target. */
const FIRST = 'SELECT $8::bigint AS seq WHERE $8::bigint > $4::bigint AND $8::bigint <= $5::bigint';
const ANSWERS = `SELECT a.seq::bigint FROM amendment a
  WHERE a.conversation = c.no AND a.target = $8::bigint AND a.kind = ${MESSAGE_SENT}
    AND a.seq > $4::bigint AND a.seq <= $5::bigint`;
const RISING = `SELECT o.seq FROM (
    ${FIRST} UNION ALL (${ANSWERS} ORDER BY a.seq LIMIT $6::int)
  ) o ORDER BY o.seq LIMIT $6::int`;
const FALLING = `SELECT o.seq FROM (
    ${FIRST} UNION ALL (${ANSWERS} ORDER BY a.seq DESC LIMIT $6::int)
  ) o ORDER BY o.seq DESC LIMIT $6::int`;

const COLUMNS = `${RECORD_COLUMNS}, (
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq) FROM entry e
    WHERE e.conversation = c.no AND e.seq = ANY (t.seqs)
  ) AS entries, (
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq)
    FROM unnest(t.seqs) AS d (target) ${lastChanges('$9::bigint')}
  ) AS changes, (
    SELECT json_agg(json_build_array(r.target, r.emoji) ORDER BY r.target, r.seq)
    FROM member m JOIN reaction r ON r.conversation = m.conversation AND r.ordinal = m.ordinal AND r.target = ANY (t.seqs)
    WHERE m.conversation = c.no AND m.person = $7::uuid
  ) AS own, (
    SELECT json_agg(json_build_array(v.target, v.choices) ORDER BY v.target)
    FROM member m JOIN vote v ON v.conversation = m.conversation AND v.ordinal = m.ordinal AND v.target = ANY (t.seqs)
    WHERE m.conversation = c.no AND m.person = $7::uuid
  ) AS votes`;
const ASKED = `unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (id, structure, epoch, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`;

/**
 * At most $6 messages above $4 and up to $5 of the thread that begins with the entry $8, from either end, with their last changes
 * up to $9, and what the person $7 has reacted with and chosen in polls. Besides the range look-ups by amendment_target, entry_pkey,
 * member_person, reaction_pkey and vote_pkey.
 */
export const READ_THREAD: { readonly [end in EditedRange['from']]: Statement } = {
  lower: {
    name: 'read_thread_rising',
    text: `SELECT ${COLUMNS} FROM ${ASKED}
    CROSS JOIN LATERAL (SELECT coalesce(array_agg(s.seq), '{}') AS seqs FROM (${RISING}) s) t`,
  },
  upper: {
    name: 'read_thread_falling',
    text: `SELECT ${COLUMNS} FROM ${ASKED}
    CROSS JOIN LATERAL (SELECT coalesce(array_agg(s.seq), '{}') AS seqs FROM (${FALLING}) s) t`,
  },
};

/** Null where the conversation does not exist. */
export async function readThread(
  database: Queryable,
  records: Records,
  { conversation, thread, reader, ...range }: EditedRange & { readonly thread: number },
): Promise<EditedPage | null> {
  const { after, limit, from, upTo = Number.MAX_SAFE_INTEGER, upToChange = Number.MAX_SAFE_INTEGER } = range;
  const [page] = await records.query(database, [conversation], ({ ids, structures, epochs }) =>
    database.query<EditedRow>(READ_THREAD[from], [
      ids,
      structures,
      epochs,
      after,
      upTo,
      limit,
      reader,
      thread,
      upToChange,
    ]),
  );
  return page ? parseEdited(page) : null;
}
