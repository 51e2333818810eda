// read_pages, read_settings and find_by_time: entries of one conversation.
import { FIND_BY_TIME, READ_PAGES, READ_SETTINGS } from '@kith/server/store/postgres/pages';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading } from './modelled.js';
import { aggregated, recordsAsked, storedEntry } from './records.js';

export const readPages = reading({ statement: READ_PAGES, fingerprint: '5ec519041b8c' }, pages);
export const readSettings = reading({ statement: READ_SETTINGS, fingerprint: 'af244ea605e0' }, settings);
export const findByTime = reading({ statement: FIND_BY_TIME, fingerprint: '626a56101648' }, find);

function pages(execution: Execution, parameters: Parameters): Rows {
  const [afters, upTos, sizes] = [parameters.bigints(4), parameters.bigints(5), parameters.ints(6)];
  const falling = parameters.booleans(7);
  return recordsAsked(execution, parameters).map(({ index, conversation, head, record }) => {
    const [after, size] = [at(afters, index), at(sizes, index)];
    const last = Math.min(at(upTos, index), head);
    const ends = at(falling, index)
      ? { after: Math.max(after, last - size), upTo: last }
      : { after, upTo: Math.min(last, after + size) };
    const entries = execution.tables.entries.range(conversation.no, execution.snapshot, ends);
    return { ...record, entries: aggregated(entries.map(storedEntry)) };
  });
}

function settings(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  return recordsAsked(execution, parameters).map(({ conversation, record }) => {
    const entries = tables.settings.ofConversation(conversation.no).flatMap((slot) => {
      const setting = rowSeen(slot, snapshot);
      return (setting && tables.entries.at(conversation.no, setting.seq, snapshot)?.row) ?? [];
    });
    const sorted = entries.toSorted((a, b) => a.seq - b.seq);
    return { ...record, entries: aggregated(sorted.map(storedEntry)) };
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
