// Pages of entries, and the settings of a person: each with the record of the same moment, all of a call in one query.
import type { ConversationId } from '@kith/protocol';
import type { ConversationRecord, LogPage, ReadRange } from '../../core/log.js';
import { entryJson, parseEntry, type StoredEntry } from './entry-rows.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD, RECORD_COLUMNS, type RecordRow, type Records } from './records.js';

type PageRow = RecordRow & { readonly entries: readonly StoredEntry[] | null };

/**
 * Numbers have no holes, so the ends of a page follow from its limit, and both kinds of page are one range of
 * entry_pkey.
 */
export const READ_PAGES: Statement = {
  name: 'read_pages',
  text: `SELECT ${RECORD_COLUMNS}, (
    SELECT json_agg(${entryJson('e')} ORDER BY e.seq) FROM entry e
    WHERE e.conversation = c.no
      AND e.seq > CASE WHEN q.falling THEN greatest(q.after, least(q.up_to, h.seq) - q.size) ELSE q.after END
      AND e.seq <= CASE WHEN q.falling THEN least(q.up_to, h.seq) ELSE least(q.up_to, h.seq, q.after + q.size) END
  ) AS entries
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[], $7::boolean[])
    WITH ORDINALITY AS q (id, structure, epoch, after, up_to, size, falling, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}
  ORDER BY q.position`,
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

/** The pages of those conversations that exist, in the order asked for. */
export async function readPages(
  database: Queryable,
  records: Records,
  ranges: readonly ReadRange[],
): Promise<readonly LogPage[]> {
  if (ranges.length === 0) return [];
  const ids = ranges.map(({ conversation }) => conversation);
  const pages = await records.query(database, ids, ({ structures, epochs }) =>
    database.query<PageRow>(READ_PAGES, [
      ids,
      structures,
      epochs,
      ranges.map(({ after }) => after),
      ranges.map(({ upTo }) => upTo ?? Number.MAX_SAFE_INTEGER),
      ranges.map(({ limit }) => limit),
      ranges.map(({ from }) => from === 'upper'),
    ]),
  );
  return pages.map(parsePage);
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

function parsePage({ row, record }: { readonly row: PageRow; readonly record: ConversationRecord }): LogPage {
  const { id, state } = record;
  // Members are numbered from 1 in the order in which they came, and kept in that order.
  const users = [...state.members.keys()];
  const entries = (row.entries ?? []).map((stored) =>
    parseEntry(stored, { id, epoch: state.epoch, author: users[stored[3] - 1] }),
  );
  return { record, entries };
}
