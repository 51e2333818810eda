-- readableSince: 26
-- Slash commands of bots, and what people ask by them. An invocation is no entry: it stands here until the bot has it, is
-- emptied then, and goes after 30 days, for as long as its key is remembered.

CREATE TABLE slash_command (
  workspace uuid NOT NULL,
  name text NOT NULL,
  bot uuid NOT NULL,
  hint text NOT NULL,
  description text NOT NULL,
  everywhere boolean NOT NULL,
  created_at bigint NOT NULL,
  CONSTRAINT slash_command_pkey PRIMARY KEY (workspace, name),
  CONSTRAINT slash_command_bot FOREIGN KEY (workspace, bot) REFERENCES account (workspace, id) ON DELETE CASCADE
);

CREATE TABLE invocation (
  workspace uuid NOT NULL,
  id uuid NOT NULL,
  bot uuid NOT NULL,
  command text NOT NULL,
  conversation uuid NOT NULL,
  person uuid NOT NULL,
  key uuid NOT NULL,
  -- Empty once it was taken, or is over.
  body text NOT NULL,
  at bigint NOT NULL,
  expires_at bigint NOT NULL,
  secret bytea NOT NULL,
  taken_at bigint,
  dead_at bigint,
  answers uuid[] NOT NULL DEFAULT '{}',
  attempts int NOT NULL DEFAULT 0,
  -- When it is told next, or until when somebody tells it; null where nobody is to be told.
  due_at bigint,
  hook uuid,
  last_status int,
  last_error text,
  CONSTRAINT invocation_pkey PRIMARY KEY (workspace, id),
  CONSTRAINT invocation_key UNIQUE (conversation, person, key, workspace),
  CONSTRAINT invocation_bot FOREIGN KEY (workspace, bot) REFERENCES account (workspace, id) ON DELETE CASCADE
);
COMMENT ON COLUMN invocation.secret IS 'Stands in the address at which it is answered for half an hour, so it is kept as it is';
CREATE INDEX invocation_due ON invocation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX invocation_waiting ON invocation (bot, workspace, at) WHERE due_at IS NOT NULL;
CREATE INDEX invocation_stuck ON invocation (workspace, at DESC, id DESC) WHERE hook IS NOT NULL AND taken_at IS NULL;
CREATE INDEX invocation_at ON invocation (at);
