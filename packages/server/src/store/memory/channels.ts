// Public channels as the memory store finds them: among all conversations, the newest first.
import type { ChannelQuery, PublicChannel } from '../../core/log.js';
import { isPublic } from '../../core/log.js';
import { countReaders, standingOf } from './readers.js';
import type { MemoryStore } from './store.js';

export function channelsOf(
  store: MemoryStore,
  { workspace, user, before, limit }: ChannelQuery,
): readonly PublicChannel[] {
  return [...store.conversations.values()]
    .filter((one) => one.workspace === workspace && isPublic(one.state))
    .filter(({ id }) => before === undefined || id < before)
    .sort((a, b) => (a.id > b.id ? -1 : 1))
    .slice(0, limit)
    .map((found) => {
      const { name, settings, size } = found.state;
      const { role = 'none' } = standingOf(found, user) ?? {};
      return { id: found.id, name: name ?? '', settings, size, readers: countReaders(found), role };
    });
}
