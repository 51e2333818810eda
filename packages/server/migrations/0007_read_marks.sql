-- readableSince: 6
-- The change feed names people who have read further too, for their devices on nodes that were not told.

ALTER TABLE feed
  -- In pairs: who has read further in which conversation.
  ADD COLUMN read_in int[] NOT NULL DEFAULT '{}',
  ADD COLUMN readers uuid[] NOT NULL DEFAULT '{}';
