-- readableSince: 29
-- Readers of channels: people who are in one and have no place in its log. They have rows among the members, with ordinals below 0,
-- or with the ordinal of the member that they once were. A build before this one would take them for members.

ALTER TABLE member
  -- Of a reader, or one who was, who once was a member: what the log says of them, as a record of the conversation has it.
  ADD COLUMN folded json;
-- Who reads, by person. The role is that of a reader.
CREATE INDEX member_reader ON member (conversation, person) WHERE role = 1 AND left_seq IS NULL;

ALTER TABLE conversation
  -- How many read it now.
  ADD COLUMN readers int NOT NULL DEFAULT 0;
