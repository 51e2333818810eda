-- readableSince: 1
-- Beside a key (workspace, id), an index that begins with the workspace, too, is as good in the eyes of a planner that
-- knows nothing of the table yet; then it reads all of a workspace where one row is wanted. So these begin with what
-- tells rows apart.

ALTER TABLE account DROP CONSTRAINT account_username;
ALTER TABLE account ADD CONSTRAINT account_username UNIQUE (username_key, workspace);

DROP INDEX search_term_account;
CREATE INDEX search_term_account ON search_term (account, workspace);

DROP INDEX session_account;
CREATE INDEX session_account ON session (account, workspace);
