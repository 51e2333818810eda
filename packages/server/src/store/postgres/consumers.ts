// Where consumers of the log keep how far they have got, in the database of the log: a restore brings back both together.
import type { ConversationId, Cursor } from '@kith/protocol';
import type { ConsumerStore, ConversationPage, Position } from '../../core/consumers/consumer-store.js';
import type { ConversationHead } from '../../core/log.js';
import type { Database, Statement } from './pool.js';
import { JOIN_HEAD } from './records.js';
import { storeError } from './store-error.js';

/** Nothing is written where it is another's turn. Served by consumer_hold_pkey. */
export const HOLD: Statement = {
  name: 'hold_consumer',
  text: `WITH renewed AS (
    UPDATE consumer_hold h SET node = $2, until = clock_timestamp() + $3::int * interval '1 millisecond'
    WHERE h.consumer = $1 AND (h.node = $2 OR h.until <= clock_timestamp())
    RETURNING 1
  ), begun AS (
    INSERT INTO consumer_hold (consumer, node, until)
    SELECT $1, $2, clock_timestamp() + $3::int * interval '1 millisecond'
    WHERE NOT EXISTS (SELECT FROM consumer_hold k WHERE k.consumer = $1)
    ON CONFLICT DO NOTHING
    RETURNING 1
  )
  SELECT EXISTS (SELECT FROM renewed) OR EXISTS (SELECT FROM begun) AS held`,
};

/** Served by consumer_pkey. */
export const READ_MARK: Statement = {
  name: 'read_consumer_mark',
  text: 'SELECT k.mark FROM consumer k WHERE k.name = $1',
};

export const SAVE_MARK: Statement = {
  name: 'save_consumer_mark',
  text: `INSERT INTO consumer (name, mark) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET mark = excluded.mark`,
};

/** Served by conversation_id and consumer_position_pkey. */
export const READ_POSITIONS: Statement = {
  name: 'read_consumer_positions',
  text: `SELECT c.id, p.epoch, p.seq FROM conversation c
  JOIN consumer_position p ON p.conversation = c.no AND p.consumer = $1
  WHERE c.id = ANY ($2::uuid[])`,
};

/** In the order of the keys, so that two nodes never wait for each other in a ring. */
export const RAISE_POSITIONS: Statement = {
  name: 'raise_consumer_positions',
  text: `INSERT INTO consumer_position AS p (epoch, conversation, seq, consumer)
  SELECT q.epoch, c.no, q.seq, $1 FROM unnest($2::uuid[], $3::bigint[], $4::int[]) AS q (id, epoch, seq)
  JOIN conversation c ON c.id = q.id
  ORDER BY c.no
  ON CONFLICT (conversation, consumer) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq
  WHERE (p.epoch, p.seq) < (excluded.epoch, excluded.seq)`,
};

/** Conversations above the short number $1, at most $2. Served by conversation_pkey and entry_pkey. */
export const LIST_CONVERSATIONS: Statement = {
  name: 'list_conversations',
  text: `SELECT c.no, c.id, c.epoch, h.seq AS head
  FROM (SELECT l.no, l.id, l.epoch FROM conversation l WHERE l.no > $1::int ORDER BY l.no LIMIT $2::int) c
  ${JOIN_HEAD}
  ORDER BY c.no`,
};

type PositionRow = Position & { readonly id: ConversationId };

export class PostgresConsumers implements ConsumerStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async hold(consumer: string, node: string, forMs: number): Promise<boolean> {
    const [row] = await this.#query<{ held: boolean }>(HOLD, [consumer, node, forMs]);
    return row?.held === true;
  }

  async mark(consumer: string): Promise<Cursor | null> {
    const [row] = await this.#query<{ mark: Cursor }>(READ_MARK, [consumer]);
    return row?.mark ?? null;
  }

  async saveMark(consumer: string, mark: Cursor): Promise<void> {
    await this.#query(SAVE_MARK, [consumer, mark]);
  }

  async positions(
    consumer: string,
    conversations: readonly ConversationId[],
  ): Promise<ReadonlyMap<ConversationId, Position>> {
    const rows = await this.#query<PositionRow>(READ_POSITIONS, [consumer, conversations]);
    return new Map(rows.map(({ id, epoch, seq }) => [id, { epoch, seq }]));
  }

  async raise(
    consumer: string,
    positions: readonly (Position & { readonly conversation: ConversationId })[],
  ): Promise<void> {
    if (positions.length === 0) return;
    await this.#query(RAISE_POSITIONS, [
      consumer,
      positions.map(({ conversation }) => conversation),
      positions.map(({ epoch }) => epoch),
      positions.map(({ seq }) => seq),
    ]);
  }

  async conversations({ after, limit }: { after: string | null; limit: number }): Promise<ConversationPage> {
    const rows = await this.#query<Omit<ConversationHead, 'first'> & { no: number }>(LIST_CONVERSATIONS, [
      Number(after ?? 0),
      limit,
    ]);
    const items = rows.map(({ id, epoch, head }) => ({ id, epoch, head }));
    return { items, next: rows.length === limit ? String(rows.at(-1)?.no) : null };
  }

  /** @throws unavailable where the database can't be reached */
  async #query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(statement, values);
    } catch (error) {
      throw storeError(error);
    }
  }
}
