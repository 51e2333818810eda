// Who has reacted to a message with what: a row of `reaction` for each emoji of each person that stands now. How many there
// are of each is in the entries.
import type { Entry, EntryBody, UserId } from '@kith/protocol';
import type { Reactors, ReactorsRange } from '../../core/log.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD, RECORD_COLUMNS, type RecordRow, type Records } from './records.js';

/** The member with the ordinal $2 of conversation $1 reacts to $3 with $6, in the entry $4 at $5. */
export const ADD_REACTION: Statement = {
  name: 'add_reaction',
  text: `INSERT INTO reaction (conversation, ordinal, target, seq, at, emoji)
  VALUES ($1::int, $2::int, $3::int, $4::int, $5::bigint, $6::text)`,
};

/** The member with the ordinal $2 of conversation $1 takes $4 back from $3. Served by reaction_pkey. */
export const REMOVE_REACTION: Statement = {
  name: 'remove_reaction',
  text: `DELETE FROM reaction r
  WHERE r.conversation = $1::int AND r.ordinal = $2::int AND r.target = $3::int AND r.emoji = $4::text`,
};

/** Those who react to $4 of conversation $1, above the entry $5, with $6 or with anything. Served by reaction_target and member_pkey. */
export const READ_REACTORS: Statement = {
  name: 'read_reactors',
  text: `SELECT ${RECORD_COLUMNS}, (
    SELECT json_agg(json_build_array(m.person, l.seq, l.emoji) ORDER BY l.seq) FROM (
      SELECT r.ordinal, r.seq, r.emoji FROM reaction r
      WHERE r.conversation = c.no AND r.target = $4::bigint AND r.seq > $5::bigint
        AND ($6::text IS NULL OR r.emoji = $6::text)
      ORDER BY r.seq LIMIT $7::int
    ) l JOIN member m ON m.conversation = c.no AND m.ordinal = l.ordinal
  ) AS reactors
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (id, structure, epoch, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

type ReactorsRow = RecordRow & {
  readonly reactors: readonly (readonly [person: UserId, seq: number, emoji: string])[] | null;
};

/** What the entries of a write change in the table. @param author the ordinal of who wrote them */
export function writeReactions(
  database: Queryable,
  entries: readonly Entry[],
  { no, author }: { readonly no: number; readonly author: number },
): readonly Promise<unknown>[] {
  return entries.flatMap(({ kind, seq, at, body }) => {
    if (kind !== 'reaction.set') return [];
    const { target, emoji, on } = body as EntryBody<'reaction.set'>;
    return on
      ? database.query(ADD_REACTION, [no, author, target, seq, at, emoji])
      : database.query(REMOVE_REACTION, [no, author, target, emoji]);
  });
}

export async function readReactors(
  database: Queryable,
  records: Records,
  { conversation, target, emoji, after, limit }: ReactorsRange,
): Promise<Reactors | null> {
  const [page] = await records.query(database, [conversation], ({ ids, structures, epochs }) =>
    database.query<ReactorsRow>(READ_REACTORS, [ids, structures, epochs, target, after, emoji ?? null, limit]),
  );
  if (!page) return null;
  const reactors = (page.row.reactors ?? []).map(([user, seq, kind]) => ({ user, emoji: kind, seq }));
  return { record: page.record, reactors };
}
