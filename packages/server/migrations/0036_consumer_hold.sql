-- readableSince: 33
-- Which node takes what there is for a consumer, and until when: a wish, which may be lost, and is with a crash.
CREATE UNLOGGED TABLE consumer_hold (
  until timestamptz NOT NULL,
  consumer text COLLATE "C" NOT NULL CONSTRAINT consumer_hold_pkey PRIMARY KEY,
  node text NOT NULL
);
