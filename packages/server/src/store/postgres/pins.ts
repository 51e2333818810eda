// What is pinned: a row of `pin` for each message that is pinned now, with the entry that says so. A deletion takes the row
// of what it deletes in its own transaction.
import type { ConversationId, Entry, EntryBody } from '@kith/protocol';
import type { Pins } from '../../core/log.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD, RECORD_COLUMNS, type RecordRow, type Records } from './records.js';

/** The message $2 of conversation $1 is pinned by the entry $3. */
export const ADD_PIN: Statement = {
  name: 'add_pin',
  text: 'INSERT INTO pin (conversation, target, seq) VALUES ($1::int, $2::int, $3::int)',
};

/** The message $2 of conversation $1 is pinned no more, if it was. Served by pin_pkey. */
export const REMOVE_PIN: Statement = {
  name: 'remove_pin',
  text: 'DELETE FROM pin p WHERE p.conversation = $1::int AND p.target = $2::int',
};

/** What is pinned in conversation $1, at most $4. A range of pin_seq. */
export const READ_PINS: Statement = {
  name: 'read_pins',
  text: `SELECT ${RECORD_COLUMNS}, (
    SELECT json_agg(json_build_array(l.target, l.seq) ORDER BY l.seq DESC) FROM (
      SELECT p.target, p.seq FROM pin p WHERE p.conversation = c.no ORDER BY p.seq DESC LIMIT $4::int
    ) l
  ) AS pins
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (id, structure, epoch, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

type PinsRow = RecordRow & { readonly pins: readonly (readonly [target: number, seq: number])[] | null };

/** What the entries of a write change in the table. */
export function writePins(database: Queryable, entries: readonly Entry[], no: number): readonly Promise<unknown>[] {
  return entries.flatMap(({ kind, seq, body }) => {
    const { target, on } = body as EntryBody<'message.pinned'>;
    if (kind === 'message.pinned' && on) return database.query(ADD_PIN, [no, target, seq]);
    return kind === 'message.pinned' || kind === 'message.deleted' ? database.query(REMOVE_PIN, [no, target]) : [];
  });
}

export async function readPins(
  database: Queryable,
  records: Records,
  { conversation, limit }: { readonly conversation: ConversationId; readonly limit: number },
): Promise<Pins | null> {
  const [page] = await records.query(database, [conversation], ({ ids, structures, epochs }) =>
    database.query<PinsRow>(READ_PINS, [ids, structures, epochs, limit]),
  );
  if (!page) return null;
  return { record: page.record, pins: (page.row.pins ?? []).map(([target, seq]) => ({ target, seq })) };
}
