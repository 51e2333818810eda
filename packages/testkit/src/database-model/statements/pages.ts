// read_pages, read_edited, read_settings and find_by_time: entries of one conversation.
import { FIND_BY_TIME, READ_EDITED, READ_PAGES, READ_SETTINGS } from '@kith/server/store/postgres/pages';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading } from './modelled.js';
import { type AskedRecord, recordsAsked, storedEntries } from './records.js';

const EDITED = 8;
const REACTED = 10;

export const readPages = reading({ statement: READ_PAGES, fingerprint: '093c376faaa0' }, pages);
export const readEdited = reading({ statement: READ_EDITED, fingerprint: '30b0b01d028d' }, edited);
export const readSettings = reading({ statement: READ_SETTINGS, fingerprint: '84b569691cd8' }, settings);
export const findByTime = reading({ statement: FIND_BY_TIME, fingerprint: '626a56101648' }, find);

function pages(execution: Execution, parameters: Parameters): Rows {
  return recordsAsked(execution, parameters).map((asked) => {
    const ends = endsOf(asked, parameters);
    const entries = execution.tables.entries.range(asked.conversation.no, execution.snapshot, ends);
    return { ...asked.record, entries: storedEntries(entries) };
  });
}

/** A page with the last edit and the last reaction of each message in it, and what one person has reacted with. */
function edited(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  const [upToChange, person] = [parameters.bigint(8), parameters.uuid(9)];
  return recordsAsked(execution, parameters).map((asked) => {
    const { no } = asked.conversation;
    const ends = endsOf(asked, parameters);
    const last = new Map<string, number>();
    for (const slot of tables.amendments.ofConversation(no)) {
      const row = rowSeen(slot, snapshot);
      const isIn = row && row.target > ends.after && row.target <= ends.upTo;
      const isCounted = row && (row.kind === EDITED || row.kind === REACTED) && row.seq <= upToChange;
      if (isIn && isCounted) last.set(`${row.target} ${row.kind}`, row.seq);
    }
    const seqs = [...last.values()].sort((a, b) => a - b);
    const changes = seqs.flatMap((seq) => tables.entries.at(no, seq, snapshot)?.row ?? []);
    const entries = tables.entries.range(no, snapshot, ends);
    const member = rowSeen(tables.members.find('member_person', `${person} ${no}`), snapshot);
    const own = entries.flatMap(({ seq: target }) =>
      tables.reactions
        .ofTarget(no, target, snapshot)
        .flatMap(({ ordinal, emoji }) => (ordinal === member?.ordinal ? [[target, emoji]] : [])),
    );
    return {
      ...asked.record,
      entries: storedEntries(entries),
      changes: storedEntries(changes),
      own: own.length > 0 ? own : null,
    };
  });
}

/** Above the one, up to the other. */
function endsOf({ index, head }: AskedRecord, parameters: Parameters): { after: number; upTo: number } {
  const [after, size] = [at(parameters.bigints(4), index), at(parameters.ints(6), index)];
  const upTo = Math.min(at(parameters.bigints(5), index), head);
  const isFalling = at(parameters.booleans(7), index);
  return isFalling ? { after: Math.max(after, upTo - size), upTo } : { after, upTo: Math.min(upTo, after + size) };
}

function settings(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  return recordsAsked(execution, parameters).map(({ conversation, record }) => {
    const entries = tables.settings.ofConversation(conversation.no).flatMap((slot) => {
      const setting = rowSeen(slot, snapshot);
      return (setting && tables.entries.at(conversation.no, setting.seq, snapshot)?.row) ?? [];
    });
    return { ...record, entries: storedEntries(entries) };
  });
}

function find({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  const conversation = tables.conversation(parameters.uuid(1), snapshot);
  const head = conversation && tables.entries.head(conversation.no, snapshot);
  if (!conversation || !head) return [];
  const atMs = parameters.bigint(2);
  let older = 0;
  let found = head.row.seq + 1;
  while (found - older > 1) {
    const middle = Math.floor((older + found) / 2);
    const entry = tables.entries.at(conversation.no, middle, snapshot);
    if (!entry) return [];
    if (entry.row.at < atMs) older = middle;
    else found = middle;
  }
  return [{ found }];
}
