// The contract of what is to be done later, in memory.
import { MemoryLater } from '@kith/server/store/memory/later';
import { laterContract } from '../src/contracts/later.js';

laterContract('the store in memory', () => {
  const store = new MemoryLater();
  return Promise.resolve({ store, other: store, close: () => Promise.resolve() });
});
