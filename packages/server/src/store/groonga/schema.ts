// The tables of the index in Groonga, made where they are not there, and what tells this index from another one.
import { randomUUID } from 'node:crypto';
import type { Groonga, Params } from './groonga.js';

const HASH = 'TABLE_HASH_KEY';
const TABLES: readonly Params[] = [
  { name: 'Kith', flags: HASH, key_type: 'ShortText' },
  { name: 'Tokens', flags: HASH, key_type: 'Int32' },
  { name: 'Conversations', flags: HASH, key_type: 'ShortText' },
  /** `<conversation>/<seq>` */
  { name: 'Places', flags: HASH, key_type: 'ShortText' },
  /** `<conversation>/<seq>/<epoch>/<version>` */
  { name: 'Messages', flags: HASH, key_type: 'ShortText' },
];
const COLUMNS: readonly Params[] = [
  { table: 'Kith', name: 'value', type: 'ShortText' },
  { table: 'Messages', name: 'place', type: 'Places' },
  { table: 'Messages', name: 'conversation', type: 'Conversations' },
  { table: 'Messages', name: 'epoch', type: 'Int64' },
  { table: 'Messages', name: 'seq', type: 'Int64' },
  { table: 'Messages', name: 'version', type: 'Int64' },
  { table: 'Messages', name: 'at', type: 'Int64' },
  /** Folded. */
  { table: 'Messages', name: 'text', type: 'LongText' },
  { table: 'Messages', name: 'tokens', type: 'Tokens', flags: 'COLUMN_VECTOR' },
  ...[
    ['Tokens', 'tokens'],
    ['Conversations', 'conversation'],
    ['Places', 'place'],
  ].map(([table = '', source = '']) => ({ table, name: 'messages', type: 'Messages', source, flags: 'COLUMN_INDEX' })),
];

/** @returns the identity of the index, drawn when its tables are made */
export async function prepare(engine: Groonga): Promise<string> {
  for (const table of TABLES) await engine.make('table_create', table);
  for (const column of COLUMNS) await engine.make('column_create', { flags: 'COLUMN_SCALAR', ...column });
  const identity = { _key: 'identity', value: randomUUID() };
  // Of two nodes that make it at once one is first.
  await engine.load({ table: 'Kith', ifexists: 'false' }, [identity]);
  const [row] = await engine.select({ table: 'Kith', filter: '_key == "identity"', output_columns: 'value' });
  return String(row?.[0]);
}
