-- readableSince: 8
-- Who has reacted to which message with what, now: one row for each emoji of each person. What it was before is in the log.
-- A build before this one cannot read the kind of those entries.

CREATE TABLE reaction (
  -- When the entry `seq` was written.
  at bigint NOT NULL,
  conversation int NOT NULL,
  -- Ordinal of the member.
  ordinal int NOT NULL,
  target int NOT NULL,
  seq int NOT NULL,
  emoji text COLLATE "C" NOT NULL,
  CONSTRAINT reaction_pkey PRIMARY KEY (conversation, ordinal, target, emoji),
  CONSTRAINT reaction_target UNIQUE (conversation, target, seq)
);
