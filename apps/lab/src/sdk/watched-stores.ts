// Stores that do what others do, and tell how much has been kept: so that the bench knows when an entry is in the store, and
// in how many batches.
import type { ReplicaStore, ReplicaStores } from '@kith/sdk';

export class WatchedStores implements ReplicaStores {
  readonly isDurable: boolean;
  /** Of all stores that were opened through this. */
  readonly kept = { batches: 0, entries: 0 };
  readonly #stores: ReplicaStores;
  readonly #waiting = new Set<{ readonly entries: number; readonly resolve: () => void }>();

  constructor(stores: ReplicaStores) {
    this.#stores = stores;
    this.isDurable = stores.isDurable;
  }

  async open(name: string): Promise<ReplicaStore> {
    const store = await this.#stores.open(name);
    return {
      load: () => store.load(),
      entries: (query) => store.entries(query),
      clear: () => store.clear(),
      close: () => store.close(),
      write: async (batch) => {
        await store.write(batch);
        this.kept.batches += 1;
        this.kept.entries += batch.entries?.length ?? 0;
        for (const one of this.#waiting) if (this.kept.entries >= one.entries) one.resolve();
      },
    };
  }

  remove(name: string): Promise<void> {
    return this.#stores.remove(name);
  }

  /** Resolves when so many entries have been kept. */
  until(entries: number): Promise<void> {
    if (this.kept.entries >= entries) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ entries, resolve }));
  }
}
