import { replicaStoreContract } from '@kith/testkit/contracts/replica-store';
import { MemoryStores } from './memory.js';

replicaStoreContract('the store in memory', async () => {
  const stores = new MemoryStores();
  return {
    run: async () => stores,
    small: async () => new MemoryStores(400),
    wipe: (name) => stores.remove(name),
    close: async () => {},
  };
});
