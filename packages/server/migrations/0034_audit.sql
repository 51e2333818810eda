-- readableSince: 33
-- Who did what: records that are appended and never changed, each chained to the one before by its hash. The database itself refuses
-- what would change or remove one, but for the oldest, after the head has said that it forgets them.

-- Where the chain of a workspace ends; its row is the lock under which records are appended.
CREATE TABLE audit_head (
  workspace uuid NOT NULL CONSTRAINT audit_head_pkey PRIMARY KEY,
  -- Of the last record.
  number bigint NOT NULL,
  at bigint NOT NULL,
  hash bytea NOT NULL,
  -- Of the last record that was forgotten; 0 and nothing where none was.
  base bigint NOT NULL DEFAULT 0,
  base_hash bytea NOT NULL DEFAULT ''
);

CREATE TABLE audit_record (
  workspace uuid NOT NULL,
  number bigint NOT NULL,
  -- Never before that of the record before.
  at bigint NOT NULL,
  act text NOT NULL,
  outcome text NOT NULL,
  actor uuid,
  session uuid,
  target uuid,
  conversation uuid,
  address text,
  request text,
  trace text,
  -- An object of JSON, as it was written.
  detail text NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT audit_record_pkey PRIMARY KEY (workspace, number)
);

CREATE INDEX audit_record_at ON audit_record (workspace, at, number);
CREATE INDEX audit_record_actor ON audit_record (workspace, actor, number);
CREATE INDEX audit_record_target ON audit_record (workspace, target, number);
CREATE INDEX audit_record_act ON audit_record (workspace, act, number);

CREATE OR REPLACE FUNCTION audit_record_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (
    SELECT FROM audit_head h WHERE h.workspace = OLD.workspace AND OLD.number <= h.base
  ) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit trail is appended to, and never changed' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE FUNCTION audit_trail_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM audit_record) THEN
    RAISE EXCEPTION 'the audit trail is appended to, and never emptied' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit_head_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.workspace = OLD.workspace AND NEW.number >= OLD.number AND NEW.base >= OLD.base
    AND NEW.base <= NEW.number AND (NEW.base = OLD.base OR EXISTS (
      SELECT FROM audit_record r WHERE r.workspace = NEW.workspace AND r.number = NEW.base AND r.hash = NEW.base_hash
    ))
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'the audit trail goes on, and never back' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_record_stays BEFORE UPDATE OR DELETE ON audit_record
  FOR EACH ROW EXECUTE FUNCTION audit_record_stays();
CREATE TRIGGER audit_record_is_kept BEFORE TRUNCATE ON audit_record
  FOR EACH STATEMENT EXECUTE FUNCTION audit_trail_is_kept();
CREATE TRIGGER audit_head_goes_on BEFORE UPDATE OR DELETE ON audit_head
  FOR EACH ROW EXECUTE FUNCTION audit_head_goes_on();
CREATE TRIGGER audit_head_is_kept BEFORE TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_trail_is_kept();
