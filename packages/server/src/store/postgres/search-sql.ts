// The statements of the index of messages. A message is looked up by its tokens in one index, search_document_tokens: all of
// the terms', one of the days', one of the conversations'. The rarest of them is walked, and the others are only looked up.
import type { Statement } from './pool.js';

/** The version of a message that was removed: none is above it. */
export const REMOVED = 2_147_483_647;

const SET_ALL =
  'SET at = excluded.at, epoch = excluded.epoch, version = excluded.version, tokens = excluded.tokens, text = excluded.text';

/**
 * Takes messages in, in the order of their keys: two nodes that write the same wait for each other and never in a ring.
 * Served by conversation_id and search_document_pkey.
 */
export const INDEX_DOCUMENTS: Statement = {
  name: 'index_documents',
  text: `INSERT INTO search_document AS d (at, epoch, conversation, seq, version, tokens, text)
  SELECT q.at, q.epoch, c.no, q.seq, q.version, q.tokens::int[], q.text
  FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::int[], $5::bigint[], $6::text[], $7::text[])
    AS q (id, epoch, seq, version, at, tokens, text)
  JOIN conversation c ON c.id = q.id
  ORDER BY c.no, q.seq
  ON CONFLICT (conversation, seq) DO UPDATE ${SET_ALL}
  WHERE (d.epoch, d.version) < (excluded.epoch, excluded.version)`,
};

/** Leaves of messages that they were removed. Served by conversation_id and search_document_pkey. */
export const REMOVE_DOCUMENTS: Statement = {
  name: 'remove_documents',
  text: `INSERT INTO search_document AS d (at, epoch, conversation, seq, version, tokens, text)
  SELECT 0, q.epoch, c.no, q.seq, ${REMOVED}, '{}', ''
  FROM unnest($1::uuid[], $2::bigint[], $3::int[]) AS q (id, epoch, seq)
  JOIN conversation c ON c.id = q.id
  ORDER BY c.no, q.seq
  ON CONFLICT (conversation, seq) DO UPDATE ${SET_ALL}
  WHERE (d.epoch, d.version) < (excluded.epoch, excluded.version)`,
};

/**
 * The same of the message $2 of conversation $1, within the transaction that erases it: what was said leaves the index with
 * the log. Served by conversation_pkey and search_document_pkey.
 */
export const FORGET: Statement = {
  name: 'forget',
  text: `INSERT INTO search_document AS d (at, epoch, conversation, seq, version, tokens, text)
  SELECT 0, c.epoch, c.no, $2::int, ${REMOVED}, '{}', '' FROM conversation c WHERE c.no = $1::int
  ON CONFLICT (conversation, seq) DO UPDATE ${SET_ALL}`,
};

/** Forgets at most $3 messages of conversation $1 from epochs below $2. Served by search_document_pkey. */
export const FORGET_EPOCHS: Statement = {
  name: 'forget_epochs',
  text: `WITH old AS (
    SELECT d.conversation, d.seq FROM conversation c JOIN search_document d ON d.conversation = c.no
    WHERE c.id = $1::uuid AND d.epoch < $2::bigint LIMIT $3::int
  ), forgotten AS (
    DELETE FROM search_document d USING old WHERE d.conversation = old.conversation AND d.seq = old.seq
    RETURNING d.seq
  )
  SELECT count(*)::int AS count FROM forgotten`,
};

/** Within the conversations whose tokens are $3. Served by search_document_tokens and conversation_pkey. */
export const FIND_IN_FEW: Statement = { name: 'find_in_few', text: finding('d.tokens && $3::int[]') };

/** Within the conversations $3, which may be many. Served by conversation_id too. */
export const FIND_IN_MANY: Statement = {
  name: 'find_in_many',
  // In brackets it is one set that is made once, and not a join that would walk it for each message.
  text: finding('(d.conversation IN (SELECT m.no FROM conversation m WHERE m.id = ANY ($3::uuid[]))) IS TRUE'),
};

/**
 * The newest messages with all tokens $1 and one of a span of days of $2, in which all terms $4 stand: from $5 up to,
 * without, $6; neither they nor their edits above $7; behind ($8, $9, $10); at most $11. The spans are looked at one after the
 * other as they are given, the newest first, and no more of them than it takes. Within one, rows come in order.
 */
function finding(within: string): string {
  return `SELECT c.id, f.no, f.epoch, f.seq, f.at, f.text
  FROM unnest($2::text[]) AS s (days)
  CROSS JOIN LATERAL (
    SELECT d.conversation AS no, d.epoch, d.seq, d.at, d.text FROM search_document d
    WHERE d.tokens @> $1::int[] AND d.tokens && s.days::int[] AND ${within}
      AND NOT EXISTS (
        SELECT FROM unnest($4::text[]) AS t (term) WHERE strpos(d.text, t.term COLLATE "C") = 0
      )
      AND d.at >= $5::bigint AND d.at < $6::bigint AND d.seq <= $7::int AND d.version <= $7::int
      AND (d.at, d.seq, d.conversation) < ($8::bigint, $9::int, $10::int)
    ORDER BY d.at DESC, d.seq DESC, d.conversation DESC LIMIT $11::int
  ) f
  CROSS JOIN LATERAL (SELECT n.id FROM conversation n WHERE n.no = f.no OFFSET 0) c
  LIMIT $11::int`;
}
