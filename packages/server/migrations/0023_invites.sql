-- readableSince: 22
-- Invitations, and uses of them that somebody has taken and not come in by yet. A build before this one makes none and
-- takes none.

CREATE TABLE invite (
  workspace uuid NOT NULL,
  id uuid NOT NULL,
  place uuid NOT NULL,
  role text NOT NULL,
  sign_up text,
  guest_for_ms bigint,
  maker uuid NOT NULL,
  code_digest bytea NOT NULL,
  key_digest bytea NOT NULL,
  content_digest bytea NOT NULL,
  sealed_code text NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  max_uses integer,
  uses integer NOT NULL DEFAULT 0,
  revoked_at bigint,
  CONSTRAINT invite_pkey PRIMARY KEY (workspace, id),
  CONSTRAINT invite_code UNIQUE (code_digest, workspace),
  CONSTRAINT invite_key UNIQUE (key_digest, workspace),
  CONSTRAINT invite_maker FOREIGN KEY (workspace, maker) REFERENCES account (workspace, id) ON DELETE CASCADE
);
COMMENT ON COLUMN invite.place IS 'The conversation that it leads to, or the workspace itself';
COMMENT ON COLUMN invite.sign_up IS 'What an account that is made by it is in the workspace; null where none is';
COMMENT ON COLUMN invite.sealed_code IS 'The code, sealed with the key of who made it: the same key again gets it, and the store alone cannot';
CREATE INDEX invite_place ON invite (place, workspace, id);

CREATE TABLE invite_hold (
  workspace uuid NOT NULL,
  invite uuid NOT NULL,
  account uuid NOT NULL,
  CONSTRAINT invite_hold_pkey PRIMARY KEY (workspace, invite, account),
  CONSTRAINT invite_hold_invite FOREIGN KEY (workspace, invite) REFERENCES invite (workspace, id) ON DELETE CASCADE,
  CONSTRAINT invite_hold_account FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
);
CREATE INDEX invite_hold_person ON invite_hold (workspace, account);
