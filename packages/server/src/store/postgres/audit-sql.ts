// The statements of the audit trail, each served by the index named beside it; a test walks them all.

const recordColumns = `r.workspace, r.number, r.at, r.act, r.outcome, r.actor, r.session, r.target, r.conversation, r.address,
  r.request, r.trace, r.detail, encode(r.hash, 'hex') AS hash`;

/**
 * What is asked for: $2 actor, $3 target, $4 act, $5 since, $6 until, $7 below which number; null for any. One of them, which is
 * given, leads: its index is gone through from the last record on.
 */
function pageLedBy(isLed: string): string {
  return `
    SELECT ${recordColumns} FROM audit_record r
    WHERE r.workspace = $1::uuid AND ${isLed}
      AND ($2::uuid IS NULL OR r.actor = $2::uuid) AND ($3::uuid IS NULL OR r.target = $3::uuid)
      AND ($4::text IS NULL OR r.act = $4::text)
      AND r.number < coalesce($7::bigint, 9007199254740991)
      AND r.number >= CASE WHEN $5::bigint IS NULL THEN 0 ELSE coalesce((
        SELECT f.number FROM audit_record f WHERE f.workspace = $1::uuid AND f.at >= $5::bigint ORDER BY f.at, f.number LIMIT 1
      ), 9007199254740991) END
      AND r.number <= CASE WHEN $6::bigint IS NULL THEN 9007199254740991 ELSE coalesce((
        SELECT l.number FROM audit_record l WHERE l.workspace = $1::uuid AND l.at <= $6::bigint
        ORDER BY l.at DESC, l.number DESC LIMIT 1
      ), 0) END
    ORDER BY r.number DESC LIMIT $8::int`;
}

export const AUDIT_SQL = {
  /**
   * audit_head_pkey. The row of the head is the lock: who comes second goes on from what the first one left. The hash is that of
   * `chainedHash`; $13 is the content of the record.
   */
  append: `
    WITH head AS (
      INSERT INTO audit_head AS h (workspace, number, at, hash)
      VALUES ($1::uuid, 1, $2::bigint, sha256(convert_to(' 1 ' || $2::bigint::text || ' ' || $13::text, 'UTF8')))
      ON CONFLICT ON CONSTRAINT audit_head_pkey DO UPDATE
      SET number = h.number + 1, at = greatest(h.at, excluded.at),
        hash = sha256(convert_to(
          encode(h.hash, 'hex') || ' ' || (h.number + 1)::text || ' ' || greatest(h.at, excluded.at)::text || ' ' || $13::text,
          'UTF8'
        ))
      RETURNING h.number, h.at, h.hash
    )
    INSERT INTO audit_record
      (workspace, number, at, act, outcome, actor, session, target, conversation, address, request, trace, detail, hash)
    SELECT $1::uuid, head.number, head.at, $3::text, $4::text, $5::uuid, $6::uuid, $7::uuid, $8::uuid, $9::text, $10::text,
      $11::text, $12::text, head.hash
    FROM head
    RETURNING number`,
  /** audit_record_pkey, audit_record_at */
  page: pageLedBy('true'),
  /** audit_record_actor, audit_record_at */
  pageOfActor: pageLedBy('r.actor = $2::uuid'),
  /** audit_record_target, audit_record_at */
  pageOfTarget: pageLedBy('r.target = $3::uuid'),
  /** audit_record_act, audit_record_at */
  pageOfAct: pageLedBy('r.act = $4::text'),
  /** audit_record_pkey */
  chain: `
    SELECT ${recordColumns} FROM audit_record r
    WHERE r.workspace = $1::uuid AND r.number > $2::bigint ORDER BY r.number LIMIT $3::int`,
  /** audit_head_pkey */
  head: `
    SELECT h.number, encode(h.hash, 'hex') AS hash, h.base, encode(h.base_hash, 'hex') AS base_hash
    FROM audit_head h WHERE h.workspace = $1::uuid`,
  /** audit_head_pkey: one row for each workspace */
  workspaces: `
    SELECT h.workspace FROM audit_head h ORDER BY h.workspace LIMIT 1000`,
  /** audit_head_pkey, audit_record_pkey. From then on what is up to there may go, and who looks knows where the rest begins. */
  forget: `
    UPDATE audit_head h SET base = last.number, base_hash = last.hash
    FROM (
      SELECT r.number, r.hash FROM audit_record r
      WHERE r.workspace = $1::uuid AND r.at < $2::bigint
        AND r.number <= (SELECT o.base FROM audit_head o WHERE o.workspace = $1::uuid) + $3::int
      ORDER BY r.number DESC LIMIT 1
    ) last
    WHERE h.workspace = $1::uuid AND h.base < last.number`,
  /** audit_head_pkey, audit_record_pkey */
  remove: `
    DELETE FROM audit_record r
    WHERE r.workspace = $1::uuid
      AND r.number <= (SELECT h.base FROM audit_head h WHERE h.workspace = $1::uuid)
    RETURNING r.number`,
} as const;
