// Which messages have had their time, in memory: looked for in all entries, at each question.
import { type ConversationId, type Entry, toId, type WorkspaceId } from '@kith/protocol';
import type { DueMessage, DueMessages, DueQuery } from '../../core/disappearing/due-messages.js';
import { isOver } from '../../core/disappearing/lifetime.js';
import type { MemoryStore } from './store.js';

type Log = {
  readonly workspace: WorkspaceId;
  readonly id: ConversationId;
  readonly entries: readonly Entry[];
};

export class MemoryDueMessages implements DueMessages {
  readonly #store: MemoryStore;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  due(query: DueQuery): Promise<readonly DueMessage[]> {
    const logs = [...this.#store.conversations.values()].map(({ id, workspace, entries }) => {
      return { id, workspace, entries: entries.map(({ entry }) => entry) };
    });
    return Promise.resolve(dueIn(logs, query));
  }
}

/** Looks through all entries of these logs. */
export function dueIn(logs: readonly Log[], { nowMs, after, limit }: DueQuery): readonly DueMessage[] {
  const all = logs.flatMap(({ id: conversation, workspace, entries }) =>
    entries.flatMap((entry): DueMessage[] => {
      const { kind, author, seq, body } = entry;
      if (kind !== 'message.sent' || author === undefined || !isOver(entry, nowMs)) return [];
      const disappearAt = Number(body.disappearAt);
      const position = `${String(disappearAt).padStart(16, '0')} ${conversation} ${String(seq).padStart(16, '0')}`;
      return [{ workspace, conversation, seq, author: toId(author), disappearAt, position }];
    }),
  );
  const rising = all.sort((a, b) => (a.position < b.position ? -1 : 1));
  return rising.filter(({ position }) => after === null || position > after).slice(0, limit);
}
