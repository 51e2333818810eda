-- readableSince: 12
-- Addresses at which other programs post into one conversation, as a bot. Of the secret in such an address the digest alone is
-- here. A list of a workspace's hooks is short, and read by the primary key.

CREATE TABLE incoming_hook (
  workspace uuid NOT NULL,
  id uuid NOT NULL,
  bot uuid NOT NULL,
  conversation uuid NOT NULL,
  name text NOT NULL,
  digest bytea NOT NULL,
  created_at bigint NOT NULL,
  last_used_at bigint,
  CONSTRAINT incoming_hook_pkey PRIMARY KEY (workspace, id),
  CONSTRAINT incoming_hook_bot FOREIGN KEY (workspace, bot) REFERENCES account (workspace, id) ON DELETE CASCADE
);
