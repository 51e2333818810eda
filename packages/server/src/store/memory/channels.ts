// Public channels, as the memory log lists them: everything from the conversations, at each question.
import { type ChannelQuery, isPublic, type PublicChannel } from '../../core/log.js';
import type { MemoryStore } from './store.js';

export function listChannels(
  { conversations }: MemoryStore,
  { workspace, user, before, limit }: ChannelQuery,
): readonly PublicChannel[] {
  return [...conversations.values()]
    .filter((one) => one.workspace === workspace && isPublic(one.state))
    .filter(({ id }) => before === undefined || id < before)
    .sort((a, b) => (a.id > b.id ? -1 : 1))
    .slice(0, limit)
    .map(({ id, state }) => {
      const { name, settings, size, members } = state;
      return { id, name: name ?? '', settings, size, role: members.get(user)?.role ?? 'none' };
    });
}
