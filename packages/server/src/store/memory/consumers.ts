// Where consumers of the log keep how far they have got, in memory: plain, for tests and simulations. Nodes share one.
import type { ConversationId, Cursor } from '@kith/protocol';
import type { Clock } from '../../core/clock.js';
import type { ConsumerStore, ConversationPage, Position } from '../../core/consumers/consumer-store.js';

/** The conversations of a store, as many as a consumer has to know of them. */
export type Listed = {
  readonly conversations: ReadonlyMap<
    ConversationId,
    { readonly id: ConversationId; readonly state: { readonly epoch: number; readonly head: number } }
  >;
};

type Kept = { readonly marks: Map<string, Cursor>; readonly positions: Map<string, Position> };

export class MemoryConsumers implements ConsumerStore {
  readonly #store: Listed;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #holders = new Map<string, { readonly node: string; readonly untilMs: number }>();
  #kept: Kept = { marks: new Map(), positions: new Map() };

  /** @param store what is listed: a `MemoryStore` is one */
  constructor(store: Listed, clock: Pick<Clock, 'monotonic'>) {
    this.#store = store;
    this.#clock = clock;
  }

  hold(consumer: string, node: string, forMs: number): Promise<boolean> {
    const nowMs = this.#clock.monotonic();
    const present = this.#holders.get(consumer);
    if (present !== undefined && present.node !== node && present.untilMs > nowMs) return Promise.resolve(false);
    this.#holders.set(consumer, { node, untilMs: nowMs + forMs });
    return Promise.resolve(true);
  }

  mark(consumer: string): Promise<Cursor | null> {
    return Promise.resolve(this.#kept.marks.get(consumer) ?? null);
  }

  saveMark(consumer: string, mark: Cursor): Promise<void> {
    this.#kept.marks.set(consumer, mark);
    return Promise.resolve();
  }

  positions(
    consumer: string,
    conversations: readonly ConversationId[],
  ): Promise<ReadonlyMap<ConversationId, Position>> {
    const found = conversations.flatMap((id) => {
      const position = this.#kept.positions.get(`${consumer} ${id}`);
      return position ? [[id, position] as const] : [];
    });
    return Promise.resolve(new Map(found));
  }

  raise(consumer: string, positions: readonly (Position & { readonly conversation: ConversationId })[]): Promise<void> {
    for (const { conversation, epoch, seq } of positions) {
      const name = `${consumer} ${conversation}`;
      const present = this.#kept.positions.get(name) ?? { epoch: -1, seq: 0 };
      const isAbove = epoch > present.epoch || (epoch === present.epoch && seq > present.seq);
      if (isAbove) this.#kept.positions.set(name, { epoch, seq });
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

  /** @returns goes back to what is kept now, as a store does with its backup */
  backUp(): () => void {
    const backup = structuredClone(this.#kept);
    return () => {
      this.#kept = structuredClone(backup);
      this.#holders.clear();
    };
  }
}
