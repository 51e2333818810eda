// Which messages have had their time, in the database of the log: its own rows say so, by an index that has those alone that
// disappear and were not emptied. So nothing can be written and not be due.
import { type ConversationId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { DueMessage, DueMessages, DueQuery } from '../../core/disappearing/due-messages.js';
import { FLAGS } from './codes.js';
import type { Queryable, Statement } from './pool.js';
import { storeError } from './store-error.js';

const WANTED = FLAGS.disappears | FLAGS.erased;

/** Due at $1, after the place $2, $3, $4, at most $5. Served by entry_disappearing, conversation_pkey and member_pkey. */
export const READ_DUE_MESSAGES: Statement = {
  name: 'read_due_messages',
  text: `SELECT c.workspace, c.id, m.person, e.conversation AS no, e.seq, e.at
  FROM (
    SELECT d.conversation, d.seq, d.author, (d.body::json ->> 'disappearAt')::bigint AS at FROM entry d
    WHERE d.flags & ${WANTED} = ${FLAGS.disappears} AND (d.body::json ->> 'disappearAt')::bigint <= $1::bigint
      AND ((d.body::json ->> 'disappearAt')::bigint, d.conversation, d.seq) > ($2::bigint, $3::int, $4::int)
    ORDER BY (d.body::json ->> 'disappearAt')::bigint, d.conversation, d.seq LIMIT $5::int
  ) e
  CROSS JOIN LATERAL (SELECT x.workspace, x.id FROM conversation x WHERE x.no = e.conversation OFFSET 0) c
  CROSS JOIN LATERAL (
    SELECT x.person FROM member x WHERE x.conversation = e.conversation AND x.ordinal = e.author OFFSET 0
  ) m
  ORDER BY e.at, e.conversation, e.seq`,
};

type Row = {
  readonly workspace: string;
  readonly id: string;
  readonly person: string;
  readonly no: number;
  readonly seq: number;
  readonly at: number;
};

const BEGINNING = '0 0 0';

export class PostgresDueMessages implements DueMessages {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async due({ nowMs, after, limit }: DueQuery): Promise<readonly DueMessage[]> {
    const place = (after ?? BEGINNING).split(' ').map(Number);
    try {
      return (await this.#database.query<Row>(READ_DUE_MESSAGES, [nowMs, ...place, limit])).map(parseRow);
    } catch (error) {
      throw storeError(error);
    }
  }
}

function parseRow({ workspace, id, person, no, seq, at }: Row): DueMessage {
  return {
    workspace: toId<WorkspaceId>(workspace),
    conversation: toId<ConversationId>(id),
    seq,
    author: toId<UserId>(person),
    disappearAt: at,
    position: `${at} ${no} ${seq}`,
  };
}
