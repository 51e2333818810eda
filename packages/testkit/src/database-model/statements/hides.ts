// read_hidden, read_hiding_of and read_hidings: what people hid for themselves.
import { READ_HIDDEN, READ_HIDING_OF, READ_HIDINGS } from '@kith/server/store/postgres/hides';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import type { EntryRow } from '../rows.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading } from './modelled.js';
import { recordsAsked, storedEntries } from './records.js';

const SELF = 4;
const HIDDEN = 27;

export const readHidden = reading({ statement: READ_HIDDEN, fingerprint: '7becfc7c8650' }, hidden);
export const readHidingOf = reading({ statement: READ_HIDING_OF, fingerprint: '48da07aa9397' }, hidingOf);
export const readHidings = reading({ statement: READ_HIDINGS, fingerprint: '419b0c599b1e' }, hidings);

function hidden(execution: Execution, parameters: Parameters): Rows {
  const rows = hidingsIn(execution, ownOf(execution, parameters.uuid(1)));
  const [from, to] = [parameters.ints(3), parameters.ints(4)];
  return parameters.uuids(2).flatMap((id, index) =>
    rows.map(messageOf).flatMap(({ conversation, epoch, seq }) => {
      const isWithin = conversation === id && seq >= at(from, index) && seq <= at(to, index);
      return isWithin ? [{ conversation: id, epoch, seq }] : [];
    }),
  );
}

function hidingOf(execution: Execution, parameters: Parameters): Rows {
  const own = ownOf(execution, parameters.uuid(1));
  if (own === null) return [];
  const rows = hidingsIn(execution, own);
  const found = rows.find((row) => {
    const { conversation, epoch, seq } = messageOf(row);
    return conversation === parameters.uuid(2) && epoch === parameters.bigint(3) && seq === parameters.int(4);
  });
  return [{ count: rows.length, place: found ? [found.seq, found.at] : null }];
}

function hidings(execution: Execution, parameters: Parameters): Rows {
  const [after, limit] = [parameters.bigint(4), parameters.int(5)];
  return recordsAsked(execution, parameters).map(({ conversation, record }) => {
    const rows = hidingsIn(execution, conversation.no).filter(({ seq }) => seq > after);
    return { ...record, entries: storedEntries(execution, rows.slice(0, limit)) };
  });
}

/** The number of a person's own conversation, or null. */
function ownOf({ tables, snapshot }: Execution, person: string): number | null {
  const rows = tables.members.ofPerson(person).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
  const own = rows
    .filter(({ leftSeq }) => leftSeq === null)
    .map(({ conversation }) => conversation)
    .toSorted((a, b) => a - b);
  return own.find((no) => tables.conversationOf(no, snapshot)?.kind === SELF) ?? null;
}

/** By rising number. */
export function hidingsIn({ tables, snapshot }: Execution, own: number | null): readonly EntryRow[] {
  if (own === null) return [];
  const rows = tables.entries.range(own, snapshot, { after: 0, upTo: Number.POSITIVE_INFINITY });
  return rows.filter(({ kind }) => kind === HIDDEN);
}

function messageOf({ body }: EntryRow): {
  readonly conversation: string;
  readonly epoch: number;
  readonly seq: number;
} {
  return (JSON.parse(body) as { message: ReturnType<typeof messageOf> }).message;
}
