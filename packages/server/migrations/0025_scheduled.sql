-- readableSince: 25
-- What the server does later for a person: messages that are sent at a time, and reminders. A build before this one cannot
-- read the kind of the entry that reminds.

CREATE TABLE scheduled (
  at bigint NOT NULL,
  -- When there is next something to do about it: send it, send it again, tell its person of a change, forget it.
  due bigint NOT NULL,
  workspace uuid NOT NULL,
  person uuid NOT NULL,
  -- That of the message, or of the entry that reminds.
  key uuid NOT NULL,
  conversation uuid NOT NULL,
  -- Counts the changes that its person is told of.
  version int NOT NULL,
  attempts int NOT NULL,
  kind smallint NOT NULL,
  state smallint NOT NULL,
  -- Whether its person was told of the last change.
  is_told boolean NOT NULL,
  -- What it was asked for with, and what is to be said; empty once it has ended.
  digest bytea NOT NULL,
  body text NOT NULL,
  refused text,
  CONSTRAINT scheduled_pkey PRIMARY KEY (workspace, person, key)
);
CREATE INDEX scheduled_due ON scheduled (due);
-- Which of a person's in one conversation come first.
CREATE INDEX scheduled_order ON scheduled (workspace, person, conversation, at) WHERE state < 2;
