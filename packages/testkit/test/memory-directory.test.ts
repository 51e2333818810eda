// The contract of the directory on the directory in memory.
import type { SessionId } from '@kith/protocol';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { directoryContract } from '../src/contracts/directory.js';

directoryContract('the directory in memory', () => {
  const revoked: SessionId[] = [];
  const directory = new MemoryDirectory((session) => revoked.push(session));
  return Promise.resolve({
    directory,
    other: directory,
    revoked: () => Promise.resolve(revoked),
    close: () => Promise.resolve(),
  });
});
