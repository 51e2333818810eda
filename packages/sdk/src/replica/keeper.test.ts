import type { TimelineItem } from '@kith/protocol';
import { contentsOf, messages, mixed } from '@kith/testkit/contracts/replica-store-world';
import { FakeClock, settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStores } from '../storage/memory.js';
import { type Batch, type EntryQuery, type ReplicaStore, StorageError } from '../storage/replica-store.js';
import { Keeper } from './keeper.js';

const CONVERSATION = messages(1, 1)[0]?.conversation ?? '';

/** A store in memory that can be slow, and refuse. */
class SlowStore implements ReplicaStore {
  readonly batches: Batch[] = [];
  isSlow = false;
  refuses: ((batch: Batch) => Error | null) | null = null;
  readonly #inside: ReplicaStore;
  #held: (() => void)[] = [];

  constructor(inside: ReplicaStore) {
    this.#inside = inside;
  }

  load = () => this.#inside.load();
  entries = (query: EntryQuery) => this.#inside.entries(query);
  clear = () => this.#inside.clear();
  close = () => this.#inside.close();

  async write(batch: Batch): Promise<void> {
    this.batches.push(batch);
    if (this.isSlow) await new Promise<void>((resolve) => this.#held.push(resolve));
    const error = this.refuses?.(batch);
    if (error) throw error;
    await this.#inside.write(batch);
  }

  /** Lets what is held be written; later batches are held again. */
  goOn(): Promise<void> {
    for (const release of this.#held.splice(0)) release();
    return settle();
  }
}

describe('the keeper', () => {
  let clock: FakeClock;
  let store: SlowStore;
  let keeper: Keeper;
  beforeEach(async () => {
    clock = new FakeClock();
    store = new SlowStore(await new MemoryStores().open('ann'));
    keeper = new Keeper({ store, clock });
  });

  const marks = () => store.batches.map(({ meta }) => (meta?.get('cursor') as { mark: number } | undefined)?.mark);

  it('writes what came in one turn as one batch, and what came during a write as the next one', async () => {
    store.isSlow = true;
    const kept = [keeper.keep(mixed(1, messages(1, 2))), keeper.keep(mixed(2, messages(3, 3)))];
    await settle();
    for (const mark of [3, 4, 5]) kept.push(keeper.keep(mixed(mark, messages(mark + 1, mark + 1))));
    await settle();
    expect(marks()).toEqual([2]);
    await store.goOn();
    expect(marks()).toEqual([2, 5]);
    await store.goOn();
    await Promise.all(kept);
    expect((await contentsOf(store)).entries).toEqual(messages(1, 6));
    expect(clock.pending).toBe(0);
  });

  it('drops in a merged batch what was to be dropped when it came, and keeps what came after', async () => {
    const drop = [{ conversation: CONVERSATION, from: 2, to: 9 }];
    void keeper.keep({ entries: messages(1, 4) });
    void keeper.keep({ drop, entries: messages(3, 3) });
    await keeper.settled();
    expect(store.batches).toHaveLength(1);
    expect((await contentsOf(store)).entries.map(({ seq }) => seq)).toEqual([1, 3]);
  });

  it('settles when everything before the call is kept, and not sooner', async () => {
    store.isSlow = true;
    void keeper.keep(mixed(1, []));
    await settle();
    void keeper.keep(mixed(2, []));
    const seen: string[] = [];
    void keeper.settled().then(() => seen.push('settled'));
    await store.goOn();
    expect(seen).toEqual([]);
    await store.goOn();
    expect(seen).toEqual(['settled']);
  });

  it('reads entries as they are after all that was kept before', async () => {
    void keeper.keep({ entries: messages(1, 5) });
    const query = { conversation: CONVERSATION, from: 2, to: 9, limit: 9, nearest: 'from' } as const;
    expect(await keeper.entries(query)).toEqual(messages(2, 5));
  });

  it('goes on in memory where storage fails: nothing of the replica is written any more, and it is said once', async () => {
    const said: unknown[] = [];
    keeper.storage.subscribe(() => said.push(keeper.storage.getSnapshot()));
    store.refuses = ({ entries }) => ((entries?.length ?? 0) > 2 ? new StorageError('full', 'no room') : null);
    await keeper.keep(mixed(1, messages(1, 2)));
    expect(keeper.isKeeping).toBe(true);
    const refused = { meta: new Map([['cursor', { mark: 2 }]]), entries: messages(3, 6) };
    await expect(keeper.keep(refused)).rejects.toMatchObject({ reason: 'full' });
    await expect(keeper.keep({ meta: refused.meta })).rejects.toMatchObject({ reason: 'full' });
    expect(keeper.isKeeping).toBe(false);
    expect(said).toEqual([{ kind: 'memory', reason: 'full' }]);
    const { meta, entries } = await contentsOf(store);
    expect([meta.get('cursor'), entries]).toEqual([{ mark: 1 }, messages(1, 2)]);
    const query = { conversation: CONVERSATION, from: 1, to: 9, limit: 9, nearest: 'from' } as const;
    expect(await keeper.entries(query)).toBeNull();
  });

  it('keeps what waits to be sent where the rest has no room, in the batch that failed and in later ones', async () => {
    store.refuses = ({ entries }) => (entries?.length ? new StorageError('full', 'no room') : null);
    await keeper.keep(mixed(1, messages(1, 2)));
    await keeper.keep(mixed(2, []));
    expect([...(await keeper.load()).outbox.keys()]).toEqual(['key 1', 'key 2']);
    expect((await keeper.load()).meta.size).toBe(0);
  });

  it('says that a store is gone that throws what it should not, or does not answer, or lets too much pile up', async () => {
    store.refuses = () => new Error('a bug');
    await expect(keeper.keep(mixed(1, []))).rejects.toMatchObject({ reason: 'gone' });

    keeper = new Keeper({ store, clock });
    store.refuses = null;
    store.isSlow = true;
    const silent = expect(keeper.keep(mixed(1, []))).rejects.toMatchObject({ reason: 'gone' });
    await clock.advanceAsync(30_000);
    await silent;

    keeper = new Keeper({ store, clock });
    void keeper.keep(mixed(1, []));
    await settle();
    const piled: Promise<void>[] = [];
    for (let from = 1; keeper.isKeeping && from < 100_000; from += 1_000) {
      piled.push(keeper.keep({ entries: messages(from, from + 999) }));
    }
    expect(piled.length).toBeLessThan(30);
    await store.goOn();
    await expect(piled[0]).rejects.toMatchObject({ reason: 'gone' });
    expect(clock.pending).toBe(0);
  });

  it('leaves the writing to another tab while that one leads, and reads what it wrote', async () => {
    keeper.lead(false);
    await expect(keeper.keep({ meta: new Map([['mark', { n: 1 }]]) })).rejects.toBeInstanceOf(StorageError);
    expect(store.batches).toEqual([]);
    expect(keeper.storage.getSnapshot()).toEqual({ kind: 'durable' });
    await store.write({ entries: messages(1, 1) as TimelineItem[] });
    const query = { conversation: CONVERSATION, from: 1, to: 9, limit: 9, nearest: 'from' } as const;
    expect(await keeper.entries(query)).toHaveLength(1);
    keeper.lead(true);
    await keeper.keep(mixed(2, []));
    expect(marks()).toEqual([undefined, 2]);
  });

  it('keeps what is to be sent also while another tab leads, and nothing else of the same turn', async () => {
    keeper.lead(false);
    const outbox = new Map([['key', { text: 'later' }]]);
    await keeper.keep({ ...mixed(1, []), outbox });
    expect(store.batches).toHaveLength(1);
    expect((await store.load()).outbox).toEqual(outbox);
    expect(marks()).toEqual([undefined]);
  });

  it('waits at its end for what is being written', async () => {
    store.isSlow = true;
    const keeping = keeper.keep(mixed(1, []));
    await settle();
    const closing = keeper.close();
    await store.goOn();
    await Promise.all([closing, keeping]);
    await expect(store.load()).rejects.toMatchObject({ reason: 'gone' });
  });
});
