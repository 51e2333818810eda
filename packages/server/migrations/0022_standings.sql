-- readableSince: 22
-- What somebody is in the workspace beside a role: whether nobody signs in to the account now, and when a guest's time ends.
-- A build before this one would sign a deactivated person in.

ALTER TABLE account
  ADD COLUMN deactivated_at bigint,
  ADD COLUMN expires_at bigint;
COMMENT ON COLUMN account.deactivated_at IS 'Since when nobody signs in to it; null where its person may';
COMMENT ON COLUMN account.expires_at IS 'When it is deactivated by itself; null for never';
CREATE INDEX account_owner ON account (workspace, id) WHERE role = 'owner' AND deactivated_at IS NULL;
CREATE INDEX account_expiring ON account (expires_at) WHERE expires_at IS NOT NULL AND deactivated_at IS NULL;
