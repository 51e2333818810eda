// read_choices: what people chose of who sees and reaches them.
import { READ_CHOICES } from '@kith/server/store/postgres/choices';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading } from './modelled.js';
import { aggregated } from './records.js';

const SELF = 4;

export const readChoices = reading({ statement: READ_CHOICES, fingerprint: '9a0fb0afed73' }, read);

function read(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  return parameters.uuids(1).flatMap((person) => {
    const rows = tables.members.ofPerson(person).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
    const present = rows.filter(({ leftSeq }) => leftSeq === null);
    const [own] = present
      .flatMap(({ conversation }) => tables.conversationOf(conversation, snapshot) ?? [])
      .filter(({ kind }) => kind === SELF)
      .toSorted((a, b) => a.no - b.no);
    const head = own && tables.entries.head(own.no, snapshot);
    if (!own || !head) return [];
    const settings = tables.settings.ofConversation(own.no).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
    const values = settings.flatMap(({ name, seq }) => {
      const body = /^(?:privacy|block):/.test(name) ? tables.entries.at(own.no, seq, snapshot)?.row.body : undefined;
      return body === undefined ? [] : [[name, (JSON.parse(body) as { value?: unknown }).value ?? null]];
    });
    return { user: person, self: own.id, head: head.row.seq, values: aggregated(values) };
  });
}
