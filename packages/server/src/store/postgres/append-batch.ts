// The writes of many conversations that go out as one statement: one plain multi-row INSERT, sorted by conversation, with
// its row of the change feed. Its primary key refuses a number that another node gave, its key index a key that is known, and
// a division by zero what rests on heads that have moved; then nothing of it is written. Only messages travel so: what changes rows besides `entry` is written alone.
import type { ConversationId, Key, UserId } from '@kith/protocol';
import type { Grounds } from '../../core/grounds.js';
import type { Base } from './conversation-cache.js';
import type { NumberedWrite } from './entry-rows.js';
import type { PendingWrite } from './pending-write.js';
import type { Statement } from './pool.js';
import { JOIN_HEAD } from './records.js';

/** With what it was decided against; where that is unseen, the insert looks it up. */
export type BatchedWrite = Base & {
  readonly pending: PendingWrite;
  readonly numbered: NumberedWrite;
};

/** The most rows of one statement. */
const MOST_ROWS = 512;
const COLUMNS = ['conversation', 'seq', 'at', 'n', 'author', 'kind', 'flags', 'key', 'digest', 'body'];
/** Parameters before those of the rows: the conversations and heads of the feed, and those that the writes rest on. */
const FIRST_PARAMETERS = 4;
/** A batch is cut to one of these sizes, each prepared once per connection; what is over waits for the next. */
const SIZES = [
  ...Array.from({ length: 16 }, (_, index) => index + 1),
  24,
  32,
  48,
  64,
  96,
  128,
  192,
  256,
  384,
  MOST_ROWS,
];

/** True, or an error where a head is not the one that a write rests on. */
const GROUNDS = `(
    SELECT coalesce(min(1 / (h.seq = g.head)::int), 1) FROM unnest($3::uuid[], $4::int[]) AS g (id, head)
    JOIN conversation c ON c.id = g.id ${JOIN_HEAD}
  ) = 1`;

const STATEMENTS = new Map(SIZES.map((rows) => [rows, { name: `append_${rows}`, text: insertText(rows) }]));

/** Served by entry_pkey, entry_key, feed_pkey and conversation_id. */
export function appendStatement(rows: number): Statement {
  return STATEMENTS.get(rows) ?? { text: insertText(rows) };
}

function insertText(rows: number): string {
  return `WITH fed AS (
    INSERT INTO feed (xid, conversations, heads)
    SELECT pg_current_xact_id(), $1::int[], $2::int[] WHERE ${GROUNDS}
  ) INSERT INTO entry (${COLUMNS.join(', ')}) VALUES ${placeholders(rows)}`;
}

/** `($3,$4,…),(…)`: the parameters of so many rows. */
function placeholders(rows: number): string {
  const row = (_: unknown, index: number) => {
    const first = FIRST_PARAMETERS + index * COLUMNS.length + 1;
    return `(${COLUMNS.map((_name, column) => `$${first + column}`).join(',')})`;
  };
  return Array.from({ length: rows }, row).join(',');
}

export class AppendBatch {
  #writes: BatchedWrite[] = [];
  readonly #latest = new Map<ConversationId, BatchedWrite>();
  readonly #keys = new Set<string>();
  #rows = 0;

  get writes(): readonly BatchedWrite[] {
    return this.#writes;
  }

  get rows(): number {
    return this.#rows;
  }

  has(conversation: ConversationId): boolean {
    return this.#latest.has(conversation);
  }

  /** A conversation after what this batch holds of it; null where it holds nothing. */
  latestOf(conversation: ConversationId): Base | null {
    const latest = this.#latest.get(conversation);
    if (!latest) return null;
    return { no: latest.no, record: { ...latest.record, state: latest.numbered.state }, isUnseen: false };
  }

  hasKey(conversation: ConversationId, author: UserId, key: Key): boolean {
    return this.#keys.has(`${conversation} ${author} ${key}`);
  }

  hasRoomFor(rows: number): boolean {
    return this.#rows === 0 || this.#rows + rows <= MOST_ROWS;
  }

  add(write: BatchedWrite): void {
    const { conversation, author, key } = write.pending.write;
    this.#writes.push(write);
    this.#latest.set(conversation, write);
    this.#keys.add(`${conversation} ${author} ${key}`);
    this.#rows += write.numbered.rows.length;
  }

  /** Cuts the batch to a prepared size where that is possible. @returns what was cut off, in its order */
  trim(): readonly PendingWrite[] {
    const size = SIZES.findLast((rows) => rows <= this.#rows) ?? 0;
    let kept = 0;
    const end = this.#writes.findIndex(({ numbered }) => {
      kept += numbered.rows.length;
      return kept > size;
    });
    if (end <= 0) return [];
    const cut = this.#writes.slice(end).map(({ pending }) => pending);
    const writes = this.#writes.slice(0, end);
    this.#writes = [];
    this.#latest.clear();
    this.#keys.clear();
    this.#rows = 0;
    for (const write of writes) this.add(write);
    return cut;
  }

  /** The conversations of the batch with their last write, in the order of the statement. */
  latest(): readonly BatchedWrite[] {
    return [...this.#latest.values()].sort((a, b) => a.no - b.no);
  }

  /** Parameters of `appendStatement(rows)`. All nodes sort alike, so that two statements never wait for each other. */
  values(): readonly unknown[] {
    const latest = this.latest();
    const grounds = this.#grounds();
    const values: unknown[] = [
      latest.map(({ no }) => no),
      latest.map(({ numbered }) => numbered.state.head),
      grounds.map(({ conversation }) => conversation),
      grounds.map(({ head }) => head),
    ];
    const sorted = this.#writes.toSorted((a, b) => a.no - b.no);
    for (const { no, numbered } of sorted) {
      for (const { seq, at, n, author, kind, flags, key, digest, body } of numbered.rows) {
        values.push(no, seq, at, n, author, kind, flags, key, digest, body);
      }
    }
    return values;
  }

  /** Each once. */
  #grounds(): Grounds['heads'] {
    const grounds = new Map<string, Grounds['heads'][number]>();
    const add = (one: Grounds['heads'][number]) => grounds.set(`${one.conversation} ${one.head}`, one);
    for (const { pending, record, isUnseen } of this.#writes) {
      if (isUnseen) add({ conversation: record.id, head: record.state.head });
      if (pending.isGrounded) pending.write.restsOn?.heads.forEach(add);
    }
    return [...grounds.values()];
  }
}
