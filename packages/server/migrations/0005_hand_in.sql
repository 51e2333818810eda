-- readableSince: 1
-- People whom a product signs in by tokens of its own: the keys that such tokens are signed with, and the account that each
-- of its people has. Such an account has no row in `credential`, so a build that knows nothing of this refuses its name as
-- one that does not exist. A list of a workspace's keys is short, and read by the primary key.

CREATE TABLE workspace_key (
  workspace uuid NOT NULL,
  kid uuid NOT NULL,
  name text NOT NULL,
  public_key text COLLATE "C" NOT NULL,
  created_at bigint NOT NULL,
  CONSTRAINT workspace_key_pkey PRIMARY KEY (workspace, kid),
  CONSTRAINT workspace_key_once UNIQUE (public_key, workspace),
  CONSTRAINT workspace_key_workspace FOREIGN KEY (workspace) REFERENCES workspace (id)
);
COMMENT ON COLUMN workspace_key.public_key IS 'PEM; the private half is the product''s own and never here';

CREATE TABLE host_subject (
  workspace uuid NOT NULL,
  subject text COLLATE "C" NOT NULL,
  account uuid NOT NULL,
  CONSTRAINT host_subject_pkey PRIMARY KEY (workspace, subject),
  CONSTRAINT host_subject_account UNIQUE (account, workspace),
  CONSTRAINT host_subject_owner FOREIGN KEY (workspace, account) REFERENCES account (workspace, id) ON DELETE CASCADE
);
COMMENT ON COLUMN host_subject.subject IS 'The product''s own id of the person';
