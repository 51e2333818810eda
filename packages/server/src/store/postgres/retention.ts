// Retention in the database of the log: policies of workspaces, and the one statement that moves the start of a log. The rows stay,
// emptied: their numbers, times and keys are what counts, repeats and reads by time go by.
import { type ConversationId, toId, type WorkspaceId } from '@kith/protocol';
import type { NewAuditRecord } from '../../core/audit/audit-store.js';
import { DAY_MS } from '../../core/retention/policy.js';
import type {
  AgedPage,
  AgedQuery,
  RetentionPolicy,
  RetentionStore,
  Trim,
} from '../../core/retention/retention-store.js';
import { appendAudit } from './audit.js';
import { FLAGS, MESSAGE_EDITED, MESSAGE_SENT, POLL_CLOSED, POLL_VOTED, REACTION_SET, SELF } from './codes.js';
import type { Database, Statement } from './pool.js';
import { storeError } from './store-error.js';

/** Served by retention_pkey. */
export const READ_POLICY: Statement = {
  name: 'read_policy',
  text: 'SELECT r.days, r.longer, r.kept FROM retention r WHERE r.workspace = $1::uuid',
};

/** Served by retention_pkey. */
export const SET_POLICY: Statement = {
  name: 'set_policy',
  text: `INSERT INTO retention AS r (workspace, days, longer, kept) VALUES ($1::uuid, $2::int, $3::boolean, $4::uuid[])
  ON CONFLICT ON CONSTRAINT retention_pkey DO UPDATE
  SET days = excluded.days, longer = excluded.longer, kept = excluded.kept`,
};

/**
 * Of the $4 conversations after the number $3, those whose log may have what had its time at $1, where workspaces have $2 days
 * by themselves; `last` is null where there are no more. Served by conversation_pkey and retention_pkey.
 */
export const READ_AGED: Statement = {
  name: 'read_aged',
  text: `WITH page AS MATERIALIZED (
    SELECT c.no, c.id, c.workspace, c.epoch, c.kind, c.first, coalesce(c.kept_since, c.created_at) AS since,
      (c.settings ->> 'retentionDays')::int AS own
    FROM conversation c WHERE c.no > $3::int ORDER BY c.no LIMIT $4::int
  )
  SELECT (SELECT CASE WHEN count(*) = $4::int THEN max(p.no) END FROM page p) AS last,
    (SELECT json_agg(json_build_array(p.workspace, p.id, p.epoch, p.first, p.since, p.own) ORDER BY p.no)
      FROM page p LEFT JOIN retention r ON r.workspace = p.workspace
      WHERE p.kind <> ${SELF} AND p.since <= $1::bigint - ${DAY_MS} * coalesce(
        least(nullif(p.own, 0), CASE WHEN r.workspace IS NULL THEN $2::int ELSE r.days END), 1000000
      )::bigint
    ) AS aged`,
};

/** What is left of a body: of what it is about, and where it stands. */
const LEFT = `CASE WHEN e.kind <> ${MESSAGE_SENT} THEN '{"target":' || (e.body::json ->> 'target') || '}'
      WHEN e.flags & ${FLAGS.thread} = 0 THEN '{}'
      ELSE json_build_object('thread', e.body::json -> 'thread', 'count', e.body::json -> 'count')::text END`;

/**
 * The log of the conversation $1 of the epoch $2 begins with $4, where it began with $3; from there on nothing is known to be
 * older than $5. Its row is locked for that alone, and not waited for. Served by conversation_id, entry_pkey, amendment_target,
 * pin_pkey, reaction_target, vote_target
 * and conversation_pkey.
 */
export const TRIM: Statement = {
  name: 'trim',
  text: `WITH c AS MATERIALIZED (
    SELECT x.no FROM conversation x
    WHERE x.id = $1::uuid AND x.epoch = $2::bigint AND x.first = $3::int FOR NO KEY UPDATE SKIP LOCKED
  ), emptied AS (
    UPDATE entry e SET flags = e.flags | ${FLAGS.erased}, digest = '', body = ${LEFT}
    FROM c WHERE e.conversation = c.no AND e.seq >= $3::int AND e.seq < $4::int
      AND e.kind IN (${MESSAGE_SENT}, ${MESSAGE_EDITED}, ${REACTION_SET}, ${POLL_VOTED}, ${POLL_CLOSED}) AND e.flags & ${FLAGS.erased} = 0
  ), parts AS MATERIALIZED (
    SELECT a.conversation, a.seq FROM c JOIN amendment a ON a.conversation = c.no
    WHERE a.target >= $3::int AND a.target < $4::int AND a.kind IN (${MESSAGE_EDITED}, ${POLL_VOTED}, ${POLL_CLOSED})
      AND a.seq >= $4::int
  ), unsaid AS (
    UPDATE entry e SET flags = e.flags | ${FLAGS.erased}, digest = '', body = ${LEFT}
    FROM parts a WHERE e.conversation = a.conversation AND e.seq = a.seq AND e.flags & ${FLAGS.erased} = 0
  ), unpinned AS (
    DELETE FROM pin p USING c WHERE p.conversation = c.no AND p.target >= $3::int AND p.target < $4::int
  ), unreacted AS (
    DELETE FROM reaction r USING c WHERE r.conversation = c.no AND r.target >= $3::int AND r.target < $4::int
  ), unvoted AS (
    DELETE FROM vote v USING c WHERE v.conversation = c.no AND v.target >= $3::int AND v.target < $4::int
  ), told AS (
    INSERT INTO feed (xid, conversations, heads, trimmed)
    SELECT pg_current_xact_id(), '{}', '{}', ARRAY[c.no] FROM c WHERE $4::int > $3::int
  )
  UPDATE conversation x SET first = $4::int, kept_since = $5::bigint,
    trimmed = CASE WHEN $4::int > $3::int THEN pg_current_xact_id() ELSE x.trimmed END
  FROM c WHERE x.no = c.no RETURNING x.no`,
};

type PolicyRow = { readonly days: number | null; readonly longer: boolean; readonly kept: readonly string[] };
type AgedRow = {
  readonly last: number | null;
  readonly aged:
    | readonly (readonly [
        workspace: string,
        id: string,
        epoch: number,
        first: number,
        since: number,
        own: number | null,
      ])[]
    | null;
};

export class PostgresRetention implements RetentionStore {
  readonly #database: Pick<Database, 'query' | 'transaction'>;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
  }

  async policy(workspace: WorkspaceId): Promise<RetentionPolicy | null> {
    const [row] = await this.#query<PolicyRow>(READ_POLICY, [workspace]);
    return row ? { ...row, kept: row.kept.map((id) => toId<ConversationId>(id)) } : null;
  }

  async setPolicy(
    workspace: WorkspaceId,
    { days, longer, kept }: RetentionPolicy,
    audit?: NewAuditRecord,
  ): Promise<void> {
    try {
      await this.#database.transaction(async (transaction) => {
        await transaction.query(SET_POLICY, [workspace, days, longer, kept]);
        if (audit !== undefined) await appendAudit(transaction, audit);
      });
    } catch (error) {
      throw storeError(error);
    }
  }

  async aged({ nowMs, standardDays, after, limit }: AgedQuery): Promise<AgedPage> {
    const [row] = await this.#query<AgedRow>(READ_AGED, [nowMs, standardDays, Number(after ?? 0), limit]);
    const conversations = (row?.aged ?? []).map(([workspace, id, epoch, first, since, retentionDays]) => {
      const place = { workspace: toId<WorkspaceId>(workspace), conversation: toId<ConversationId>(id) };
      return { ...place, epoch, first, since, retentionDays };
    });
    return { conversations, next: row?.last == null ? null : String(row.last) };
  }

  async trim({ conversation, epoch, first, to, since }: Trim): Promise<boolean> {
    return (await this.#query(TRIM, [conversation, epoch, first, to, since])).length > 0;
  }

  async #query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(statement, values);
    } catch (error) {
      throw storeError(error);
    }
  }
}
