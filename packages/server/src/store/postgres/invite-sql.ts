// The statements of invitations. Those that count hold what they count first: the workspace, or the invitation.

const inviteColumns = `invite.workspace, invite.id, invite.place, invite.role, invite.sign_up, invite.guest_for_ms,
  invite.maker, invite.created_at, invite.expires_at, invite.max_uses, invite.uses, invite.revoked_at`;

export const INVITE_SQL = {
  /** invite_key, invite_place; after `lockWorkspace` */
  addInvite: `
    INSERT INTO invite (workspace, id, place, role, sign_up, guest_for_ms, maker, code_digest, key_digest,
      content_digest, sealed_code, created_at, expires_at, max_uses)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
    WHERE (
      SELECT count(*) FROM invite
      WHERE workspace = $1 AND place = $3 AND revoked_at IS NULL AND expires_at > $12
    ) < $15
    ON CONFLICT (key_digest, workspace) DO NOTHING`,
  /** invite_place */
  forgetInvites: `
    DELETE FROM invite WHERE workspace = $1 AND place = $2 AND expires_at < $3`,
  /** invite_key */
  inviteOfKey: `
    SELECT ${inviteColumns}, encode(invite.content_digest, 'hex') AS content_digest, invite.sealed_code
    FROM invite WHERE key_digest = $2 AND workspace = $1`,
  /** invite_code */
  inviteOfCode: `
    SELECT ${inviteColumns} FROM invite WHERE code_digest = $2 AND workspace = $1`,
  /** invite_place */
  invites: `
    SELECT ${inviteColumns} FROM invite
    WHERE workspace = $1 AND place = $2 AND revoked_at IS NULL AND expires_at > $3
    ORDER BY id DESC LIMIT 1000`,
  /** invite_pkey */
  revokeInvite: `
    UPDATE invite SET revoked_at = COALESCE(revoked_at, $4)
    WHERE workspace = $1 AND id = $3 AND place = $2
    RETURNING id`,
  /** invite_pkey */
  lockInvite: `
    SELECT id FROM invite WHERE workspace = $1 AND id = $2 FOR NO KEY UPDATE`,
  /** invite_pkey, invite_hold_pkey; after `lockInvite`, so that one person who asks twice at once takes one use */
  takeUse: `
    WITH held AS (
      SELECT account FROM invite_hold WHERE workspace = $1 AND invite = $2 AND account = $3
    ), taken AS (
      UPDATE invite SET uses = uses + 1
      WHERE workspace = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $4
        AND (max_uses IS NULL OR uses < max_uses) AND NOT EXISTS (SELECT 1 FROM held)
      RETURNING id
    ), kept AS (
      INSERT INTO invite_hold (workspace, invite, account) SELECT $1, taken.id, $3 FROM taken
    )
    SELECT account FROM held UNION ALL SELECT $3 AS account FROM taken`,
  /** invite_hold_pkey */
  spendUse: `
    DELETE FROM invite_hold WHERE workspace = $1 AND invite = $2 AND account = $3`,
} as const;

export type InviteStatement = keyof typeof INVITE_SQL;
