// The statements of the directory, one per method where it can be: each is one round trip, all or nothing, and served
// by the index named beside it; a test walks them all. A LATERAL with OFFSET 0 is looked up once for each row beside it:
// a plain join may also be planned, while its table is empty, as a walk through all of the workspace.

const profileColumns =
  'account.id, account.kind, account.username, account.name, account.avatar, account.version, account.deactivated_at';

const accountColumns = `${profileColumns}, account.role, account.created_at, account.expires_at`;

const sessionColumns = `session.workspace, session.account, session.id, session.device, session.scopes,
  session.created_at, session.last_used_at, session.revoked_xid IS NOT NULL AS is_revoked,
  encode(session.family_digest, 'hex') AS family_digest, encode(session.refresh_digest, 'hex') AS refresh_digest,
  session.generation, encode(session.previous_digest, 'hex') AS previous_digest, session.rotated_at,
  session.sealed_pair`;

const keyColumns = 'workspace, kid, name, public_key, created_at';

export const DIRECTORY_SQL = {
  /** workspace_name */
  addWorkspace: `
    INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING`,
  /** workspace_name */
  workspaceNamed: `
    SELECT id, name, owned_at IS NOT NULL AS is_owned FROM workspace WHERE name = $1`,
  /** workspace_pkey */
  workspace: `
    SELECT id, name, owned_at IS NOT NULL AS is_owned FROM workspace WHERE id = $1`,
  /** workspace_pkey */
  setSetupCode: `
    UPDATE workspace SET setup_code = $2 WHERE id = $1 AND owned_at IS NULL RETURNING id`,
  /** workspace_pkey, account_username, host_subject_pkey, invite_pkey */
  createAccount: `
    WITH claimed AS (
      UPDATE workspace SET owned_at = $8, setup_code = NULL
      WHERE id = $1 AND $10::boolean AND owned_at IS NULL AND ($11::bytea IS NULL OR setup_code = $11)
      RETURNING id
    ), taken AS (
      UPDATE invite SET uses = uses + 1
      WHERE workspace = $1 AND id = $14 AND sign_up IS NOT NULL AND revoked_at IS NULL AND expires_at > $8
        AND (max_uses IS NULL OR uses < max_uses)
      RETURNING id, place, sign_up, guest_for_ms
    ), given AS (
      SELECT max(sign_up) AS sign_up, max(guest_for_ms) AS guest_for_ms, count(*) > 0 AS is_taken FROM taken
    ), made AS (
      INSERT INTO account (workspace, id, kind, username, username_key, name, avatar, role, version, created_at, expires_at)
      SELECT $1, $2, CASE WHEN given.sign_up = 'guest' THEN 'guest' ELSE 'person' END, $3, $4, $5, $12,
        CASE WHEN $10 THEN 'owner' ELSE COALESCE(given.sign_up, 'member') END, 1, $8, $8 + given.guest_for_ms
      FROM given
      WHERE (NOT $10 OR EXISTS (SELECT 1 FROM claimed)) AND ($14::uuid IS NULL OR given.is_taken)
      RETURNING workspace, id
    ), held AS (
      INSERT INTO invite_hold (workspace, invite, account)
      SELECT made.workspace, taken.id, made.id FROM made CROSS JOIN taken WHERE taken.place <> made.workspace
    ), kept AS (
      INSERT INTO credential (workspace, account, password_hash)
      SELECT made.workspace, made.id, $9 FROM made WHERE $9::text IS NOT NULL
    ), bound AS (
      INSERT INTO host_subject (workspace, subject, account)
      SELECT made.workspace, $13, made.id FROM made WHERE $13::text IS NOT NULL
    ), found AS (
      INSERT INTO search_term (workspace, term, account, is_whole)
      SELECT made.workspace, wanted.term, made.id, wanted.is_whole
      FROM made CROSS JOIN unnest($6::text[], $7::boolean[]) AS wanted (term, is_whole)
    )
    SELECT id FROM made`,
  /** account_pkey */
  account: `
    SELECT ${accountColumns} FROM account WHERE workspace = $1 AND id = $2`,
  /** host_subject_pkey, account_pkey */
  accountOfSubject: `
    SELECT ${accountColumns} FROM host_subject CROSS JOIN LATERAL (
      SELECT ${accountColumns} FROM account WHERE workspace = $1 AND id = host_subject.account OFFSET 0
    ) AS account
    WHERE host_subject.workspace = $1 AND host_subject.subject = $2`,
  /** account_pkey */
  users: `
    SELECT ${profileColumns} FROM unnest($2::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
      SELECT ${profileColumns} FROM account WHERE workspace = $1 AND id = wanted.id OFFSET 0
    ) AS account`,
  /** search_term_pkey, account_pkey */
  search: `
    SELECT ${profileColumns}, min(CASE WHEN NOT hit.is_whole THEN 2 WHEN hit.term = $2 THEN 0 ELSE 1 END) AS rank
    FROM (
      SELECT term, account, is_whole FROM search_term
      WHERE workspace = $1 AND term >= $2 AND term < $3
      ORDER BY term, account LIMIT 1000
    ) AS hit
    CROSS JOIN LATERAL (
      SELECT ${profileColumns}, account.username_key FROM account
      WHERE workspace = $1 AND id = hit.account AND deactivated_at IS NULL OFFSET 0
    ) AS account
    GROUP BY ${profileColumns}, account.username_key
    ORDER BY rank, account.username_key
    LIMIT $4`,
  /** account_pkey, search_term_pkey, search_term_account */
  updateProfile: `
    WITH changed AS (
      UPDATE account SET name = $3, avatar = $4, version = version + 1
      WHERE workspace = $1 AND id = $2 AND version = $7
      RETURNING ${profileColumns}
    ), kept AS (
      INSERT INTO search_term (workspace, term, account, is_whole)
      SELECT $1, wanted.term, changed.id, wanted.is_whole
      FROM changed CROSS JOIN unnest($5::text[], $6::boolean[]) AS wanted (term, is_whole)
      ON CONFLICT (workspace, term, account) DO UPDATE SET is_whole = excluded.is_whole
    ), dropped AS (
      DELETE FROM search_term USING changed
      WHERE search_term.workspace = $1 AND search_term.account = changed.id
        AND search_term.term <> ALL ($5)
    )
    SELECT id, kind, username, name, avatar, version, deactivated_at FROM changed`,
  /** account_pkey, last_seen_pkey; in the order of ids, so that two nodes never wait for each other */
  seen: `
    INSERT INTO last_seen (workspace, account, seen_at)
    SELECT account.workspace, account.id, max(told.seen_at)
    FROM unnest($2::uuid[], $3::bigint[]) AS told (account, seen_at) CROSS JOIN LATERAL (
      SELECT workspace, id FROM account WHERE workspace = $1 AND id = told.account OFFSET 0
    ) AS account
    GROUP BY account.workspace, account.id
    ORDER BY account.id
    ON CONFLICT (workspace, account)
    DO UPDATE SET seen_at = excluded.seen_at WHERE last_seen.seen_at < excluded.seen_at`,
  /** last_seen_pkey */
  lastSeen: `
    SELECT account, seen_at FROM last_seen WHERE workspace = $1 AND account = ANY ($2::uuid[])`,
  /** account_pkey */
  people: `
    SELECT ${accountColumns} FROM account WHERE workspace = $1 AND id > $2 ORDER BY id LIMIT $3`,
  /** account_pkey, account_owner; after `lockWorkspace`, so that two owners never lower each other at once */
  changeStanding: `
    UPDATE account SET role = $6, deactivated_at = $7, expires_at = $8, version = version + 1,
      kind = CASE WHEN kind = 'bot' THEN kind WHEN $6 = 'guest' THEN 'guest' ELSE 'person' END
    WHERE workspace = $1 AND id = $2 AND version = $3
      AND ($4::uuid IS NULL OR EXISTS (
        SELECT 1 FROM account AS judge
        WHERE judge.workspace = $1 AND judge.id = $4 AND judge.role = $5 AND judge.deactivated_at IS NULL
      ))
      AND ($6 = 'owner' AND $7::bigint IS NULL OR EXISTS (
        SELECT 1 FROM account AS keeper
        WHERE keeper.workspace = $1 AND keeper.id < $2 AND keeper.role = 'owner' AND keeper.deactivated_at IS NULL
      ) OR EXISTS (
        SELECT 1 FROM account AS keeper
        WHERE keeper.workspace = $1 AND keeper.id > $2 AND keeper.role = 'owner' AND keeper.deactivated_at IS NULL
      ))
    RETURNING ${accountColumns}`,
  /** account_pkey, session_account */
  endSessions: `
    UPDATE session SET revoked_at = $3, revoked_xid = pg_current_xact_id()
    WHERE workspace = $1 AND account = $2 AND revoked_xid IS NULL AND EXISTS (
      SELECT 1 FROM account WHERE workspace = $1 AND id = $2 AND deactivated_at IS NOT NULL
    )
    RETURNING id`,
  /** account_expiring */
  expired: `
    SELECT workspace, id FROM account
    WHERE expires_at <= $1 AND deactivated_at IS NULL
    ORDER BY expires_at LIMIT $2`,
  /** account_username, credential_pkey, known_origin_pkey */
  credential: `
    SELECT ${accountColumns}, credential.password_hash, EXISTS (
      SELECT 1 FROM known_origin
      WHERE known_origin.workspace = $1 AND known_origin.account = account.id AND known_origin.origin = $3
    ) AS is_known_origin
    FROM account CROSS JOIN LATERAL (
      SELECT password_hash FROM credential WHERE credential.workspace = $1 AND credential.account = account.id OFFSET 0
    ) AS credential
    WHERE account.workspace = $1 AND account.username_key = $2`,
  /** credential_pkey */
  replacePasswordHash: `
    UPDATE credential SET password_hash = $4 WHERE workspace = $1 AND account = $2 AND password_hash = $3`,
  /** account_pkey, session_account, session_pkey, known_origin_pkey; who deactivates the account waits, or is waited for */
  createSession: `
    WITH able AS (
      SELECT id FROM account WHERE workspace = $1 AND id = $2 AND deactivated_at IS NULL FOR SHARE
    ), surplus AS (
      SELECT id FROM session
      WHERE workspace = $1 AND account = $2 AND revoked_xid IS NULL AND EXISTS (SELECT 1 FROM able)
      ORDER BY last_used_at DESC, id DESC OFFSET $9
    ), ended AS (
      UPDATE session SET revoked_at = $8, revoked_xid = pg_current_xact_id()
      WHERE workspace = $1 AND account = $2 AND revoked_xid IS NULL AND id = ANY (ARRAY(SELECT id FROM surplus))
      RETURNING id
    ), forgotten AS (
      DELETE FROM session WHERE workspace = $1 AND account = $2 AND revoked_at < $10
    ), known AS (
      INSERT INTO known_origin (workspace, account, origin, seen_at) SELECT $1, able.id, $5, $8 FROM able
      ON CONFLICT (workspace, account, origin) DO UPDATE SET seen_at = excluded.seen_at
    ), unlearned AS (
      DELETE FROM known_origin WHERE workspace = $1 AND account = $2 AND seen_at < $11 AND origin <> $5
    ), made AS (
      INSERT INTO session (workspace, account, id, device, family_digest, refresh_digest, generation, created_at,
        last_used_at, scopes)
      SELECT $1, able.id, $3, $4, $6, $7, 1, $8, $8, $12 FROM able
      RETURNING id
    )
    SELECT id, false AS is_made FROM ended UNION ALL SELECT id, true AS is_made FROM made`,
  /** session_pkey */
  session: `
    SELECT q.place::int AS place, ${sessionColumns}
    FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS q (workspace, id, place)
    JOIN session ON session.workspace = q.workspace AND session.id = q.id`,
  /** session_account */
  sessionsOf: `
    SELECT ${sessionColumns} FROM session
    WHERE workspace = $1 AND account = $2 AND revoked_xid IS NULL
    ORDER BY last_used_at DESC, id DESC LIMIT 1000`,
  /** session_pkey */
  rotate: `
    UPDATE session SET previous_digest = refresh_digest, refresh_digest = $4, generation = $5, sealed_pair = $6,
      rotated_at = $7, last_used_at = GREATEST(last_used_at, $7)
    WHERE workspace = $1 AND id = $2 AND refresh_digest = $3 AND revoked_xid IS NULL
    RETURNING id`,
  /** session_pkey */
  useSession: `
    UPDATE session SET last_used_at = GREATEST(last_used_at, $4),
      sealed_pair = CASE WHEN generation = $3 THEN NULL ELSE sealed_pair END
    WHERE workspace = $1 AND id = $2`,
  /** session_pkey */
  revoke: `
    UPDATE session SET revoked_at = $3, revoked_xid = pg_current_xact_id()
    WHERE workspace = $1 AND id = $2 AND revoked_xid IS NULL
    RETURNING id`,
  /** A handful of rows, read once a minute. */
  signingKeys: `
    SELECT kid, secret, created_at, retires_at FROM signing_key
    WHERE retires_at IS NULL OR retires_at > $1
    ORDER BY created_at DESC, kid LIMIT 100`,
  /** A handful of rows, written when keys are rotated. */
  addSigningKey: `
    WITH superseded AS (
      UPDATE signing_key SET retires_at = $4 WHERE retires_at IS NULL
    ), forgotten AS (
      DELETE FROM signing_key WHERE retires_at < $3
    )
    INSERT INTO signing_key (kid, secret, created_at) VALUES ($1, $2, $3)`,
  /** workspace_pkey: whoever writes what a workspace has a limit for holds it first, and counts then. */
  lockWorkspace: `
    SELECT id FROM workspace WHERE id = $1 FOR NO KEY UPDATE`,
  /** workspace_key_pkey, workspace_key_once: a handful of rows, written when an owner rotates keys. */
  addWorkspaceKey: `
    INSERT INTO workspace_key (workspace, kid, name, public_key, created_at)
    SELECT $1, $2, $3, $4, $5
    WHERE (SELECT count(*) FROM workspace_key WHERE workspace = $1) < $6
    ON CONFLICT (public_key, workspace) DO NOTHING`,
  /** workspace_key_once */
  workspaceKeyOnce: `
    SELECT ${keyColumns} FROM workspace_key WHERE public_key = $2 AND workspace = $1`,
  /** workspace_key_pkey */
  workspaceKey: `
    SELECT ${keyColumns} FROM workspace_key WHERE workspace = $1 AND kid = $2`,
  /** workspace_key_pkey */
  workspaceKeys: `
    SELECT ${keyColumns} FROM workspace_key WHERE workspace = $1 ORDER BY created_at DESC, kid DESC LIMIT 100`,
  /** workspace_key_pkey */
  removeWorkspaceKey: `
    DELETE FROM workspace_key WHERE workspace = $1 AND kid = $2 RETURNING kid`,
  /** reservation_pkey */
  reserved: `
    SELECT conversation FROM reservation WHERE workspace = $1 AND name = $2`,
  /** reservation_pkey */
  reserve: `
    INSERT INTO reservation (workspace, name, conversation) VALUES ($1, $2, $3)
    ON CONFLICT (workspace, name) DO NOTHING`,
} as const;

export type DirectoryStatement = keyof typeof DIRECTORY_SQL;
