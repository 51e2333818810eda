// Records of conversations as the database has them, always of one moment: the row of the conversation, its head, and its
// members where this node does not know them yet. Whatever is read here goes into the cache, and nothing is served
// whose head lies below one that this node has seen: then a tail was lost, and the epoch is raised first.
import {
  type ConversationId,
  type ConversationSettings,
  type ConversationState,
  type FoldedMember,
  toId,
  type WorkspaceId,
} from '@kith/protocol';
import type { Clock } from '../../core/clock.js';
import type { ConversationRecord } from '../../core/log.js';
import type { Telemetry } from '../../core/telemetry.js';
import { parseConversationKind, parseRole } from './codes.js';
import type { ConversationCache, Seen } from './conversation-cache.js';
import { raiseEpoch } from './epochs.js';
import type { Queryable, Statement } from './pool.js';

/** What the SQL of `RECORD_COLUMNS` gives. */
export type RecordRow = {
  readonly position: number;
  readonly no: number;
  readonly id: string;
  readonly workspace: string;
  readonly kind: number;
  readonly name: string | null;
  readonly epoch: number;
  readonly structure: number;
  readonly size: number;
  readonly first: number;
  readonly settings: ConversationSettings;
  readonly head: number;
  readonly n: number;
  /** Null where those of the structure that was asked with are still right. */
  readonly members: readonly StoredMember[] | null;
};

type StoredMember = readonly [
  person: string,
  ordinal: number,
  role: number,
  joined: number,
  left: number | null,
  first: number,
];

/** A read of records, in the order of `ids`, with what its answer must not fall behind. */
export type RecordRequest = {
  readonly ids: readonly ConversationId[];
  readonly structures: readonly number[];
  readonly epochs: readonly number[];
  readonly seen: readonly (Seen | null)[];
};

/**
 * For statements over `q (id, structure, epoch, …, position)`, conversations `c` and their heads `h`: a record, with the
 * members only where the structure is not the one that `q` knows. Those who read without entries are none of them.
 */
export const RECORD_COLUMNS = `q.position::int AS position, c.no, c.id, c.workspace, c.kind, c.name, c.epoch, c.structure,
  c.size, c.first, c.settings, h.seq AS head, h.n,
  CASE WHEN c.structure = q.structure AND c.epoch = q.epoch THEN NULL ELSE (
    SELECT json_agg(coalesce(
      m.folded, json_build_array(m.person, m.ordinal, m.role, m.joined, m.left_seq, m.first)
    ) ORDER BY m.ordinal)
    FROM member m WHERE m.conversation = c.no AND m.ordinal > 0
  ) END AS members`;

/** The head of each conversation `c`, as `h`. */
export const JOIN_HEAD = `CROSS JOIN LATERAL (
    SELECT e.seq, e.n FROM entry e WHERE e.conversation = c.no ORDER BY e.seq DESC LIMIT 1
  ) h`;

/** Served by conversation_id, entry_pkey and member_pkey. */
export const READ_RECORDS: Statement = {
  name: 'read_records',
  text: `SELECT ${RECORD_COLUMNS}
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (id, structure, epoch, position)
  JOIN conversation c ON c.id = q.id
  ${JOIN_HEAD}`,
};

export type RecordsParts = {
  readonly cache: ConversationCache;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

/** How often a read is made again because a tail was lost. The first raise is enough, but for a race of two nodes. */
const ATTEMPTS = 3;

export class Records {
  readonly #parts: RecordsParts;

  constructor(parts: RecordsParts) {
    this.#parts = parts;
  }

  /** What a statement with RECORD_COLUMNS is asked with. Taken just before it is sent. */
  request(ids: readonly ConversationId[]): RecordRequest {
    const { cache } = this.#parts;
    const states = ids.map((id) => cache.get(id)?.record.state);
    return {
      ids,
      structures: states.map((state) => state?.structure ?? 0),
      epochs: states.map((state) => state?.epoch ?? 0),
      seen: ids.map((id) => cache.seen(id)),
    };
  }

  /** The records as they are now on this connection, with the short numbers of their conversations. */
  async read(
    database: Queryable,
    ids: readonly ConversationId[],
  ): Promise<ReadonlyMap<ConversationId, { readonly no: number; readonly record: ConversationRecord }>> {
    const rows = await this.query(database, ids, (request) =>
      database.query<RecordRow>(READ_RECORDS, [request.ids, request.structures, request.epochs]),
    );
    return new Map(rows.map(({ row, record }) => [record.id, { no: row.no, record }]));
  }

  /**
   * Sends a statement with RECORD_COLUMNS and takes its answer in. Where a tail turns out to be lost, the epoch is
   * raised on the same connection and the statement is sent again.
   */
  async query<Row extends RecordRow>(
    database: Queryable,
    ids: readonly ConversationId[],
    send: (request: RecordRequest) => Promise<readonly Row[]>,
  ): Promise<readonly { readonly row: Row; readonly record: ConversationRecord }[]> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const request = this.request(ids);
      const known = ids.map((id) => this.#parts.cache.get(id)?.record.state.members);
      const rows = await send(request);
      const behind = rows.flatMap((row) => {
        const seen = request.seen[row.position - 1];
        return seen && isBehind(row, seen) ? [{ ...row, seen }] : [];
      });
      if (behind.length === 0) {
        return rows.map((row) => {
          const record = parseRecord(row, known[row.position - 1]);
          this.#parts.cache.note(row.no, record);
          return { row, record };
        });
      }
      for (const { no, epoch, id, head, seen } of behind) {
        this.#parts.telemetry.error('entries that were seen are gone: the conversation gets another epoch', null, {
          conversation: id,
          head,
        });
        await raiseEpoch(database, { no, epoch, atLeast: Math.max(seen.epoch + 1, this.#parts.clock.now()) });
      }
    }
    throw new Error('the head of a conversation keeps going back');
  }
}

/** An epoch that was seen was committed: one below it is from before, as the store is that was put back. */
function isBehind(row: RecordRow, seen: Seen): boolean {
  return row.epoch < seen.epoch || (row.epoch === seen.epoch && row.head < seen.head);
}

function parseRecord(row: RecordRow, known: ConversationState['members'] | undefined): ConversationRecord {
  const members = row.members === null ? known : parseMembers(row.members);
  if (!members) throw new Error('members were left out of a record that nobody knew');
  return {
    id: toId<ConversationId>(row.id),
    workspace: toId<WorkspaceId>(row.workspace),
    first: row.first,
    state: {
      epoch: row.epoch,
      head: row.head,
      n: row.n,
      kind: parseConversationKind(row.kind),
      name: row.name,
      settings: row.settings,
      structure: row.structure,
      size: row.size,
      members,
    },
  };
}

function parseMembers(stored: readonly StoredMember[]): ReadonlyMap<string, FoldedMember> {
  return new Map(
    stored.map(([person, ordinal, role, joined, left, first]) => [
      person,
      { ordinal, role: parseRole(role), first, joined, left },
    ]),
  );
}
