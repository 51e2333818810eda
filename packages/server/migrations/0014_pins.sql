-- readableSince: 14
-- Which messages are pinned now: one row for each. Who pinned one when is in the log, by `seq`.
-- A build before this one cannot read the kind of those entries.

CREATE TABLE pin (
  conversation int NOT NULL,
  target int NOT NULL,
  -- Of the entry that pinned it.
  seq int NOT NULL,
  CONSTRAINT pin_pkey PRIMARY KEY (conversation, target),
  CONSTRAINT pin_seq UNIQUE (conversation, seq)
);
