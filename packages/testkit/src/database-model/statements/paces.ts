// read_paces and note_paces: when members last wrote in slow mode.
import { NOTE_PACES, READ_PACES } from '@kith/server/store/postgres/paces';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import type { Waiting } from '../table.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';

export const readPaces = reading({ statement: READ_PACES, fingerprint: 'ae47e60c27e1' }, read);
export const notePaces = writing({ statement: NOTE_PACES, fingerprint: '6b53665a6b83' }, note);

function read({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  const conversation = tables.conversation(parameters.uuid(1), snapshot);
  const people = parameters.uuids(2);
  if (!conversation) return [];
  return tables.members.ofConversation(conversation.no).flatMap((slot) => {
    const row = rowSeen(slot, snapshot);
    if (!row || row.pacedAt === null || !people.includes(row.person)) return [];
    return [{ person: row.person, at: row.pacedAt }];
  });
}

function* note(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { members } = execution.tables;
  for (const ordinal of parameters.ints(2)) {
    const slot = members.find('member_pkey', `${parameters.int(1)} ${ordinal}`);
    const row = slot && (yield* execution.hold(members, slot));
    if (slot && row) execution.update(members, slot, { ...row, pacedAt: parameters.bigint(3) });
  }
  return [];
}
