-- readableSince: 12
-- Subscriptions of bots to what happens where they are, and what waits to be delivered to them. A delivery names an entry and
-- holds none of it: what is deleted is deleted here too. Reasons: docs/decisions/0010-webhooks.md.

CREATE TABLE outgoing_hook (
  workspace uuid NOT NULL,
  id uuid NOT NULL,
  bot uuid NOT NULL,
  name text NOT NULL,
  url text NOT NULL,
  events text[] NOT NULL,
  secret bytea NOT NULL,
  created_at bigint NOT NULL,
  disabled_at bigint,
  disabled_why text,
  CONSTRAINT outgoing_hook_pkey PRIMARY KEY (workspace, id),
  CONSTRAINT outgoing_hook_bot FOREIGN KEY (workspace, bot) REFERENCES account (workspace, id) ON DELETE CASCADE
);
COMMENT ON COLUMN outgoing_hook.secret IS 'Signs deliveries, so it is kept as it is';

CREATE TABLE hook_delivery (
  workspace uuid NOT NULL,
  hook uuid NOT NULL,
  conversation uuid NOT NULL,
  epoch bigint NOT NULL,
  seq int NOT NULL,
  id uuid NOT NULL,
  -- Those of one lane go one after another: the conversation, or the delivery itself once it was set aside.
  lane uuid NOT NULL,
  event text NOT NULL,
  created_at bigint NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  dead_at bigint,
  last_status int,
  last_error text,
  CONSTRAINT hook_delivery_pkey PRIMARY KEY (workspace, hook, conversation, epoch, seq),
  CONSTRAINT hook_delivery_id UNIQUE (workspace, id),
  CONSTRAINT hook_delivery_hook FOREIGN KEY (workspace, hook) REFERENCES outgoing_hook (workspace, id) ON DELETE CASCADE
);
CREATE INDEX hook_delivery_lane ON hook_delivery (workspace, hook, lane, epoch, seq) WHERE dead_at IS NULL;
CREATE INDEX hook_delivery_listed ON hook_delivery (workspace, created_at DESC, id DESC);
CREATE INDEX hook_delivery_dead ON hook_delivery (dead_at) WHERE dead_at IS NOT NULL;

CREATE TABLE hook_lane (
  workspace uuid NOT NULL,
  hook uuid NOT NULL,
  lane uuid NOT NULL,
  -- When it is worked on next, or until when somebody works on it; null where nothing waits.
  due_at bigint,
  -- How often something was added: who finds it empty lets go of it only where nothing came meanwhile.
  bumps int NOT NULL,
  CONSTRAINT hook_lane_pkey PRIMARY KEY (workspace, hook, lane),
  CONSTRAINT hook_lane_hook FOREIGN KEY (workspace, hook) REFERENCES outgoing_hook (workspace, id) ON DELETE CASCADE
);
CREATE INDEX hook_lane_due ON hook_lane (due_at) WHERE due_at IS NOT NULL;
