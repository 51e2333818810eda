// The contracts of bots on the store in memory.
import type { SessionId } from '@kith/protocol';
import { MemoryBots } from '@kith/server/store/memory/bots';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { botsContract } from '../src/contracts/bots.js';

botsContract('the store in memory', () => {
  const revoked: SessionId[] = [];
  const directory = new MemoryDirectory((session) => revoked.push(session));
  const bots = new MemoryBots(directory.communities);
  return Promise.resolve({
    ...{ directory, other: directory, bots, otherBots: bots },
    revoked: () => Promise.resolve(revoked),
    close: () => Promise.resolve(),
  });
});
