// Writes that rest on the heads of other conversations: rule LOG105 of docs/contracts.md.
import type { Write } from '../../core/log.js';
import type { MemoryStore } from './store.js';

/** Appends in the step in which it was seen that nothing has moved, and else once the write was judged again. */
export async function onGrounds<T>({ conversations }: MemoryStore, { restsOn }: Write, append: () => T): Promise<T> {
  const hasMoved = restsOn?.heads.some(
    ({ conversation, head }) => conversations.get(conversation)?.state.head !== head,
  );
  if (hasMoved) await restsOn?.again();
  return append();
}
