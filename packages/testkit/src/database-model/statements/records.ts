// read_records, and the columns that its kin share with it: a conversation with its head, and its members where the asker
// does not know them yet.
import { READ_RECORDS } from '@kith/server/store/postgres/records';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import type { ConversationRow, EntryRow } from '../rows.js';
import { ServerError, SQLSTATE } from '../server-error.js';
import { rowSeen } from '../versions.js';
import { reading } from './modelled.js';

/** As `JSON.stringify` writes it: whole pairs are not escaped. */
const HALF_PAIR = /(?<!\\)(?:\\\\)*\\ud[89a-f]/i;

export const readRecords = reading({ statement: READ_RECORDS, fingerprint: '13e20a26d8f1' }, (execution, parameters) =>
  recordsAsked(execution, parameters).map(({ record }) => record),
);

export type AskedRecord = {
  /** From 0. */
  readonly index: number;
  readonly conversation: ConversationRow;
  readonly head: number;
  readonly record: object;
};

/** `$1` ids, `$2` and `$3` the structures and epochs that are known. Conversations without an entry are not there. */
export function recordsAsked(execution: Execution, parameters: Parameters): readonly AskedRecord[] {
  const { tables, snapshot } = execution;
  const [structures, epochs] = [parameters.bigints(2), parameters.bigints(3)];
  return parameters.uuids(1).flatMap((id, index) => {
    const conversation = tables.conversation(id, snapshot);
    const head = conversation && tables.entries.head(conversation.no, snapshot);
    if (!conversation || !head) return [];
    const isKnown = conversation.structure === at(structures, index) && conversation.epoch === at(epochs, index);
    const { seq, n } = head.row;
    const members = isKnown ? null : membersOf(execution, conversation.no);
    const record = { position: index + 1, ...conversation, head: seq, n, members };
    return [{ index, conversation, head: seq, record }];
  });
}

/** `entryJson`. */
export function storedEntry({ tables, snapshot }: Execution, row: EntryRow): readonly unknown[] {
  const { conversation, seq, n, at: atMs, author, kind, flags, key, body } = row;
  const reader = author < 0 ? rowSeen(tables.members.find('member_pkey', `${conversation} ${author}`), snapshot) : null;
  return [seq, n, atMs, author, kind, flags, key, jsonOf(body), reader?.person ?? null];
}

/** `body::json`. A half of a pair of surrogates is text, but no JSON of PostgreSQL's. */
function jsonOf(body: string): unknown {
  if (!HALF_PAIR.test(body)) return JSON.parse(body);
  throw new ServerError('invalid input syntax for type json', { code: SQLSTATE.invalidText });
}

/** `json_agg` of them, by rising number. */
export function storedEntries(execution: Execution, rows: readonly EntryRow[]): readonly unknown[] | null {
  return aggregated(rows.toSorted((a, b) => a.seq - b.seq).map((row) => storedEntry(execution, row)));
}

/** `json_agg`: nothing is null. */
export function aggregated<T>(values: readonly T[]): readonly T[] | null {
  return values.length === 0 ? null : values;
}

function membersOf({ tables, snapshot }: Execution, no: number): readonly unknown[] | null {
  const rows = tables.members.ofConversation(no).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  const members = rows.filter(({ ordinal }) => ordinal > 0);
  return aggregated(
    members.map((row) => row.folded ?? [row.person, row.ordinal, row.role, row.joined, row.leftSeq, row.first]),
  );
}
