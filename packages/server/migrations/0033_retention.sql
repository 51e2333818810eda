-- readableSince: 33
-- Logs that begin further up than with their first entry: what was said before is gone, by a policy of the workspace or of the
-- conversation. A build before this one would count and list what is emptied as if it could be read.

ALTER TABLE conversation
  -- The lowest seq that anybody may read.
  ADD COLUMN first int NOT NULL DEFAULT 1,
  -- No entry from there on is known to be older; null: since it was made.
  ADD COLUMN kept_since bigint,
  -- The transaction that moved `first` the last time.
  ADD COLUMN trimmed xid8;

ALTER TABLE feed
  -- The conversations whose logs begin further up.
  ADD COLUMN trimmed int[] NOT NULL DEFAULT '{}';

-- How long messages are kept in a workspace that has said so.
CREATE TABLE retention (
  workspace uuid NOT NULL CONSTRAINT retention_pkey PRIMARY KEY,
  -- Null for ever.
  days int,
  -- Whether a conversation may keep them for longer.
  longer boolean NOT NULL,
  -- Conversations of which everything is kept.
  kept uuid[] NOT NULL
);
