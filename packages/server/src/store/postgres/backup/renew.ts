// What a store is told that was put back: that it is another one, and that each of its conversations lives in an epoch that it
// never had. So whoever has seen what was written after the backup finds out, and reads again (M6 of docs/protocol/v1.md).
import { entryKindNumber } from '../codes.js';
import type { Queryable, Statement } from '../pool.js';

const REMINDER = entryKindNumber('reminder.due');
const HIDDEN = entryKindNumber('message.hidden');

/**
 * $1 at least this. The conversations change last: until then they tell which of the rows that name an epoch mean the present
 * one. These go along, since what they name is the same message as before. A forward keeps the epoch that its source had: it is
 * part of a message, which a repetition under the same key is compared with.
 */
const RAISE: readonly Statement[] = [
  {
    text: `UPDATE hook_delivery d SET epoch = greatest(c.epoch + 1, $1::bigint)
    FROM conversation c WHERE c.id = d.conversation AND d.epoch = c.epoch`,
  },
  {
    text: `UPDATE consumer_position p SET epoch = greatest(c.epoch + 1, $1::bigint)
    FROM conversation c WHERE c.no = p.conversation AND p.epoch = c.epoch`,
  },
  {
    text: `UPDATE scheduled s SET body = regexp_replace(
      s.body, format('"epoch":%s(?=[,}])', c.epoch), format('"epoch":%s', greatest(c.epoch + 1, $1::bigint)))
    FROM conversation c WHERE c.id = s.conversation AND s.body LIKE '%"epoch":%'`,
  },
  {
    text: `UPDATE entry e SET body = regexp_replace(
      e.body, format('"epoch":%s(?=[,}])', c.epoch), format('"epoch":%s', greatest(c.epoch + 1, $1::bigint)))
    FROM conversation c
    WHERE e.kind IN (${REMINDER}, ${HIDDEN})
      AND c.id = CASE WHEN e.body <> '' THEN (e.body::json #>> '{message,conversation}')::uuid END`,
  },
  { text: 'UPDATE conversation SET epoch = greatest(epoch + 1, $1::bigint)' },
];

/** The index of messages is not in a backup: nothing of it has been taken in. */
const FORGET_SEARCH: readonly Statement[] = [
  { text: `DELETE FROM consumer_position WHERE consumer LIKE 'search%'` },
  { text: `DELETE FROM consumer WHERE name LIKE 'search%'` },
];

/** Cursors of the store before are none of this one, and the change feed begins now. */
const RENEW_STORE: Statement = {
  text: 'UPDATE store SET id = gen_random_uuid(), line = line + 1, feed_from = pg_current_xact_id() RETURNING id::text AS id',
};

/**
 * Within the transaction that put it back, on the newest schema.
 * @param at milliseconds since the Unix epoch, which no epoch from before is above
 */
export async function renewStore(transaction: Queryable, at: number): Promise<{ store: string; epoch: number }> {
  for (const statement of FORGET_SEARCH) await transaction.query(statement);
  for (const statement of RAISE) await transaction.query(statement, [at]);
  const [row] = await transaction.query<{ id: string }>(RENEW_STORE);
  const text = 'SELECT coalesce(max(c.epoch), 0)::bigint AS epoch FROM conversation c';
  const [highest] = await transaction.query<{ epoch: number }>({ text });
  if (row === undefined || highest === undefined) throw new Error('the store has no identity');
  return { store: row.id, epoch: highest.epoch };
}
