// append_N: the messages of many conversations as one INSERT, with their row of the change feed.
import { appendStatement } from '@kith/server/store/postgres/append-batch';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import { type EntryRow, NAMES_NOTHING } from '../rows.js';
import { ServerError, SQLSTATE } from '../server-error.js';
import type { Waiting } from '../table.js';
import { type Rows, writing } from './modelled.js';

/** `$1` the conversations of the feed, `$2` their heads; `$3` and `$4` those that it rests on; then the columns of each row. */
const FIRST = 5;
const COLUMNS = 10;
const NAME = /^append_\d+$/;

const TWO = appendStatement(2);
/** Of an append of any size, one without a name too. */
const BEGINNING = TWO.text.slice(0, TWO.text.indexOf('$3'));

/** Appends of every size are of one text. */
export const append = writing({ statement: TWO, fingerprint: '2283b27521a5' }, appendRows);

/** @param name or the text, where the statement has none */
export function isAppend(name: string): boolean {
  return NAME.test(name) || name.startsWith(BEGINNING);
}

function* appendRows(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const conversations = parameters.ints(1);
  const heads = parameters.ints(2);
  const rows: EntryRow[] = [];
  for (let first = FIRST; first <= parameters.count; first += COLUMNS) rows.push(rowAt(parameters, first));
  for (const row of rows) yield* execution.insert(execution.tables.entries, row);
  // PostgreSQL runs what nobody reads from last.
  requireGrounds(execution, parameters);
  const xid = execution.xid();
  yield* execution.insert(execution.tables.feed, { ...NAMES_NOTHING, xid, conversations, heads });
  return [];
}

function requireGrounds({ tables, snapshot }: Execution, parameters: Parameters): void {
  const heads = parameters.ints(4);
  for (const [index, id] of parameters.uuids(3).entries()) {
    const conversation = tables.conversation(id, snapshot);
    const head = conversation && tables.entries.head(conversation.no, snapshot);
    if (!head || head.row.seq === at(heads, index)) continue;
    throw new ServerError('division by zero', { code: SQLSTATE.divisionByZero });
  }
}

function rowAt(parameters: Parameters, first: number): EntryRow {
  return {
    conversation: parameters.int(first),
    seq: parameters.int(first + 1),
    at: parameters.bigint(first + 2),
    n: parameters.int(first + 3),
    author: parameters.int(first + 4),
    kind: parameters.smallint(first + 5),
    flags: parameters.smallint(first + 6),
    key: parameters.uuid(first + 7),
    digest: parameters.bytes(first + 8),
    body: parameters.text(first + 9),
  };
}
