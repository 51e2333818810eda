// Pages of entries, and the settings of a person: each with the record of the same moment, all of a call in one query.
// And where in a log a time stands.
import type { ConversationId, Entry } from '@kith/protocol';
import type { ConversationRecord, EditedPage, EditedRanges, LogPage, ReadRange } from '../../core/log.js';
import { MESSAGE_EDITED, MESSAGE_PINNED, MESSAGE_SENT, POLL_CLOSED, POLL_VOTED, REACTION_SET } from './codes.js';
import { entryColumns, entryJson, parseEntry, type StoredEntry } from './entry-rows.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD, RECORD_COLUMNS, type RecordRow, type Records } from './records.js';

export type PageRow = RecordRow & { readonly entries: readonly StoredEntry[] | null };
export type EditedRow = PageRow & {
  readonly changes: readonly StoredEntry[] | null;
  readonly own: readonly (readonly [target: number, emoji: string])[] | null;
  readonly votes: readonly (readonly [target: number, choices: readonly number[]])[] | null;
};

/** Numbers have no holes, so the ends of a page follow from its limit: above the one, up to the other. */
const LOWER_END = `CASE WHEN q.falling THEN greatest(q.after, least(q.up_to, h.seq) - q.size) ELSE q.after END`;
const UPPER_END = `CASE WHEN q.falling THEN least(q.up_to, h.seq) ELSE least(q.up_to, h.seq, q.after + q.size) END`;
const ENTRIES = `(
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq) FROM entry e
    WHERE e.conversation = c.no AND e.seq > ${LOWER_END} AND e.seq <= ${UPPER_END}
  )`;

/** The first entry of a page that was changed, and the next one after `d`. Look-ups by amendment_target. */
const FIRST_CHANGED = `SELECT a.target FROM amendment a
      WHERE a.conversation = c.no AND a.target > ${LOWER_END} AND a.target <= ${UPPER_END} ORDER BY a.target LIMIT 1`;
const NEXT_CHANGED = `SELECT a.target FROM amendment a
      WHERE a.conversation = c.no AND a.target > d.target AND a.target <= ${UPPER_END} ORDER BY a.target LIMIT 1`;

/** Pages from either end are one range of entry_pkey. */
export const READ_PAGES: Statement = {
  name: 'read_pages',
  text: `SELECT ${RECORD_COLUMNS}, ${ENTRIES} AS entries
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::boolean[])
    WITH ORDINALITY AS q (id, structure, epoch, after, up_to, size, falling, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}
  ORDER BY q.position`,
};

/** SQL for the last entry of each kind, up to a seq, that changes the entry `d.target`, as `e`. By amendment_target and entry_pkey. */
export function lastChanges(upTo: string): string {
  return `CROSS JOIN (
      VALUES (${MESSAGE_SENT}::smallint), (${MESSAGE_EDITED}::smallint), (${REACTION_SET}::smallint),
        (${MESSAGE_PINNED}::smallint), (${POLL_VOTED}::smallint), (${POLL_CLOSED}::smallint)
    ) AS k (kind)
    CROSS JOIN LATERAL (
      SELECT a.seq FROM amendment a
      WHERE a.conversation = c.no AND a.target = d.target AND a.kind = k.kind AND a.seq <= ${upTo}
      ORDER BY a.seq DESC LIMIT 1
    ) l CROSS JOIN LATERAL (
      SELECT ${entryColumns('x')} FROM entry x WHERE x.conversation = c.no AND x.seq = l.seq OFFSET 0
    ) e`;
}

/**
 * One such page, with the last edit, reaction, vote, closing, pinning and answer up to $8 of each message in it that has one, and what
 * the person $9 has reacted with and chosen in polls: a few look-ups by amendment_target and entry_pkey for each such message, and one more range each, of
 * reaction_pkey and vote_pkey. What was changed is walked from one to the next, whatever the number of its changes.
 */
export const READ_EDITED: Statement = {
  name: 'read_edited',
  text: `SELECT ${RECORD_COLUMNS}, ${ENTRIES} AS entries, (
    WITH RECURSIVE changed (target) AS (
      (${FIRST_CHANGED})
      UNION ALL
      SELECT n.target FROM changed d CROSS JOIN LATERAL (${NEXT_CHANGED}) n
    )
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq)
    FROM changed d ${lastChanges('$8::bigint')}
  ) AS changes, (
    SELECT json_agg(json_build_array(r.target, r.emoji) ORDER BY r.target, r.seq)
    FROM member m JOIN reaction r ON r.conversation = m.conversation AND r.ordinal = m.ordinal
      AND r.target > ${LOWER_END} AND r.target <= ${UPPER_END}
    WHERE m.conversation = c.no AND m.person = $9::uuid
  ) AS own, (
    SELECT json_agg(json_build_array(v.target, v.choices) ORDER BY v.target)
    FROM member m JOIN vote v ON v.conversation = m.conversation AND v.ordinal = m.ordinal
      AND v.target > ${LOWER_END} AND v.target <= ${UPPER_END}
    WHERE m.conversation = c.no AND m.person = $9::uuid
  ) AS votes
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::boolean[])
    WITH ORDINALITY AS q (id, structure, epoch, after, up_to, size, falling, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

/** Served by conversation_id, setting_pkey and entry_pkey. */
export const READ_SETTINGS: Statement = {
  name: 'read_settings',
  text: `SELECT ${RECORD_COLUMNS}, (
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq)
    FROM setting s JOIN entry e ON e.conversation = s.conversation AND e.seq = s.seq
    WHERE s.conversation = c.no
  ) AS entries
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (id, structure, epoch, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

/**
 * Halves a conversation by the times of its entries, as `seqAt` says: at most 32 look-ups by entry_pkey, in one statement.
 * `older` is below `at`, or 0; `found` is not, or past the head.
 */
export const FIND_BY_TIME: Statement = {
  name: 'find_by_time',
  text: `WITH RECURSIVE search (no, older, found) AS (
    SELECT c.no, 0::bigint, h.seq::bigint + 1 FROM conversation c ${JOIN_HEAD} WHERE c.id = $1
    UNION ALL
    SELECT s.no, CASE WHEN e.at < $2 THEN e.seq ELSE s.older END, CASE WHEN e.at < $2 THEN s.found ELSE e.seq END
    FROM search s CROSS JOIN LATERAL (
      SELECT entry.seq, entry.at FROM entry
      WHERE entry.conversation = s.no AND entry.seq = (s.older + s.found) / 2 OFFSET 0
    ) e
    WHERE s.found - s.older > 1
  )
  SELECT s.found FROM search s WHERE s.found - s.older = 1`,
};

export async function findByTime(database: Queryable, conversation: ConversationId, at: number): Promise<number> {
  const [row] = await database.query<{ found: number }>(FIND_BY_TIME, [conversation, at]);
  return row?.found ?? 1;
}

/** The pages of those conversations that exist, in the order asked for. */
export async function readPages(
  database: Queryable,
  records: Records,
  ranges: readonly ReadRange[],
): Promise<readonly LogPage[]> {
  if (ranges.length === 0) return [];
  const ids = ranges.map(({ conversation }) => conversation);
  const pages = await records.query(database, ids, ({ structures, epochs }) =>
    database.query<PageRow>(READ_PAGES, [ids, structures, epochs, ...ends(ranges)]),
  );
  return pages.map(parsePage);
}

/** The same with what their messages are now. */
export async function readEdited(
  database: Queryable,
  records: Records,
  { ranges, reader, upToChange = Number.MAX_SAFE_INTEGER }: EditedRanges,
): Promise<readonly EditedPage[]> {
  if (ranges.length === 0) return [];
  const ids = ranges.map(({ conversation }) => conversation);
  const pages = await records.query(database, ids, ({ structures, epochs }) =>
    database.query<EditedRow>(READ_EDITED, [ids, structures, epochs, ...ends(ranges), upToChange, reader]),
  );
  const ordered = [...pages].sort((a, b) => a.row.position - b.row.position);
  return ordered.map(parseEdited);
}

export function parseEdited(page: { readonly row: EditedRow; readonly record: ConversationRecord }): EditedPage {
  const own = (page.row.own ?? []).map(([target, emoji]) => ({ target, emoji }));
  const votes = (page.row.votes ?? []).map(([target, choices]) => ({ target, choices }));
  return { ...parsePage(page), changes: parseStored(page.record, page.row.changes), own, votes };
}

/** Parameters $4 to $7 of pages. */
function ends(ranges: readonly ReadRange[]): readonly unknown[] {
  return [
    ranges.map(({ after }) => after),
    ranges.map(({ upTo }) => upTo ?? Number.MAX_SAFE_INTEGER),
    ranges.map(({ limit }) => limit),
    ranges.map(({ from }) => from === 'upper'),
  ];
}

export async function readSettings(
  database: Queryable,
  records: Records,
  conversation: ConversationId,
): Promise<LogPage | null> {
  const [page] = await records.query(database, [conversation], ({ ids, structures, epochs }) =>
    database.query<PageRow>(READ_SETTINGS, [ids, structures, epochs]),
  );
  return page ? parsePage(page) : null;
}

export function parsePage({ row, record }: { readonly row: PageRow; readonly record: ConversationRecord }): LogPage {
  return { record, entries: parseStored(record, row.entries) };
}

export function parseStored(
  { id, state }: ConversationRecord,
  stored: readonly StoredEntry[] | null,
): readonly Entry[] {
  if (stored === null) return [];
  // Members are numbered from 1 in the order in which they came, and kept in that order.
  const users = [...state.members.keys()];
  return stored.map((entry) => parseEntry(entry, { id, epoch: state.epoch, author: entry[8] ?? users[entry[3] - 1] }));
}
