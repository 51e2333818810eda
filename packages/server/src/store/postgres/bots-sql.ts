// The statements of bots and their tokens, each served by the index named beside it; a test walks them all.
// Where a workspace has few of something, by a limit, they are read as a whole.

const botColumns = 'id, kind, username, name, avatar, version, deactivated_at, created_at, retired_at';

const tokenColumns = `session.workspace, session.account, session.id, session.device, session.scopes,
  session.created_at, session.last_used_at, session.expires_at, session.revoked_xid IS NOT NULL AS is_revoked,
  encode(session.refresh_digest, 'hex') AS digest`;

export const BOT_SQL = {
  /** workspace_pkey: whoever writes what a workspace has a limit for holds it first, and counts then. */
  lockWorkspace: `
    SELECT id FROM workspace WHERE id = $1 FOR NO KEY UPDATE`,
  /** account_bot, account_username */
  createBot: `
    WITH made AS (
      INSERT INTO account (workspace, id, kind, username, username_key, name, avatar, role, version, created_at)
      SELECT $1, $2, 'bot', $3, $4, $5, $6, 'member', 1, $7
      WHERE (
        SELECT count(*) FROM account WHERE workspace = $1 AND kind = 'bot' AND retired_at IS NULL
      ) < $10
      RETURNING workspace, id
    ), found AS (
      INSERT INTO search_term (workspace, term, account, is_whole)
      SELECT made.workspace, wanted.term, made.id, wanted.is_whole
      FROM made CROSS JOIN unnest($8::text[], $9::boolean[]) AS wanted (term, is_whole)
    )
    SELECT id FROM made`,
  /** account_pkey */
  bot: `
    SELECT ${botColumns} FROM account WHERE workspace = $1 AND id = $2 AND kind = 'bot'`,
  /** account_bot */
  bots: `
    SELECT ${botColumns} FROM account WHERE workspace = $1 AND kind = 'bot'
    ORDER BY created_at DESC, id DESC LIMIT 1000`,
  /** account_pkey, session_account, search_term_account */
  retireBot: `
    WITH retired AS (
      UPDATE account SET retired_at = $3
      WHERE workspace = $1 AND id = $2 AND kind = 'bot' AND retired_at IS NULL
      RETURNING id
    ), ended AS (
      UPDATE session SET revoked_at = $3, revoked_xid = pg_current_xact_id()
      WHERE workspace = $1 AND account = (SELECT id FROM retired) AND revoked_xid IS NULL
      RETURNING id
    ), unlisted AS (
      DELETE FROM search_term WHERE workspace = $1 AND account = (SELECT id FROM retired)
    )
    SELECT retired.id, ARRAY(SELECT ended.id::text FROM ended) AS ended FROM retired`,
  /** account_pkey, session_account */
  addToken: `
    WITH forgotten AS (
      DELETE FROM session WHERE workspace = $1 AND account = $2 AND revoked_at < $11
    )
    INSERT INTO session (workspace, account, id, device, family_digest, refresh_digest, generation, created_at,
      last_used_at, scopes, expires_at)
    SELECT $1, bot.id, $3, $4, $5, $6, 1, $7, 0, $8, $9
    FROM account AS bot
    WHERE bot.workspace = $1 AND bot.id = $2 AND bot.kind = 'bot' AND bot.retired_at IS NULL AND (
      SELECT count(*) FROM session WHERE workspace = $1 AND account = $2 AND revoked_xid IS NULL
    ) < $10
    RETURNING id`,
  /** session_pkey, account_pkey */
  token: `
    SELECT ${tokenColumns} FROM session CROSS JOIN LATERAL (
      SELECT kind FROM account WHERE workspace = $1 AND id = session.account OFFSET 0
    ) AS owner
    WHERE session.workspace = $1 AND session.id = $2 AND owner.kind = 'bot'`,
  /** session_account, account_pkey */
  tokens: `
    SELECT ${tokenColumns} FROM session
    WHERE session.workspace = $1 AND session.account = $2 AND session.revoked_xid IS NULL AND EXISTS (
      SELECT 1 FROM account WHERE account.workspace = $1 AND account.id = $2 AND account.kind = 'bot'
    )
    ORDER BY session.created_at DESC, session.id DESC LIMIT 1000`,
  /** session_expiry, session_pkey */
  endExpired: `
    WITH due AS MATERIALIZED (
      SELECT workspace, id FROM session WHERE expires_at <= $1 AND revoked_xid IS NULL
      ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED
    )
    UPDATE session SET revoked_at = $1, revoked_xid = pg_current_xact_id() FROM due
    WHERE session.workspace = due.workspace AND session.id = due.id
    RETURNING session.workspace, session.account, session.id`,
} as const;

export type BotStatement = keyof typeof BOT_SQL;
