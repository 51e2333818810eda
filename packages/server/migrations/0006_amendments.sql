-- readableSince: 6
-- Entries that change an earlier one, by what they change: edits and deletions of messages. Rows of `entry` stay as narrow
-- as they are; only what was changed has rows here. A build before this one cannot read the kinds of those entries.

CREATE TABLE amendment (
  conversation int NOT NULL,
  -- The entry that is changed, and the one that changes it.
  target int NOT NULL,
  seq int NOT NULL,
  kind smallint NOT NULL,
  CONSTRAINT amendment_pkey PRIMARY KEY (conversation, seq),
  CONSTRAINT amendment_target UNIQUE (conversation, target, kind, seq)
);
