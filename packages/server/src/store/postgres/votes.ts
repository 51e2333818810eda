// Who has chosen what in a poll: a row of `vote` for each person whose vote stands. How many chose what is in the entries, which of an
// anonymous poll say nothing else; a deletion takes the rows of what it deletes in its own transaction.
import type { UserId } from '@kith/protocol';
import type { Voters, VotersRange } from '../../core/vote-log.js';
import type { NumberedWrite } from './entry-rows.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD, RECORD_COLUMNS, type RecordRow, type Records } from './records.js';

/** The member with the ordinal $2 of conversation $1 chooses $6 in the poll $3, by the entry $4 at $5. Served by vote_pkey. */
export const PUT_VOTE: Statement = {
  name: 'put_vote',
  text: `INSERT INTO vote (conversation, ordinal, target, seq, at, choices)
  VALUES ($1::int, $2::int, $3::int, $4::int, $5::bigint, $6::smallint[])
  ON CONFLICT ON CONSTRAINT vote_pkey DO UPDATE SET seq = excluded.seq, at = excluded.at, choices = excluded.choices`,
};

/** They choose nothing in it any more. Served by vote_pkey. */
export const REMOVE_VOTE: Statement = {
  name: 'remove_vote',
  text: 'DELETE FROM vote v WHERE v.conversation = $1::int AND v.ordinal = $2::int AND v.target = $3::int',
};

/** Those who have chosen $6, or anything, in the poll $4 of conversation $1, above the entry $5. Served by vote_target and member_pkey. */
export const READ_VOTERS: Statement = {
  name: 'read_voters',
  text: `SELECT ${RECORD_COLUMNS}, (
    SELECT json_agg(json_build_array(m.person, l.seq, l.choices) ORDER BY l.seq) FROM (
      SELECT v.ordinal, v.seq, v.choices FROM vote v
      WHERE v.conversation = c.no AND v.target = $4::bigint AND v.seq > $5::bigint
        AND ($6::smallint IS NULL OR $6::smallint = ANY (v.choices))
      ORDER BY v.seq LIMIT $7::int
    ) l JOIN member m ON m.conversation = c.no AND m.ordinal = l.ordinal
  ) AS voters
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (id, structure, epoch, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

type VotersRow = RecordRow & {
  readonly voters: readonly (readonly [person: UserId, seq: number, choices: number[]])[] | null;
};

/** What the entries of a write change in the table. */
export function writeVotes(
  database: Queryable,
  { entries, rows: [{ author }], drafts }: NumberedWrite,
  no: number,
): readonly Promise<unknown>[] {
  return entries.flatMap(({ kind, seq, at, body: { target } }, index) => {
    if (kind !== 'poll.voted') return [];
    const { choices = [] } = drafts[index] ?? {};
    return choices.length > 0
      ? database.query(PUT_VOTE, [no, author, target, seq, at, choices])
      : database.query(REMOVE_VOTE, [no, author, target]);
  });
}

export async function readVoters(
  database: Queryable,
  records: Records,
  { conversation, target, option, after, limit }: VotersRange,
): Promise<Voters | null> {
  const [page] = await records.query(database, [conversation], ({ ids, structures, epochs }) =>
    database.query<VotersRow>(READ_VOTERS, [ids, structures, epochs, target, after, option ?? null, limit]),
  );
  if (!page) return null;
  const voters = (page.row.voters ?? []).map(([user, seq, choices]) => ({ user, choices, seq }));
  return { record: page.record, voters };
}
