// read_pages, read_edited, read_thread_…, read_settings and find_by_time: entries of one conversation.
import { FIND_BY_TIME, READ_EDITED, READ_PAGES, READ_SETTINGS } from '@kith/server/store/postgres/pages';
import { READ_THREAD } from '@kith/server/store/postgres/threads';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import type { EntryRow } from '../rows.js';
import { voteKey } from '../tables.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading } from './modelled.js';
import { type AskedRecord, aggregated, recordsAsked, storedEntries } from './records.js';

const SENT = 6;
const EDITED = 8;
const REACTED = 10;
const PINNED = 14;
const VOTED = 32;
const CLOSED = 28;

export const readPages = reading({ statement: READ_PAGES, fingerprint: '436d94a8b62d' }, pages);
export const readEdited = reading({ statement: READ_EDITED, fingerprint: 'b305273fc118' }, edited);
export const readThreadRising = reading(
  { statement: READ_THREAD.lower, fingerprint: 'e1620c046add' },
  (execution, parameters) => thread(execution, parameters, 'lower'),
);
export const readThreadFalling = reading(
  { statement: READ_THREAD.upper, fingerprint: '887d098e56e9' },
  (execution, parameters) => thread(execution, parameters, 'upper'),
);
export const readSettings = reading({ statement: READ_SETTINGS, fingerprint: '6f15f531fa42' }, settings);
export const findByTime = reading({ statement: FIND_BY_TIME, fingerprint: '626a56101648' }, find);

function pages(execution: Execution, parameters: Parameters): Rows {
  return recordsAsked(execution, parameters).map((asked) => {
    const ends = endsOf(asked, parameters);
    const entries = execution.tables.entries.range(asked.conversation.no, execution.snapshot, ends);
    return { ...asked.record, entries: storedEntries(execution, entries) };
  });
}

/** A page with the last change of each kind of each message in it, and what one person has reacted with. */
function edited(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  return recordsAsked(execution, parameters).map((asked) => {
    const { no } = asked.conversation;
    const entries = tables.entries.range(no, snapshot, endsOf(asked, parameters));
    const wish = { no, person: parameters.uuid(9), upToChange: parameters.bigint(8) };
    return { ...asked.record, entries: storedEntries(execution, entries), ...changed(execution, entries, wish) };
  });
}

/** The first message of a thread, and those that answer it, from either end. */
function thread(execution: Execution, parameters: Parameters, from: 'lower' | 'upper'): Rows {
  const { tables, snapshot } = execution;
  const [first, after, upTo] = [parameters.bigint(8), parameters.bigint(4), parameters.bigint(5)];
  const limit = parameters.int(6);
  return recordsAsked(execution, parameters).map((asked) => {
    const { no } = asked.conversation;
    const answers = tables.amendments.ofTarget(no, first).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
    const all = [first, ...answers.flatMap(({ kind, seq }) => (kind === SENT ? seq : []))];
    const seqs = all.filter((seq) => seq > after && seq <= upTo);
    const taken = from === 'lower' ? seqs.slice(0, limit) : seqs.slice(-limit);
    const entries = taken.flatMap((seq) => tables.entries.at(no, seq, snapshot)?.row ?? []);
    const wish = { no, person: parameters.uuid(7), upToChange: parameters.bigint(9) };
    return { ...asked.record, entries: storedEntries(execution, entries), ...changed(execution, entries, wish) };
  });
}

type Changed = { readonly no: number; readonly person: string; readonly upToChange: number };

function changed(execution: Execution, entries: readonly EntryRow[], { no, person, upToChange }: Changed) {
  const { tables, snapshot } = execution;
  const member = rowSeen(tables.members.find('member_person', `${person} ${no}`), snapshot);
  const seqs = entries.flatMap(({ seq: target }) => {
    const rows = tables.amendments.ofTarget(no, target).flatMap((slot) => rowSeen(slot, snapshot) ?? []);
    return [SENT, EDITED, REACTED, PINNED, VOTED, CLOSED].flatMap(
      (wanted) => rows.findLast(({ kind, seq }) => kind === wanted && seq <= upToChange)?.seq ?? [],
    );
  });
  const rows = seqs.sort((a, b) => a - b).flatMap((seq) => tables.entries.at(no, seq, snapshot)?.row ?? []);
  const own = entries.flatMap(({ seq: target }) =>
    tables.reactions
      .ofTarget(no, target, snapshot)
      .flatMap(({ ordinal, emoji }) => (ordinal === member?.ordinal ? [[target, emoji]] : [])),
  );
  const votes = entries.flatMap(({ seq: target }) => {
    const key = member && voteKey({ conversation: no, ordinal: member.ordinal, target });
    const vote = key ? rowSeen(tables.votes.find('vote_pkey', key), snapshot) : null;
    return vote ? [[target, vote.choices]] : [];
  });
  return { changes: storedEntries(execution, rows), own: aggregated(own), votes: aggregated(votes) };
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
    return { ...record, entries: storedEntries(execution, entries) };
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
