// CONS1 to CONS5: where consumers keep how far they have got.
import type { ConversationId, Cursor } from '@kith/protocol';
import { expect, test } from 'vitest';
import { freshId } from './log-world.js';
import type { SearchWorld } from './search-world.js';

export function consumerRules(world: SearchWorld): void {
  const freshName = () => `consumer ${freshId()}`;
  const stores = () => [world.setup.consumers, world.setup.other.consumers] as const;

  test('[CONS1] a mark is null until one was kept, then the last one, of each consumer, on every node', async () => {
    const [name, other] = [freshName(), freshName()];
    const [store, second] = stores();
    expect(await store.mark(name)).toBeNull();
    await store.saveMark(name, 'a.1.2' as Cursor);
    await second.saveMark(name, 'a.1.3' as Cursor);
    expect([await store.mark(name), await second.mark(name)]).toEqual(['a.1.3', 'a.1.3']);
    expect(await store.mark(other)).toBeNull();
  });

  test('[CONS2] positions are those that were raised, of each consumer and conversation; others are left out', async () => {
    const [name, other] = [freshName(), freshName()];
    const [store, second] = stores();
    const [one, two] = [await world.conversation(), await world.conversation()];
    const nowhere = freshId<ConversationId>();
    await store.raise(name, [{ conversation: one, epoch: 1, seq: 7 }]);
    await store.raise(other, [{ conversation: two, epoch: 1, seq: 8 }]);
    await store.raise(name, []);
    expect(await second.positions(name, [one, two, nowhere])).toEqual(new Map([[one, { epoch: 1, seq: 7 }]]));
    expect(await second.positions(name, [])).toEqual(new Map());
  });

  test('[CONS3] a position only rises, by epoch and then by number, whoever raises it', async () => {
    const name = freshName();
    const place = await world.conversation();
    const [store, second] = stores();
    const raise = async (epoch: number, seq: number) => {
      await (seq % 2 === 0 ? store : second).raise(name, [{ conversation: place, epoch, seq }]);
      return (await store.positions(name, [place])).get(place);
    };
    expect(await raise(1, 5)).toEqual({ epoch: 1, seq: 5 });
    expect(await raise(1, 4)).toEqual({ epoch: 1, seq: 5 });
    expect(await raise(2, 1)).toEqual({ epoch: 2, seq: 1 });
    expect(await raise(1, 9)).toEqual({ epoch: 2, seq: 1 });
    expect(await raise(2, 2)).toEqual({ epoch: 2, seq: 2 });
  });

  test('[CONS4] every conversation is listed once, with epoch and head, page by page', async () => {
    const made = [await world.conversation(3), await world.conversation(), await world.conversation(2)];
    const [store] = stores();
    const listed = new Map<ConversationId, { readonly epoch: number; readonly head: number }>();
    let after: string | null = null;
    do {
      const { items, next }: Awaited<ReturnType<typeof store.conversations>> = await store.conversations({
        after,
        limit: 2,
      });
      expect(items.length).toBeLessThanOrEqual(2);
      for (const { id, epoch, head } of items) {
        expect(listed.has(id)).toBe(false);
        listed.set(id, { epoch, head });
      }
      after = next;
    } while (after !== null);
    expect(made.map((id) => listed.get(id)?.head)).toEqual([4, 2, 3]);
    const records = await world.setup.log.records(made);
    expect(made.map((id) => listed.get(id)?.epoch)).toEqual(made.map((id) => records.get(id)?.state.epoch));
  });

  test('[CONS5] one node at a time holds a consumer, until its time is over or it lets go', async () => {
    const [name, other] = [freshName(), freshName()];
    const [store, second] = stores();
    expect(await store.hold(name, 'one', 60_000)).toBe(true);
    expect(await second.hold(name, 'two', 60_000)).toBe(false);
    expect(await second.hold(other, 'two', 60_000)).toBe(true);
    expect(await store.hold(name, 'one', 60_000)).toBe(true);
    expect(await store.hold(name, 'one', 0)).toBe(true);
    expect(await second.hold(name, 'two', 60_000)).toBe(true);
    expect(await store.hold(name, 'one', 0)).toBe(false);
    const fresh = freshName();
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((node) => store.hold(fresh, node, 60_000)));
    expect(answers.filter(Boolean)).toHaveLength(1);
  });
}
