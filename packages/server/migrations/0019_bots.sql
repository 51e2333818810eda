-- readableSince: 12
-- Bots: accounts of the kind `bot`, which nobody signs in to, and their tokens. A token is a session that nobody refreshes:
-- whoever has its secret is the bot until the token is revoked or has expired. A build that knows none takes it for a session
-- of which it has no token.

ALTER TABLE account ADD COLUMN retired_at bigint;
COMMENT ON COLUMN account.retired_at IS 'When a bot was taken out of service; what it wrote stays its own';
CREATE INDEX account_bot ON account (workspace, id) WHERE kind = 'bot';

ALTER TABLE session ADD COLUMN expires_at bigint;
COMMENT ON COLUMN session.expires_at IS 'When the token of a bot ends by itself; null for never, and for all other sessions';
CREATE INDEX session_expiry ON session (expires_at) WHERE expires_at IS NOT NULL AND revoked_xid IS NULL;
