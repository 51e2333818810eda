import { replicaStoreContract, sharedStoreContract } from '@kith/testkit/contracts/replica-store';
import { MemoryStores } from './memory.js';

async function makeDevice() {
  const stores = new MemoryStores();
  return {
    run: async () => stores,
    small: async () => new MemoryStores(400),
    wipe: (name: string) => stores.remove(name),
    close: async () => {},
  };
}

replicaStoreContract('the store in memory', makeDevice);
sharedStoreContract('the store in memory', makeDevice);
