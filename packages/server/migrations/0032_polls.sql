-- readableSince: 32
-- Who has chosen what in which poll, now: one row for each person whose vote stands. How many chose what is in the log, who did for
-- anonymous polls here alone: their entries have the flag 32, which hides author and key. A build before this one cannot read the
-- kinds of those entries, and would tell whose they are.

CREATE TABLE vote (
  -- When the entry `seq` was written.
  at bigint NOT NULL,
  conversation int NOT NULL,
  -- Ordinal of the member, or the reader.
  ordinal int NOT NULL,
  target int NOT NULL,
  seq int NOT NULL,
  -- Numbers of options, rising, from 0.
  choices smallint[] NOT NULL,
  CONSTRAINT vote_pkey PRIMARY KEY (conversation, ordinal, target),
  CONSTRAINT vote_target UNIQUE (conversation, target, seq)
);
