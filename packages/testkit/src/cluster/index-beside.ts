// The index of messages beside the log of a cluster, with how far its consumers have got. Nodes share it, each call takes its
// time there and back, and with the database it is away, loses calls and answers, is backed up and put back.
import { ChatError, type ConversationId } from '@kith/protocol';
import type { Clock } from '@kith/server/core/clock';
import type { ConsumerStore } from '@kith/server/core/consumers/consumer-store';
import type { SearchIndex } from '@kith/server/core/search/search-index';
import { type Listed, MemoryConsumers } from '@kith/server/store/memory/consumers';
import { MemorySearch } from '@kith/server/store/memory/search';
import type { MemoryStore } from '@kith/server/store/memory/store';
import type { DatabaseModel } from '../database-model/database-model.js';
import type { SeededRandom } from '../seeded-random.js';

export type IndexParts = {
  readonly store: MemoryStore;
  readonly database: DatabaseModel | null;
  readonly clock: Pick<Clock, 'monotonic'>;
};

export class IndexBeside {
  readonly #database: DatabaseModel | null;
  readonly #search = new MemorySearch();
  readonly #consumers: MemoryConsumers;
  /** The share of calls that are lost, and that of answers. */
  failing = 0;

  constructor({ store, database, clock }: IndexParts) {
    this.#database = database;
    this.#consumers = new MemoryConsumers(database ? listedOf(database) : store, clock);
  }

  /**
   * As a node has it.
   * @param delay what a call takes on its way there, and back
   */
  reachedBy(
    delay: () => Promise<void>,
    random: SeededRandom,
  ): { readonly search: SearchIndex; readonly consumers: ConsumerStore } {
    const over = async <T>(call: () => Promise<T>): Promise<T> => {
      await delay();
      if (this.#database?.isThere === false || random.chance(this.failing)) throw away();
      const done = await call();
      await delay();
      if (random.chance(this.failing)) throw away();
      return done;
    };
    const [search, consumers] = [this.#search, this.#consumers];
    return {
      search: {
        index: (documents) => over(() => search.index(documents)),
        remove: (removals) => over(() => search.remove(removals)),
        query: (query) => over(() => search.query(query)),
      },
      consumers: {
        hold: (consumer, node, forMs) => over(() => consumers.hold(consumer, node, forMs)),
        mark: (consumer) => over(() => consumers.mark(consumer)),
        saveMark: (consumer, mark) => over(() => consumers.saveMark(consumer, mark)),
        positions: (consumer, conversations) => over(() => consumers.positions(consumer, conversations)),
        raise: (consumer, positions) => over(() => consumers.raise(consumer, positions)),
        conversations: (page) => over(() => consumers.conversations(page)),
      },
    };
  }

  /** @returns goes back to what it is now */
  backUp(): () => void {
    const restores = [this.#search.backUp(), this.#consumers.backUp()];
    return () => {
      for (const restore of restores) restore();
    };
  }
}

function away(): ChatError {
  return new ChatError('unavailable', 'the database is away');
}

function listedOf(database: DatabaseModel): Listed {
  return {
    get conversations() {
      const all = database.inspect().conversations();
      return new Map(
        all.map(({ id, epoch, entries }) => {
          const listed = { id: id as ConversationId, state: { epoch, head: entries.length } };
          return [listed.id, listed];
        }),
      );
    },
  };
}
