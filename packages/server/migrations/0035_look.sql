-- readableSince: 33
-- How a workspace looks that has said so.
CREATE TABLE look (
  workspace uuid NOT NULL CONSTRAINT look_pkey PRIMARY KEY,
  -- The name of a hue.
  accent text NOT NULL
);
