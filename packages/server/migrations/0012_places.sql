-- readableSince: 12
-- What a conversation is set to beside its name, when those who may only write so often last did, and which conversations
-- everyone in the workspace may find. A build before this one would give out what is closed, and write to what is archived.

ALTER TABLE conversation
  -- As of `structure`.
  ADD COLUMN settings json NOT NULL DEFAULT '{}',
  ADD COLUMN is_public boolean NOT NULL DEFAULT false;
CREATE INDEX conversation_public ON conversation (workspace, id) WHERE is_public;

-- The time of the last message that was sent in slow mode.
ALTER TABLE member ADD COLUMN paced_at bigint;
