// What whoever runs the server asks of PostgreSQL beside the directory. Each is one statement, all or nothing; sessions end as
// they do by the directory, so that the change feed names them to every node.
import { type SessionId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { OperatorStore, WorkspaceCounts } from '../../core/accounts/operator-store.js';
import type { Account } from '../../core/directory.js';
import { type AccountRow, parseAccount } from './directory-rows.js';
import type { Queryable, Statement } from './pool.js';
import { storeError } from './store-error.js';

/** Served by account_username. */
const ACCOUNT_NAMED: Statement = {
  text: `SELECT account.id, account.kind, account.username, account.name, account.avatar, account.version,
    account.deactivated_at, account.role, account.created_at, account.expires_at
  FROM account WHERE account.workspace = $1 AND account.username_key = $2`,
};

/** Served by credential_pkey, known_origin_pkey and session_account. Where they signed in from before says nothing any more. */
const SET_PASSWORD: Statement = {
  text: `WITH kept AS (
    INSERT INTO credential (workspace, account, password_hash) VALUES ($1, $2, $3)
    ON CONFLICT (workspace, account) DO UPDATE SET password_hash = excluded.password_hash
  ), unlearned AS (
    DELETE FROM known_origin WHERE workspace = $1 AND account = $2
  )
  UPDATE session SET revoked_at = $4, revoked_xid = pg_current_xact_id()
  WHERE workspace = $1 AND account = $2 AND revoked_xid IS NULL
  RETURNING id`,
};

/** Served by session_account. */
const END_SESSIONS: Statement = {
  text: `UPDATE session SET revoked_at = $3, revoked_xid = pg_current_xact_id()
  WHERE workspace = $1 AND account = $2 AND revoked_xid IS NULL
  RETURNING id`,
};

/** For a person who asks, now and then: it walks over people and conversations. */
const COUNTS: Statement = {
  text: `SELECT
    count(*) FILTER (WHERE a.kind <> 'bot' AND a.deactivated_at IS NULL)::int AS people,
    count(*) FILTER (WHERE a.kind = 'guest' AND a.deactivated_at IS NULL)::int AS guests,
    count(*) FILTER (WHERE a.role = 'owner' AND a.deactivated_at IS NULL)::int AS owners,
    count(*) FILTER (WHERE a.kind <> 'bot' AND a.deactivated_at IS NOT NULL)::int AS deactivated,
    count(*) FILTER (WHERE a.kind = 'bot')::int AS bots,
    (SELECT count(*)::int FROM session s WHERE s.workspace = $1 AND s.revoked_xid IS NULL) AS "liveSessions",
    (SELECT count(*)::int FROM conversation c WHERE c.workspace = $1) AS conversations,
    (SELECT coalesce(sum(h.n), 0)::bigint FROM conversation c CROSS JOIN LATERAL (
      SELECT e.n FROM entry e WHERE e.conversation = c.no ORDER BY e.seq DESC LIMIT 1
    ) h WHERE c.workspace = $1) AS messages
  FROM account a WHERE a.workspace = $1`,
};

export class PostgresOperatorStore implements OperatorStore {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async accountNamed(workspace: WorkspaceId, usernameKey: string): Promise<Account | null> {
    const [row] = await this.#query<AccountRow>(ACCOUNT_NAMED, [workspace, usernameKey]);
    return row === undefined ? null : parseAccount(row);
  }

  async setPassword({
    workspace,
    user,
    hash,
    at,
  }: Parameters<OperatorStore['setPassword']>[0]): Promise<readonly SessionId[]> {
    const rows = await this.#query<{ id: string }>(SET_PASSWORD, [workspace, user, hash, at]);
    return rows.map(({ id }) => toId(id));
  }

  async endSessions({
    workspace,
    user,
    at,
  }: {
    workspace: WorkspaceId;
    user: UserId;
    at: number;
  }): Promise<readonly SessionId[]> {
    const rows = await this.#query<{ id: string }>(END_SESSIONS, [workspace, user, at]);
    return rows.map(({ id }) => toId(id));
  }

  async counts(workspace: WorkspaceId): Promise<WorkspaceCounts> {
    const [row] = await this.#query<WorkspaceCounts>(COUNTS, [workspace]);
    if (row === undefined) throw new Error('counting gave no row');
    return row;
  }

  async #query<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(statement, values);
    } catch (error) {
      throw storeError(error);
    }
  }
}
