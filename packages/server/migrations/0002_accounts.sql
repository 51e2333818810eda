-- readableSince: 1
-- The directory: workspaces, people, credentials, sessions, signing keys, reserved names.
-- Times are milliseconds since the Unix epoch, UTC. Digests are SHA-256.

CREATE TABLE workspace (
  id uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  owned_at bigint,
  setup_code bytea,
  CONSTRAINT workspace_pkey PRIMARY KEY (id),
  CONSTRAINT workspace_name UNIQUE (name)
);
COMMENT ON COLUMN workspace.owned_at IS 'When its first account was made; null until then';
COMMENT ON COLUMN workspace.setup_code IS 'Digest of the code that the first account needs, where it needs one';

CREATE TABLE account (
  workspace uuid NOT NULL,
  id uuid NOT NULL,
  kind text NOT NULL,
  username text NOT NULL,
  username_key text COLLATE "C" NOT NULL,
  name text NOT NULL,
  avatar text,
  role text NOT NULL,
  version integer NOT NULL,
  created_at bigint NOT NULL,
  CONSTRAINT account_pkey PRIMARY KEY (workspace, id),
  CONSTRAINT account_username UNIQUE (workspace, username_key),
  CONSTRAINT account_workspace FOREIGN KEY (workspace) REFERENCES workspace (id)
);
COMMENT ON COLUMN account.username_key IS 'What tells usernames apart: lower case, made by the server, never by a locale';

CREATE TABLE credential (
  workspace uuid NOT NULL,
  account uuid NOT NULL,
  password_hash text NOT NULL,
  CONSTRAINT credential_pkey PRIMARY KEY (workspace, account),
  CONSTRAINT credential_account FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
);

-- Everything under which a person is found, folded by the server.
CREATE TABLE search_term (
  workspace uuid NOT NULL,
  term text COLLATE "C" NOT NULL,
  account uuid NOT NULL,
  is_whole boolean NOT NULL,
  CONSTRAINT search_term_pkey PRIMARY KEY (workspace, term, account),
  CONSTRAINT search_term_owner FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
);
CREATE INDEX search_term_account ON search_term (workspace, account);

CREATE TABLE session (
  workspace uuid NOT NULL,
  id uuid NOT NULL,
  account uuid NOT NULL,
  device text,
  family_digest bytea NOT NULL,
  refresh_digest bytea NOT NULL,
  generation integer NOT NULL,
  previous_digest bytea,
  rotated_at bigint,
  sealed_pair text,
  created_at bigint NOT NULL,
  last_used_at bigint NOT NULL,
  revoked_at bigint,
  revoked_xid xid8,
  CONSTRAINT session_pkey PRIMARY KEY (workspace, id),
  CONSTRAINT session_owner FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
) WITH (fillfactor = 80);
COMMENT ON COLUMN session.sealed_pair IS 'The present pair of tokens, sealed with the one before; null once it was used';
COMMENT ON COLUMN session.revoked_xid IS 'The transaction that ended it, for the change feed; null while it lives';
CREATE INDEX session_account ON session (workspace, account);
CREATE INDEX session_revoked ON session (revoked_xid) WHERE revoked_xid IS NOT NULL;

-- Where someone has signed in from: digests of username and address.
CREATE TABLE known_origin (
  workspace uuid NOT NULL,
  account uuid NOT NULL,
  origin bytea NOT NULL,
  seen_at bigint NOT NULL,
  CONSTRAINT known_origin_pkey PRIMARY KEY (workspace, account, origin),
  CONSTRAINT known_origin_account FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
);

CREATE TABLE last_seen (
  workspace uuid NOT NULL,
  account uuid NOT NULL,
  seen_at bigint NOT NULL,
  CONSTRAINT last_seen_pkey PRIMARY KEY (workspace, account),
  CONSTRAINT last_seen_account FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
) WITH (fillfactor = 80);

-- Of the server as a whole: a token names its workspace.
CREATE TABLE signing_key (
  kid text COLLATE "C" NOT NULL,
  secret bytea NOT NULL,
  created_at bigint NOT NULL,
  retires_at bigint,
  CONSTRAINT signing_key_pkey PRIMARY KEY (kid)
);

-- The first conversation under a name wins: a pair of people, a person's own, the key of one who creates.
CREATE TABLE reservation (
  workspace uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  conversation uuid NOT NULL,
  CONSTRAINT reservation_pkey PRIMARY KEY (workspace, name),
  CONSTRAINT reservation_name CHECK (length(name) <= 200)
);
