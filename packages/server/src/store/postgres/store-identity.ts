// Who the store is: its identity, by which another one in its place is noticed, and the key of its digests.
import type { Queryable, Statement } from './pool.js';

export type StoreRow = { readonly id: string; readonly secret: Buffer };

export const READ_STORE: Statement = { name: 'read_store', text: 'SELECT s.id, s.secret FROM store s WHERE s.one' };

export async function readStore(database: Queryable): Promise<StoreRow> {
  const [store] = await database.query<StoreRow>(READ_STORE);
  if (!store) throw new Error('the store has no identity');
  return store;
}
