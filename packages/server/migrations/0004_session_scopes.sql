-- readableSince: 1
-- What a session may do, where it may do less than its person: null for everything. A build that knows no scopes cannot
-- refresh such a session, since the family digest of one covers its scopes.

ALTER TABLE session ADD COLUMN scopes text[];
COMMENT ON COLUMN session.scopes IS 'The scopes of H13 that the session has; null for all of them';
