// What the memory log tells of people: what they chose of who sees them and whom they write to.
import { toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { Choices } from '../../core/grounds.js';

import { TALKED, type Talk } from '../../core/talks.js';
import type { MemoryStore } from './store.js';

const RESERVED = /^(?:privacy|block):/;

export function choicesOf({ conversations }: MemoryStore, users: readonly UserId[]): readonly Choices[] {
  return [...conversations.values()].flatMap(({ id: self, state, entries }) => {
    const [user] = state.kind === 'self' ? state.members.keys() : [];
    if (user === undefined || !users.includes(toId<UserId>(user))) return [];
    const values = new Map<string, unknown>();
    for (const { kind, body } of entries.map(({ entry }) => entry)) {
      const name = String(body.name);
      if (kind === 'setting.set' && RESERVED.test(name)) values.set(name, body.value);
    }
    const listed = [...values].map(([name, value]) => ({ name, value }));
    return { user: toId<UserId>(user), self, head: state.head, values: listed };
  });
}

export function talksOf(
  { conversations }: MemoryStore,
  { workspace, user }: { readonly workspace: WorkspaceId; readonly user: UserId },
): readonly Talk[] {
  return [...conversations.values()]
    .filter((one) => one.workspace === workspace && one.state.kind === 'direct' && one.state.members.has(user))
    .slice(-TALKED.conversations)
    .flatMap(({ state, entries }) => {
      const peer = [...state.members.keys()].find((other) => other !== user);
      const times = entries
        .slice(-TALKED.entries)
        .flatMap(({ entry }) => (entry.author === user && entry.kind === 'message.sent' ? entry.at : []));
      return peer === undefined || times.length === 0 ? [] : [{ user: toId<UserId>(peer), times }];
    });
}
