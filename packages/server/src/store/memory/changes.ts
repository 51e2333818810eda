// The change feed of the memory store: what happened since a mark, found again in everything there is.
import { type Cursor, type UserId, usersChangedBy } from '@kith/protocol';
import type { Changes } from '../../core/log.js';
import { cursorAt, parseCursor } from './cursor.js';
import { seatedSince } from './readers.js';
import type { MemoryStore } from './store.js';
import { readsSince } from './summaries.js';
import { threadsSince } from './threads.js';

export function changesSince(store: MemoryStore, mark: Cursor | null): Changes {
  // A mark of another store names nothing that can be left out, so everything has changed.
  const since = mark === null ? store.change : (parseCursor(store, mark) ?? 0);
  const fresh = [...store.conversations.values()]
    .map(({ id, state, entries }) => ({ id, head: state.head, fresh: entries.filter((e) => e.change > since) }))
    .filter(({ fresh }) => fresh.length > 0);
  return {
    mark: cursorAt(store, store.change),
    conversations: fresh.map(({ id, head }) => ({ id, head })),
    members: [
      ...fresh.flatMap(({ id, fresh }) => {
        const users = new Set(fresh.flatMap(({ entry }) => usersChangedBy(entry) as readonly UserId[]));
        return [...users].map((user) => ({ conversation: id, user }));
      }),
      ...seatedSince(store, since),
    ],
    reads: readsSince(store, since),
    threads: threadsSince(store, since),
    trimmed: [...store.conversations.values()].flatMap(({ id, state, first, trimmed }) =>
      trimmed > since ? { id, epoch: state.epoch, first } : [],
    ),
    revoked: store.revoked.filter(({ change }) => change > since).map(({ session }) => session),
  };
}
