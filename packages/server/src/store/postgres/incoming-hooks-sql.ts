// The statements of incoming webhooks, each served by the index named beside it; a test walks them all. The hooks of a
// workspace are few, by a limit.

const hookColumns = `hook.workspace, hook.id, hook.bot, hook.conversation, hook.name,
  encode(hook.digest, 'hex') AS digest, hook.created_at, hook.last_used_at`;

export const INCOMING_HOOK_SQL = {
  /** workspace_pkey: whoever writes what a workspace has a limit for holds it first, and counts then. */
  lockWorkspace: `
    SELECT id FROM workspace WHERE id = $1 FOR NO KEY UPDATE`,
  /** account_pkey, incoming_hook_pkey */
  addIncomingHook: `
    INSERT INTO incoming_hook (workspace, id, bot, conversation, name, digest, created_at)
    SELECT $1, $2, bot.id, $4, $5, $6, $7 FROM account AS bot
    WHERE bot.workspace = $1 AND bot.id = $3 AND bot.kind = 'bot' AND bot.retired_at IS NULL AND (
      SELECT count(*) FROM incoming_hook AS hook CROSS JOIN LATERAL (
        SELECT retired_at FROM account WHERE workspace = $1 AND id = hook.bot OFFSET 0
      ) AS owner
      WHERE hook.workspace = $1 AND owner.retired_at IS NULL
    ) < $8
    RETURNING id`,
  /** account_pkey */
  botInService: `
    SELECT id FROM account WHERE workspace = $1 AND id = $2 AND kind = 'bot' AND retired_at IS NULL`,
  /** incoming_hook_pkey, account_pkey */
  incomingHook: `
    SELECT ${hookColumns} FROM incoming_hook AS hook CROSS JOIN LATERAL (
      SELECT retired_at FROM account WHERE workspace = $1 AND id = hook.bot OFFSET 0
    ) AS owner
    WHERE hook.workspace = $1 AND hook.id = $2 AND owner.retired_at IS NULL`,
  /** incoming_hook_pkey, account_pkey */
  incomingHooks: `
    SELECT ${hookColumns} FROM incoming_hook AS hook CROSS JOIN LATERAL (
      SELECT retired_at FROM account WHERE workspace = $1 AND id = hook.bot OFFSET 0
    ) AS owner
    WHERE hook.workspace = $1 AND owner.retired_at IS NULL
    ORDER BY hook.created_at DESC, hook.id DESC LIMIT 1000`,
  /** incoming_hook_pkey */
  useIncomingHook: `
    UPDATE incoming_hook SET last_used_at = GREATEST(last_used_at, $3) WHERE workspace = $1 AND id = $2`,
  /** incoming_hook_pkey */
  removeIncomingHook: `
    DELETE FROM incoming_hook WHERE workspace = $1 AND id = $2 RETURNING id`,
} as const;

export type IncomingHookStatement = keyof typeof INCOMING_HOOK_SQL;
