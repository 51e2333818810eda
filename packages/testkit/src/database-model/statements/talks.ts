// read_talks: whom a person wrote to in direct conversations lately.
import { TALKED } from '@kith/server/core/talks';
import { READ_TALKS } from '@kith/server/store/postgres/talks';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading } from './modelled.js';

const DIRECT = 1;
const SENT = 6;

export const readTalks = reading({ statement: READ_TALKS, fingerprint: '9b396a5d0127' }, read);

function read({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  const [person, workspace] = [parameters.uuid(1), parameters.uuid(2)];
  const own = tables.members.ofPerson(person).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  const direct = own
    .filter(({ conversation, leftSeq }) => {
      const row = tables.conversationOf(conversation, snapshot);
      return leftSeq === null && row?.kind === DIRECT && row.workspace === workspace;
    })
    .toSorted((a, b) => b.conversation - a.conversation)
    .slice(0, TALKED.conversations);
  return direct.flatMap(({ conversation, ordinal }) => {
    const members = tables.members.ofConversation(conversation).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
    const peer = members.find((member) => member.ordinal !== ordinal);
    const times: number[] = [];
    let looked = 0;
    for (const { row } of tables.entries.falling(conversation, snapshot, Number.MAX_SAFE_INTEGER)) {
      if (looked === TALKED.entries) break;
      looked += 1;
      if (row.author === ordinal && row.kind === SENT) times.unshift(row.at);
    }
    return peer && times.length > 0 ? [{ user: peer.person, times }] : [];
  });
}
