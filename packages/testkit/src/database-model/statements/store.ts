// read_store and read_server, which every new connection asks; raise_epoch, for a conversation that has lost its tail.
import { RAISE_EPOCH } from '@kith/server/store/postgres/epochs';
import { READ_SERVER } from '@kith/server/store/postgres/pool';
import { READ_STORE } from '@kith/server/store/postgres/store-identity';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import { type ConversationRow, NAMES_NOTHING } from '../rows.js';
import type { Waiting } from '../table.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';

const VERSION = 180_000;
const READER = 1;

export const readServer = reading({ statement: READ_SERVER, fingerprint: '47350295b3d0' }, () => [
  { version: VERSION, fsync: 'on', encoding: 'UTF8' },
]);

export const readStore = reading({ statement: READ_STORE, fingerprint: '77c79f862dc1' }, ({ tables, snapshot }) => {
  const row = rowSeen(tables.store.find('store_pkey', 'one'), snapshot);
  return row ? [{ id: row.id, secret: row.secret }] : [];
});

export const raiseEpoch = writing({ statement: RAISE_EPOCH, fingerprint: 'ccf2ff98567e' }, raise);

function* raise(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { tables, snapshot } = execution;
  const raised = yield* raiseOne(execution, parameters);
  if (!raised) return [];
  // As of the statement's beginning. Whoever raises has read a head.
  const head = tables.entries.head(raised.no, snapshot)?.row.seq;
  if (head === undefined) throw new Error('the epoch of an empty conversation was raised');
  const xid = execution.xid();
  yield* execution.insert(tables.feed, { ...NAMES_NOTHING, xid, conversations: [raised.no], heads: [head] });
  yield* renewLine(execution);
  for (const slot of tables.members.ofConversation(raised.no)) {
    if (!rowSeen(slot, snapshot)) continue;
    const row = yield* execution.hold(tables.members, slot);
    if (!row) continue;
    const capped = { delivered: Math.min(row.delivered, head), read: Math.min(row.read, head), changed: xid };
    const first = row.role === READER ? Math.min(row.first, head + 1) : row.first;
    execution.update(tables.members, slot, { ...row, ...capped, first });
  }
  for (const slot of tables.followers.slots()) {
    if (rowSeen(slot, snapshot)?.conversation !== raised.no) continue;
    const row = yield* execution.hold(tables.followers, slot);
    if (row) execution.update(tables.followers, slot, { ...row, read: Math.min(row.read, head), changed: xid });
  }
  return [];
}

function* raiseOne(execution: Execution, parameters: Parameters): Waiting<ConversationRow | null> {
  const { conversations } = execution.tables;
  const [epoch, nowMs] = [parameters.bigint(2), parameters.bigint(3)];
  const slot = conversations.find('conversation_pkey', parameters.int(1));
  if (!slot || rowSeen(slot, execution.snapshot)?.epoch !== epoch) return null;
  const row = yield* execution.hold(conversations, slot);
  if (row?.epoch !== epoch) return null;
  execution.update(conversations, slot, { ...row, epoch: Math.max(epoch + 1, nowMs) });
  return row;
}

function* renewLine(execution: Execution): Waiting<void> {
  const { store } = execution.tables;
  const slot = store.find('store_pkey', 'one');
  const row = slot && (yield* execution.hold(store, slot));
  if (slot && row) execution.update(store, slot, { ...row, line: row.line + 1 });
}
