-- readableSince: 6
-- The index of messages, and how far consumers of the log have got. Both are made from the log and may be emptied at any
-- time: the next start fills them again. Reasons and measures: docs/decisions/0009-search.md.

-- A message as it was at one moment. Kept under the key of its conversation, as all else is.
CREATE TABLE search_document (
  at bigint NOT NULL,
  epoch bigint NOT NULL,
  conversation int NOT NULL,
  seq int NOT NULL,
  -- The last edit that is in it; 2147483647 once the message was removed, which stays so.
  version int NOT NULL,
  -- Numbers that stand for groups of characters, for author, conversation and days, and for what else is asked for.
  tokens int[] NOT NULL,
  -- Folded: what the tokens only hint at is looked up here.
  text text COLLATE "C" NOT NULL,
  CONSTRAINT search_document_pkey PRIMARY KEY (conversation, seq)
);
-- What comes is kept apart up to so many kilobytes, which every search looks through; beyond that it is sorted in.
CREATE INDEX search_document_tokens ON search_document USING gin (tokens) WITH (gin_pending_list_limit = 1024);

-- The mark of the change feed up to which a consumer has taken everything.
CREATE TABLE consumer (
  name text COLLATE "C" NOT NULL,
  mark text NOT NULL,
  CONSTRAINT consumer_pkey PRIMARY KEY (name)
);

CREATE TABLE consumer_position (
  epoch bigint NOT NULL,
  conversation int NOT NULL,
  seq int NOT NULL,
  consumer text COLLATE "C" NOT NULL,
  CONSTRAINT consumer_position_pkey PRIMARY KEY (conversation, consumer)
);
