// What the nodes of a cluster share, as the world treats it: it is read behind the back of all that is tested, backed up, and
// put back. Either the log in memory, or the model of the database.
import type { Cluster } from '@kith/testkit/cluster/cluster';
import type { FinalLog } from '../history/history.js';
import type { Truth } from '../history/recorder.js';

export interface WorldStore extends Truth {
  /** From now on `restore` goes back to this moment. */
  backUp(): void;
  /** Goes back to the last backup, under other epochs. */
  restore(): void;
}

export function storeOf({ store, database, index, later }: Cluster): WorldStore {
  const log = database ? new DatabaseStore(database) : new StoreInMemory(store);
  let restoreIndex = index.backUp();
  let restoreLater = later.backUp();
  return {
    get version() {
      return log.version;
    },
    logs: () => log.logs(),
    backUp() {
      log.backUp();
      restoreIndex = index.backUp();
      restoreLater = later.backUp();
    },
    restore() {
      log.restore();
      restoreIndex();
      restoreLater();
    },
  };
}

class StoreInMemory implements WorldStore {
  readonly #store: Cluster['store'];
  #backup;

  constructor(store: Cluster['store']) {
    this.#store = store;
    this.#backup = store.snapshot();
  }

  get version(): number {
    return this.#store.change;
  }

  *logs(): Generator<FinalLog> {
    for (const { id, state, first, entries, marks } of this.#store.conversations.values()) {
      yield {
        conversation: id,
        epoch: state.epoch,
        ...(first > 1 ? { first } : {}),
        entries: entries.map(({ entry }) => entry),
        marks: [...marks].map(([user, { delivered, read }]) => ({ user, delivered, read })),
      };
    }
  }

  backUp(): void {
    this.#backup = this.#store.snapshot();
  }

  restore(): void {
    this.#store.restore(this.#backup);
  }
}

class DatabaseStore implements WorldStore {
  readonly #database: NonNullable<Cluster['database']>;
  #backup;

  constructor(database: NonNullable<Cluster['database']>) {
    this.#database = database;
    this.#backup = database.snapshot();
  }

  get version(): string {
    return this.#database.version;
  }

  *logs(): Generator<FinalLog> {
    const inspection = this.#database.inspect();
    for (const { id, epoch, entries } of inspection.conversations()) {
      const marks = inspection.marksIn(id).filter(({ delivered }) => delivered > 0);
      yield { conversation: id, epoch, entries, marks };
    }
  }

  backUp(): void {
    this.#backup = this.#database.snapshot();
  }

  restore(): void {
    this.#database.restore(this.#backup);
  }
}
