// What people hid for themselves, in the database of the log: the rows of their own entries say so, by an index that has those
// alone.
import { type ConversationId, toId } from '@kith/protocol';
import type { HiddenMessage, HiddenQuery, HideOf, Hiding } from '../../core/hides/hidden-log.js';
import type { LogPage, ReadRange } from '../../core/log.js';
import { MESSAGE_HIDDEN, SELF } from './codes.js';
import { entryColumns, entryJson } from './entry-rows.js';
import { type PageRow, parsePage } from './pages.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD, RECORD_COLUMNS, type Records } from './records.js';

/** A person's own conversation, as in `read_choices`: the first of their memberships is nearly always it. */
const OWN = `(
    SELECT c.no FROM member m JOIN conversation c ON c.no = m.conversation
    WHERE m.person = $1::uuid AND m.left_seq IS NULL AND c.kind = ${SELF}
    ORDER BY m.conversation LIMIT 1
  ) c`;

/** What $1 hid of the conversations $2, from $3 to $4 of each. Served by member_person, conversation_pkey and entry_hidden. */
export const READ_HIDDEN: Statement = {
  name: 'read_hidden',
  text: `SELECT q.id AS conversation, e.epoch, e.seq
  FROM ${OWN}
  CROSS JOIN unnest($2::uuid[], $3::int[], $4::int[]) AS q (id, first, last)
  CROSS JOIN LATERAL (
    SELECT (x.body::json #>> '{message,epoch}')::bigint AS epoch, (x.body::json #>> '{message,seq}')::int AS seq FROM entry x
    WHERE x.kind = ${MESSAGE_HIDDEN} AND x.conversation = c.no AND (x.body::json #>> '{message,conversation}') = q.id::text
      AND (x.body::json #>> '{message,seq}')::int BETWEEN q.first AND q.last
    OFFSET 0
  ) e`,
};

/** The first entry by which $1 hid the message $4 of the epoch $3 of conversation $2, and how many hide any. Served by entry_hidden and entry_hiding. */
export const READ_HIDING_OF: Statement = {
  name: 'read_hiding_of',
  text: `SELECT (SELECT count(*)::int FROM entry x WHERE x.kind = ${MESSAGE_HIDDEN} AND x.conversation = c.no) AS count, (
    SELECT json_build_array(x.seq, x.at) FROM entry x
    WHERE x.kind = ${MESSAGE_HIDDEN} AND x.conversation = c.no AND (x.body::json #>> '{message,conversation}') = $2::text
      AND (x.body::json #>> '{message,seq}')::int = $4::int AND (x.body::json #>> '{message,epoch}')::bigint = $3::bigint
    ORDER BY x.seq LIMIT 1
  ) AS place
  FROM ${OWN}`,
};

/** The entries that hide something, above $4, at most $5. A range of entry_hiding. */
export const READ_HIDINGS: Statement = {
  name: 'read_hidings',
  text: `SELECT ${RECORD_COLUMNS}, (
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq) FROM (
      SELECT ${entryColumns('x')} FROM entry x WHERE x.kind = ${MESSAGE_HIDDEN} AND x.conversation = c.no AND x.seq > $4::bigint
      ORDER BY x.seq LIMIT $5::int
    ) e
  ) AS entries
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (id, structure, epoch, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

type HiddenRow = { readonly conversation: string; readonly epoch: number; readonly seq: number };
type HidingRow = { readonly count: number; readonly place: readonly [seq: number, at: number] | null };

/** The highest number that a column of the log takes. */
const MOST_SEQ = 2 ** 31 - 1;

export async function readHidden(
  database: Queryable,
  { user, ranges }: HiddenQuery,
): Promise<readonly HiddenMessage[]> {
  const ids = ranges.map(({ conversation }) => conversation);
  const ends = [ranges.map(({ from }) => from), ranges.map(({ to }) => to)];
  const rows = await database.query<HiddenRow>(READ_HIDDEN, [user, ids, ...ends]);
  return rows.map(({ conversation, epoch, seq }) => ({ conversation: toId<ConversationId>(conversation), epoch, seq }));
}

export async function readHidingOf(database: Queryable, of: HideOf): Promise<Hiding> {
  const { user, conversation, epoch, seq } = of;
  const [row] = await database.query<HidingRow>(READ_HIDING_OF, [user, conversation, epoch, Math.min(seq, MOST_SEQ)]);
  const [at = 0, time = 0] = row?.place ?? [];
  return { hiddenBy: row?.place ? { seq: at, at: time } : null, count: row?.count ?? 0 };
}

export async function readHidings(
  database: Queryable,
  records: Records,
  { conversation, after, limit }: Pick<ReadRange, 'conversation' | 'after' | 'limit'>,
): Promise<LogPage | null> {
  const [page] = await records.query(database, [conversation], ({ ids, structures, epochs }) =>
    database.query<PageRow>(READ_HIDINGS, [ids, structures, epochs, after, limit]),
  );
  return page ? parsePage(page) : null;
}
