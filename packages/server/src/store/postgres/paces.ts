// When those who may only write so often last did. Only conversations with slow mode have it read and kept, and only for
// the writes of those who wait: such writes go alone, under the lock of their conversation, so that it holds on any number of
// nodes.
import type { UserId } from '@kith/protocol';
import type { ConversationRecord, Write } from '../../core/log.js';
import type { NumberedWrite } from './entry-rows.js';
import type { PendingWrite } from './pending-write.js';
import type { Queryable, Statement } from './pool.js';

/** When the authors of a group of writes last wrote. */
export class Paces {
  readonly #times: Map<UserId, number> | null;

  /** @param times by person, who is not in it never wrote so; null where they were not read, since nobody had to wait */
  constructor(times: Map<UserId, number> | null) {
    this.#times = times;
  }

  /** Null for a write that is not paced; `unknown` where it has become so since the times were read. */
  lastAt({ isPaced, author }: Write, record: ConversationRecord | null): number | null | 'unknown' {
    if (!record || !isPaced?.(record)) return null;
    return this.#times === null ? 'unknown' : (this.#times.get(author) ?? null);
  }

  /** Takes that the write is made. @returns whether it is paced */
  note({ isPaced, author }: Write, record: ConversationRecord | null, at: number): boolean {
    if (!record || !isPaced?.(record)) return false;
    this.#times?.set(author, at);
    return true;
  }
}

export type PacedWrite = {
  readonly pending: PendingWrite;
  readonly numbered: NumberedWrite;
  readonly isPaced: boolean;
};

/** $1 conversation, $2 people. Served by conversation_id and member_person. */
export const READ_PACES: Statement = {
  name: 'read_paces',
  text: `SELECT m.person, m.paced_at AS at
  FROM conversation c JOIN member m ON m.conversation = c.no AND m.person = ANY ($2::uuid[])
  WHERE c.id = $1::uuid AND m.paced_at IS NOT NULL`,
};

/** $1 number of the conversation, $2 ordinals of members, $3 time. Served by member_pkey. */
export const NOTE_PACES: Statement = {
  name: 'note_paces',
  text: `UPDATE member m SET paced_at = $3::bigint WHERE m.conversation = $1::int AND m.ordinal = ANY ($2::int[])`,
};

export async function readPaces(
  database: Queryable,
  record: ConversationRecord | null,
  pendings: readonly PendingWrite[],
): Promise<Paces> {
  if (!record || !pendings.some(({ write }) => write.isPaced?.(record))) return new Paces(null);
  const authors = [...new Set(pendings.map(({ write }) => write.author))];
  const rows = await database.query<{ person: UserId; at: number }>(READ_PACES, [record.id, authors]);
  return new Paces(new Map(rows.map(({ person, at }) => [person, at])));
}

export async function notePaces(database: Queryable, no: number, written: readonly PacedWrite[]): Promise<void> {
  const rows = written.flatMap(({ isPaced, numbered }) => (isPaced ? numbered.rows : []));
  const [first] = rows;
  if (!first) return;
  await database.query(NOTE_PACES, [no, [...new Set(rows.map(({ author }) => author))], first.at]);
}
