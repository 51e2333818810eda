// Asking the log for keys: whether a write is there already, and whether the one that it comes after is.
import type { Key } from '@kith/protocol';
import { FLAGS } from './codes.js';
import { digestOf } from './entry-rows.js';
import type { PendingWrite } from './pending-write.js';
import type { Queryable, Statement } from './pool.js';

/** What the log says of one write. */
export type KeyAnswer = {
  /** The entry that bears the key; null where there is none. */
  readonly first: {
    readonly epoch: number;
    readonly seq: number;
    readonly at: number;
    readonly isSame: boolean;
  } | null;
  readonly isAfterFound: boolean;
};

type LookUpRow = {
  readonly position: number;
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
  readonly isSame: boolean;
};

/** Served by conversation_id, member_person and entry_key. What was erased is the same as anything. */
export const LOOK_UP_KEYS: Statement = {
  name: 'look_up_keys',
  text: `SELECT q.position::int AS position, c.epoch, e.seq, e.at,
    e.flags & ${FLAGS.erased} <> 0 OR CASE WHEN e.digest = '' THEN e.body = q.content ELSE e.digest = q.digest END AS "isSame"
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bytea[])
    WITH ORDINALITY AS q (conversation, workspace, author, key, content, digest, position)
  JOIN conversation c ON c.id = q.conversation AND c.workspace = q.workspace
  JOIN member m ON m.person = q.author AND m.conversation = c.no
  JOIN entry e ON e.conversation = c.no AND e.author = m.ordinal AND e.key = q.key`,
};

/** All in one query, in the order of the writes. */
export async function lookUpKeys(
  database: Queryable,
  pendings: readonly PendingWrite[],
  secret: Buffer,
): Promise<readonly KeyAnswer[]> {
  const asked: { readonly pending: PendingWrite; readonly key: Key }[] = [];
  for (const pending of pendings) {
    asked.push({ pending, key: pending.write.key });
    if (pending.write.after !== undefined) asked.push({ pending, key: pending.write.after });
  }
  const writes = asked.map(({ pending }) => pending.write);
  const rows = await database.query<LookUpRow>(LOOK_UP_KEYS, [
    writes.map(({ conversation }) => conversation),
    writes.map(({ workspace }) => workspace),
    writes.map(({ author }) => author),
    asked.map(({ key }) => key),
    writes.map(({ content }) => content),
    writes.map(({ content }) => digestOf(content, secret)),
  ]);
  const found = new Map<PendingWrite, { first: LookUpRow | null; isAfterFound: boolean }>();
  for (const pending of pendings) found.set(pending, { first: null, isAfterFound: false });
  for (const row of rows) {
    const { pending, key } = asked[row.position - 1] ?? {};
    const answer = pending && found.get(pending);
    if (!answer) continue;
    if (key === pending.write.key) answer.first = row;
    if (key === pending.write.after) answer.isAfterFound = true;
  }
  return pendings.map((pending) => found.get(pending) ?? { first: null, isAfterFound: false });
}
