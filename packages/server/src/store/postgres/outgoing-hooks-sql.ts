// The statements of outgoing webhooks and of what waits for them, each served by the index named beside it; a test walks them
// all. Webhooks of a workspace are few, by a limit. Lanes are locked in the order of their keys, so that nobody waits in a ring.

const hookColumns = `hook.workspace, hook.id, hook.bot, hook.name, hook.url, hook.events, hook.secret, hook.created_at,
  hook.disabled_at, hook.disabled_why`;

const deliveryColumns = `delivery.workspace, delivery.hook, delivery.conversation, delivery.epoch, delivery.seq,
  delivery.id AS delivery, delivery.lane, delivery.event, delivery.created_at AS queued_at, delivery.attempts,
  delivery.dead_at, delivery.last_status, delivery.last_error`;

const storedColumns = `workspace, hook, conversation, epoch, seq, id, lane, event, created_at, attempts, dead_at, last_status,
  last_error`;

export const OUTGOING_HOOK_SQL = {
  /** workspace_pkey: whoever writes what a workspace has a limit for holds it first, and counts then. */
  lockWorkspace: `
    SELECT id FROM workspace WHERE id = $1 FOR NO KEY UPDATE`,
  /** account_pkey, outgoing_hook_pkey */
  addOutgoingHook: `
    INSERT INTO outgoing_hook (workspace, id, bot, name, url, events, secret, created_at)
    SELECT $1, $2, bot.id, $4, $5, $6, $7, $8 FROM account AS bot
    WHERE bot.workspace = $1 AND bot.id = $3 AND bot.kind = 'bot' AND bot.retired_at IS NULL AND (
      SELECT count(*) FROM outgoing_hook AS hook CROSS JOIN LATERAL (
        SELECT retired_at FROM account WHERE workspace = $1 AND id = hook.bot OFFSET 0
      ) AS owner
      WHERE hook.workspace = $1 AND owner.retired_at IS NULL
    ) < $9
    RETURNING id`,
  /** account_pkey */
  botInService: `
    SELECT id FROM account WHERE workspace = $1 AND id = $2 AND kind = 'bot' AND retired_at IS NULL`,
  /** outgoing_hook_pkey, account_pkey */
  outgoingHooks: `
    SELECT ${hookColumns} FROM outgoing_hook AS hook CROSS JOIN LATERAL (
      SELECT retired_at FROM account WHERE workspace = $1 AND id = hook.bot OFFSET 0
    ) AS owner
    WHERE hook.workspace = $1 AND owner.retired_at IS NULL
    ORDER BY hook.created_at DESC, hook.id DESC LIMIT 1000`,
  /** outgoing_hook_pkey */
  anyOutgoingHook: `
    SELECT id FROM outgoing_hook ORDER BY workspace, id LIMIT 1`,
  /** outgoing_hook_pkey, account_pkey */
  liveHooks: `
    SELECT ${hookColumns} FROM unnest($1::uuid[]) AS wanted (workspace) CROSS JOIN LATERAL (
      SELECT ${hookColumns} FROM outgoing_hook AS hook
      WHERE hook.workspace = wanted.workspace AND hook.disabled_at IS NULL OFFSET 0
    ) AS hook CROSS JOIN LATERAL (
      SELECT retired_at FROM account WHERE account.workspace = hook.workspace AND account.id = hook.bot OFFSET 0
    ) AS owner
    WHERE owner.retired_at IS NULL`,
  /** outgoing_hook_pkey, hook_lane_pkey */
  disableHook: `
    WITH changed AS (
      UPDATE outgoing_hook SET disabled_at = $3, disabled_why = $4 WHERE workspace = $1 AND id = $2 RETURNING id
    ), woken AS (
      UPDATE hook_lane SET due_at = $5, bumps = bumps + 1 WHERE workspace = $1 AND hook = $2 AND $3::bigint IS NULL
    )
    SELECT id FROM changed`,
  /** outgoing_hook_pkey */
  removeOutgoingHook: `
    DELETE FROM outgoing_hook WHERE workspace = $1 AND id = $2 RETURNING id`,
  /** outgoing_hook_pkey, hook_delivery_pkey, hook_lane_pkey */
  enqueue: `
    WITH added AS (
      INSERT INTO hook_delivery (workspace, hook, conversation, epoch, seq, id, lane, event, created_at)
      SELECT wanted.workspace, wanted.hook, wanted.conversation, wanted.epoch, wanted.seq, wanted.id,
        wanted.conversation, wanted.event, $8
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::int[], $6::uuid[], $7::text[])
        AS wanted (workspace, hook, conversation, epoch, seq, id, event)
      CROSS JOIN LATERAL (
        SELECT id FROM outgoing_hook WHERE workspace = wanted.workspace AND id = wanted.hook OFFSET 0
      ) AS hook
      ORDER BY wanted.workspace, wanted.hook, wanted.conversation, wanted.epoch, wanted.seq
      ON CONFLICT DO NOTHING
      RETURNING workspace, hook, lane
    )
    INSERT INTO hook_lane (workspace, hook, lane, due_at, bumps)
    SELECT DISTINCT workspace, hook, lane, $8::bigint, 1 FROM added ORDER BY workspace, hook, lane
    ON CONFLICT (workspace, hook, lane)
    DO UPDATE SET due_at = COALESCE(hook_lane.due_at, excluded.due_at), bumps = hook_lane.bumps + 1`,
  /** hook_delivery_pkey */
  countDeliveries: `
    SELECT count(*)::int AS deliveries FROM (
      SELECT 1 FROM hook_delivery WHERE workspace = $1 AND hook = $2 LIMIT $3
    ) AS delivery`,
  /** hook_lane_due, hook_lane_pkey */
  claim: `
    WITH due AS MATERIALIZED (
      SELECT workspace, hook, lane FROM hook_lane WHERE due_at <= $1
      ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
    )
    UPDATE hook_lane SET due_at = $2 FROM due
    WHERE hook_lane.workspace = due.workspace AND hook_lane.hook = due.hook AND hook_lane.lane = due.lane
    RETURNING hook_lane.workspace, hook_lane.hook, hook_lane.lane, hook_lane.bumps`,
  /** hook_delivery_lane, outgoing_hook_pkey, account_pkey */
  next: `
    SELECT ${deliveryColumns}, hook.id, hook.bot, hook.name, hook.url, hook.events, hook.secret, hook.created_at,
      hook.disabled_at, hook.disabled_why
    FROM (
      SELECT ${storedColumns} FROM hook_delivery
      WHERE workspace = $1 AND hook = $2 AND lane = $3 AND dead_at IS NULL
      ORDER BY epoch, seq LIMIT 1
    ) AS delivery CROSS JOIN LATERAL (
      SELECT ${hookColumns} FROM outgoing_hook AS hook WHERE workspace = $1 AND id = $2 AND disabled_at IS NULL OFFSET 0
    ) AS hook CROSS JOIN LATERAL (
      SELECT retired_at FROM account WHERE workspace = $1 AND id = hook.bot OFFSET 0
    ) AS owner
    WHERE owner.retired_at IS NULL`,
  /** hook_delivery_id, hook_lane_pkey */
  finish: `
    WITH done AS (
      DELETE FROM hook_delivery WHERE workspace = $1 AND id = $2 RETURNING hook, lane
    )
    DELETE FROM hook_lane WHERE workspace = $1 AND hook = $3 AND lane = $2 AND EXISTS (SELECT 1 FROM done)`,
  /** hook_delivery_id */
  noteFailure: `
    UPDATE hook_delivery SET attempts = attempts + 1, last_status = $3, last_error = $4, dead_at = $5, lane = $6
    WHERE workspace = $1 AND id = $2`,
  /** hook_delivery_id, hook_lane_pkey: the lane of a delivery that is still there */
  addLane: `
    INSERT INTO hook_lane (workspace, hook, lane, due_at, bumps)
    SELECT workspace, hook, lane, $3::bigint, 1 FROM hook_delivery WHERE workspace = $1 AND id = $2
    ON CONFLICT (workspace, hook, lane)
    DO UPDATE SET due_at = excluded.due_at, bumps = hook_lane.bumps + 1`,
  /** hook_lane_pkey */
  release: `
    UPDATE hook_lane SET due_at = CASE WHEN $5::bigint IS NULL AND bumps <> $6 THEN $7::bigint ELSE $5 END
    WHERE workspace = $1 AND hook = $2 AND lane = $3 AND due_at = $4`,
  /** hook_lane_pkey */
  dropLane: `
    DELETE FROM hook_lane WHERE workspace = $1 AND hook = $2 AND lane = $3`,
  /** hook_delivery_listed, hook_lane_pkey */
  jobs: `
    SELECT ${deliveryColumns}, lane.due_at FROM (
      SELECT delivery.workspace, delivery.id FROM hook_delivery AS delivery
      WHERE workspace = $1 AND ($2::text IS NULL OR (dead_at IS NULL) = ($2 = 'waiting'))
      ORDER BY created_at DESC, id DESC LIMIT $3
    ) AS listed CROSS JOIN LATERAL (
      SELECT ${storedColumns} FROM hook_delivery WHERE workspace = $1 AND id = listed.id OFFSET 0
    ) AS delivery LEFT JOIN LATERAL (
      SELECT due_at FROM hook_lane WHERE workspace = $1 AND hook = delivery.hook AND lane = delivery.lane OFFSET 0
    ) AS lane ON true
    ORDER BY delivery.created_at DESC, delivery.id DESC`,
  /** hook_delivery_id, hook_lane_pkey */
  job: `
    SELECT ${deliveryColumns}, lane.due_at FROM hook_delivery AS delivery LEFT JOIN LATERAL (
      SELECT due_at FROM hook_lane WHERE workspace = $1 AND hook = delivery.hook AND lane = delivery.lane OFFSET 0
    ) AS lane ON true
    WHERE delivery.workspace = $1 AND delivery.id = $2`,
  /** hook_delivery_id */
  revive: `
    UPDATE hook_delivery SET dead_at = NULL, attempts = CASE WHEN dead_at IS NULL THEN attempts ELSE 0 END,
      lane = CASE WHEN dead_at IS NULL THEN lane ELSE id END
    WHERE workspace = $1 AND id = $2
    RETURNING id`,
  /** hook_delivery_dead, hook_delivery_id */
  forgetDead: `
    WITH old AS MATERIALIZED (
      SELECT workspace, id FROM hook_delivery WHERE dead_at < $1 ORDER BY dead_at LIMIT 1000
    )
    DELETE FROM hook_delivery USING old WHERE hook_delivery.workspace = old.workspace AND hook_delivery.id = old.id
    RETURNING hook_delivery.id`,
} as const;

export type OutgoingHookStatement = keyof typeof OUTGOING_HOOK_SQL;
