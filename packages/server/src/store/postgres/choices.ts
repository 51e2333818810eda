// What people chose of who sees and reaches them, for many in one query.
import { type ConversationId, toId, type UserId } from '@kith/protocol';
import type { Choices } from '../../core/grounds.js';

import { SELF } from './codes.js';
import type { Queryable, Statement } from './pool.js';
import { JOIN_HEAD } from './records.js';

/**
 * A person's own conversation is made before they are in any other, so the first of their memberships is nearly always it.
 * Served by member_person, conversation_pkey, entry_pkey and setting_chosen, whose condition this repeats.
 */
export const READ_CHOICES: Statement = {
  name: 'read_choices',
  text: `SELECT q.person AS "user", c.id AS self, h.seq AS head, (
    SELECT json_agg(json_build_array(s.name, e.body::json -> 'value'))
    FROM setting s JOIN entry e ON e.conversation = s.conversation AND e.seq = s.seq
    WHERE s.conversation = c.no AND (s.name LIKE 'privacy:%' OR s.name LIKE 'block:%')
  ) AS values
  FROM unnest($1::uuid[]) AS q (person)
  CROSS JOIN LATERAL (
    SELECT c.no, c.id FROM member m JOIN conversation c ON c.no = m.conversation
    WHERE m.person = q.person AND m.left_seq IS NULL AND c.kind = ${SELF}
    ORDER BY m.conversation LIMIT 1
  ) c
  ${JOIN_HEAD}`,
};

type ChoicesRow = {
  readonly user: string;
  readonly self: string;
  readonly head: number;
  readonly values: readonly (readonly [name: string, value: unknown])[] | null;
};

export async function readChoices(database: Queryable, users: readonly UserId[]): Promise<readonly Choices[]> {
  const rows = await database.query<ChoicesRow>(READ_CHOICES, [users]);
  return rows.map(({ user, self, head, values }) => ({
    user: toId<UserId>(user),
    self: toId<ConversationId>(self),
    head,
    values: (values ?? []).map(([name, value]) => ({ name, value })),
  }));
}
