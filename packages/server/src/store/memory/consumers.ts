// Where consumers of the log keep how far they have got, in memory: plain, for tests and simulations. Nodes share one.
import type { ConversationId, Cursor } from '@kith/protocol';
import type { ConsumerStore, ConversationPage, Position } from '../../core/consumers/consumer-store.js';
import type { MemoryStore } from './store.js';

export class MemoryConsumers implements ConsumerStore {
  readonly #store: MemoryStore;
  readonly #marks = new Map<string, Cursor>();
  readonly #positions = new Map<string, Position>();

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  mark(consumer: string): Promise<Cursor | null> {
    return Promise.resolve(this.#marks.get(consumer) ?? null);
  }

  saveMark(consumer: string, mark: Cursor): Promise<void> {
    this.#marks.set(consumer, mark);
    return Promise.resolve();
  }

  positions(
    consumer: string,
    conversations: readonly ConversationId[],
  ): Promise<ReadonlyMap<ConversationId, Position>> {
    const found = conversations.flatMap((id) => {
      const position = this.#positions.get(`${consumer} ${id}`);
      return position ? [[id, position] as const] : [];
    });
    return Promise.resolve(new Map(found));
  }

  raise(consumer: string, positions: readonly (Position & { readonly conversation: ConversationId })[]): Promise<void> {
    for (const { conversation, epoch, seq } of positions) {
      const name = `${consumer} ${conversation}`;
      const present = this.#positions.get(name) ?? { epoch: -1, seq: 0 };
      const isAbove = epoch > present.epoch || (epoch === present.epoch && seq > present.seq);
      if (isAbove) this.#positions.set(name, { epoch, seq });
    }
    return Promise.resolve();
  }

  conversations({
    after,
    limit,
  }: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<ConversationPage> {
    const rest = [...this.#store.conversations.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .filter(({ id }) => after === null || id > after);
    const items = rest.slice(0, limit).map(({ id, state }) => ({ id, epoch: state.epoch, head: state.head }));
    return Promise.resolve({ items, next: rest.length > limit ? (items.at(-1)?.id ?? null) : null });
  }
}
