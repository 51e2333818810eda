// The statements of an import: rows go in by hundreds, into tables that were empty, all in one transaction.
import type { Statement } from '../pool.js';

export const ADD_USER: Statement = {
  text: `INSERT INTO account (workspace, id, kind, username, username_key, name, avatar, role, version, created_at,
    deactivated_at, expires_at, retired_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
};

export const ADD_TERMS: Statement = {
  text: `INSERT INTO search_term (workspace, term, account, is_whole)
  SELECT $1::uuid, t.term, $2::uuid, t.is_whole FROM unnest($3::text[], $4::boolean[]) AS t (term, is_whole)`,
};

export const ADD_SUBJECT: Statement = {
  text: 'INSERT INTO host_subject (workspace, subject, account) VALUES ($1, $2, $3)',
};

export const ADD_CREDENTIAL: Statement = {
  text: 'INSERT INTO credential (workspace, account, password_hash) VALUES ($1, $2, $3)',
};

/** An owner is among the people: nobody else claims the workspace. Served by workspace_pkey. */
export const CLAIM: Statement = {
  text: 'UPDATE workspace SET owned_at = $2, setup_code = NULL WHERE id = $1',
};

export const ADD_RESERVATION: Statement = {
  text: 'INSERT INTO reservation (workspace, name, conversation) VALUES ($1, $2, $3)',
};

export const ADD_ENTRIES: Statement = {
  text: `INSERT INTO entry (conversation, seq, at, n, author, kind, flags, key, digest, body)
  SELECT $1::int, q.seq, q.at, q.n, q.author, q.kind, q.flags, q.key, '', q.body
  FROM unnest($2::int[], $3::bigint[], $4::int[], $5::int[], $6::smallint[], $7::smallint[], $8::uuid[], $9::text[])
    AS q (seq, at, n, author, kind, flags, key, body)`,
};

export const ADD_AMENDMENTS: Statement = {
  text: `INSERT INTO amendment (conversation, target, seq, kind)
  SELECT $1::int, q.target, q.seq, q.kind FROM unnest($2::int[], $3::int[], $4::smallint[]) AS q (target, seq, kind)`,
};

export const ADD_MEMBERS: Statement = {
  text: `INSERT INTO member (conversation, person, ordinal, role, joined, first, left_seq, left_size, left_name, delivered,
    read, paced_at, folded)
  SELECT $1::int, q.person, q.ordinal, q.role, q.joined, q.first, q.left_seq, q.left_size, q.left_name, q.delivered,
    q.read, q.paced_at, q.folded::json
  FROM unnest($2::uuid[], $3::int[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::int[], $9::text[],
    $10::bigint[], $11::bigint[], $12::bigint[], $13::text[])
    AS q (person, ordinal, role, joined, first, left_seq, left_size, left_name, delivered, read, paced_at, folded)`,
};

export const ADD_FOLLOWERS: Statement = {
  text: `INSERT INTO follower (conversation, ordinal, thread, read, follows)
  SELECT $1::int, q.ordinal, q.thread, q.read, q.follows
  FROM unnest($2::int[], $3::int[], $4::int[], $5::boolean[]) AS q (ordinal, thread, read, follows)`,
};

export const ADD_SETTINGS: Statement = {
  text: `INSERT INTO setting (conversation, name, seq)
  SELECT $1::int, q.name, q.seq FROM unnest($2::text[], $3::int[]) AS q (name, seq)`,
};

export const ADD_PINS: Statement = {
  text: `INSERT INTO pin (conversation, target, seq)
  SELECT $1::int, q.target, q.seq FROM unnest($2::int[], $3::int[]) AS q (target, seq)`,
};

export const ADD_REACTIONS: Statement = {
  text: `INSERT INTO reaction (conversation, ordinal, target, seq, at, emoji)
  SELECT $1::int, q.ordinal, q.target, q.seq, q.at, q.emoji
  FROM unnest($2::int[], $3::int[], $4::int[], $5::bigint[], $6::text[]) AS q (ordinal, target, seq, at, emoji)`,
};

/** Served by conversation_pkey. */
export const COMPLETE: Statement = {
  text: `UPDATE conversation SET structure = $2, size = $3, kind = $4, name = $5, settings = $6::json, is_public = $7,
    first = $8, readers = $9
  WHERE no = $1::int`,
};
