// The statements of slash commands and of what was asked by them, each served by the index named beside it; a test walks them
// all. Commands of a workspace are few, by a limit.

const commandColumns = `command.workspace, command.bot, command.name, command.hint, command.description,
  command.everywhere, command.created_at`;

const invocationColumns = `invocation.workspace, invocation.id, invocation.bot, invocation.command,
  invocation.conversation, invocation.person, invocation.key, invocation.body, invocation.at, invocation.expires_at,
  invocation.secret, invocation.taken_at, invocation.dead_at, invocation.answers, invocation.attempts, invocation.due_at,
  invocation.hook, invocation.last_status, invocation.last_error`;

/** account_pkey: the bot of a row, in service. */
const inService = (row: string) => `CROSS JOIN LATERAL (
      SELECT retired_at FROM account WHERE account.workspace = ${row}.workspace AND account.id = ${row}.bot OFFSET 0
    ) AS owner`;

export const SLASH_SQL = {
  /** workspace_pkey: whoever writes what a workspace has a limit for holds it first, and counts then. */
  lockWorkspace: `
    SELECT id FROM workspace WHERE id = $1 FOR NO KEY UPDATE`,
  /** account_pkey */
  botInService: `
    SELECT id FROM account WHERE workspace = $1 AND id = $2 AND kind = 'bot' AND retired_at IS NULL`,
  /** slash_command_pkey, account_pkey: a name that was a retired bot's is free */
  freeName: `
    DELETE FROM slash_command AS command WHERE command.workspace = $1 AND command.name = $2 AND (
      SELECT retired_at FROM account WHERE account.workspace = $1 AND account.id = command.bot
    ) IS NOT NULL`,
  /** account_pkey, slash_command_pkey */
  setCommand: `
    INSERT INTO slash_command (workspace, bot, name, hint, description, everywhere, created_at)
    SELECT $1, bot.id, $3, $4, $5, $6, $7 FROM account AS bot
    WHERE bot.workspace = $1 AND bot.id = $2 AND bot.kind = 'bot' AND bot.retired_at IS NULL AND ((
      SELECT count(*) FROM slash_command AS command ${inService('command')}
      WHERE command.workspace = $1 AND owner.retired_at IS NULL
    ) < $8 OR EXISTS (SELECT 1 FROM slash_command WHERE workspace = $1 AND name = $3))
    ON CONFLICT (workspace, name)
    DO UPDATE SET hint = excluded.hint, description = excluded.description, everywhere = excluded.everywhere
    WHERE slash_command.bot = excluded.bot
    RETURNING name`,
  /** slash_command_pkey */
  removeCommand: `
    DELETE FROM slash_command WHERE workspace = $1 AND name = $2 AND bot = $3 RETURNING name`,
  /** slash_command_pkey, account_pkey */
  commands: `
    SELECT ${commandColumns} FROM slash_command AS command ${inService('command')}
    WHERE command.workspace = $1 AND owner.retired_at IS NULL
    ORDER BY command.name COLLATE "C" LIMIT 1000`,
  /** slash_command_pkey, account_pkey */
  command: `
    SELECT ${commandColumns} FROM slash_command AS command ${inService('command')}
    WHERE command.workspace = $1 AND command.name = $2 AND owner.retired_at IS NULL`,
  /** account_pkey: of many that ask the same bot at once each counts what those before it wrote */
  lockBot: `
    SELECT id FROM account WHERE workspace = $1 AND id = $2 FOR NO KEY UPDATE`,
  /** invocation_waiting, invocation_key */
  invoke: `
    INSERT INTO invocation (workspace, id, bot, command, conversation, person, key, body, at, expires_at, secret, due_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9::bigint, $10, $11, $9::bigint
    WHERE (
      SELECT count(*) FROM invocation AS waiting
      WHERE waiting.workspace = $1 AND waiting.bot = $3 AND waiting.due_at IS NOT NULL
    ) < $12
    ON CONFLICT (conversation, person, key, workspace) DO NOTHING
    RETURNING id`,
  /** invocation_key */
  invoked: `
    SELECT ${invocationColumns} FROM invocation
    WHERE workspace = $1 AND conversation = $2 AND person = $3 AND key = $4`,
  /** invocation_pkey, account_pkey */
  invocation: `
    SELECT ${invocationColumns} FROM invocation ${inService('invocation')}
    WHERE invocation.workspace = $1 AND invocation.id = $2 AND owner.retired_at IS NULL`,
  /** invocation_waiting */
  waiting: `
    SELECT ${invocationColumns} FROM invocation
    WHERE workspace = $1 AND bot = $2 AND due_at IS NOT NULL AND expires_at > $3
    ORDER BY at, id LIMIT $4`,
  /** invocation_pkey */
  take: `
    UPDATE invocation SET taken_at = $3, due_at = NULL, dead_at = NULL, body = ''
    WHERE workspace = $1 AND id = $2 AND taken_at IS NULL`,
  /** invocation_pkey */
  answer: `
    UPDATE invocation SET answers = answers || $3::uuid, taken_at = COALESCE(taken_at, $4), due_at = NULL,
      dead_at = NULL, body = ''
    WHERE workspace = $1 AND id = $2 AND expires_at > $4 AND cardinality(answers) < $5
      AND array_position(answers, $3::uuid) IS NULL
    RETURNING answers, expires_at`,
  /** invocation_pkey */
  answered: `
    SELECT answers, expires_at FROM invocation WHERE workspace = $1 AND id = $2`,
  /** invocation_due, invocation_pkey */
  claim: `
    WITH due AS MATERIALIZED (
      SELECT workspace, id FROM invocation WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
    )
    UPDATE invocation SET due_at = $2 FROM due
    WHERE invocation.workspace = due.workspace AND invocation.id = due.id
    RETURNING ${invocationColumns}`,
  /** invocation_pkey */
  attempted: `
    UPDATE invocation SET attempts = attempts + 1, due_at = $4, dead_at = $5, hook = COALESCE($6, hook),
      last_status = $7, last_error = $8, body = CASE WHEN $9::boolean THEN '' ELSE body END
    WHERE workspace = $1 AND id = $2 AND taken_at IS NULL AND due_at IS NOT DISTINCT FROM $3::bigint`,
  /** invocation_stuck */
  stuck: `
    SELECT ${invocationColumns} FROM invocation
    WHERE workspace = $1 AND hook IS NOT NULL AND taken_at IS NULL
      AND ($2::text IS NULL OR (dead_at IS NULL) = ($2 = 'waiting'))
    ORDER BY at DESC, id DESC LIMIT $3`,
  /** invocation_pkey */
  revive: `
    UPDATE invocation SET due_at = $3, dead_at = NULL, attempts = 0, expires_at = $4
    WHERE workspace = $1 AND id = $2 AND hook IS NOT NULL AND taken_at IS NULL
    RETURNING id`,
  /** invocation_at, invocation_pkey */
  forget: `
    WITH old AS MATERIALIZED (
      SELECT workspace, id FROM invocation WHERE at < $1 ORDER BY at LIMIT 1000
    )
    DELETE FROM invocation USING old WHERE invocation.workspace = old.workspace AND invocation.id = old.id
    RETURNING invocation.id`,
} as const;

export type SlashStatement = keyof typeof SLASH_SQL;
