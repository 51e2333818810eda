import 'fake-indexeddb/auto';
import { lastingStoreContract } from '@kith/testkit/contracts/lasting-store';
import { replicaStoreContract, sharedStoreContract } from '@kith/testkit/contracts/replica-store';
import { contentsOf, message, messages, mixed, reasonOf } from '@kith/testkit/contracts/replica-store-world';
import { forceCloseDatabase } from 'fake-indexeddb';
import { deleteDB, openDB } from 'idb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { IndexedDbStores } from './indexeddb.js';
import type { Step } from './versions.js';

// What the tests touch of the platform: they are compiled without a browser's types.
type Transaction = { readonly db: { readonly name: string }; _abort(error: string): void };
type Store = { readonly name: string; readonly transaction: Transaction };
type Request = EventTarget & { readonly result: { readonly length: number } };
type Platform = {
  readonly indexedDB: { open(...args: unknown[]): Request; databases(): Promise<readonly { readonly name: string }[]> };
  readonly IDBObjectStore: {
    readonly prototype: { put(...args: unknown[]): Request; getAll(...args: unknown[]): Request };
  };
};
const { indexedDB, IDBObjectStore } = globalThis as unknown as Platform;

/** Transactions of the databases `small:…` end for want of room, as a browser ends them, after so many puts. */
const ROOM = 400;
const puts = new WeakMap<Transaction, number>();
const { put } = IDBObjectStore.prototype;
IDBObjectStore.prototype.put = function (this: Store, ...args) {
  const { transaction } = this;
  const request = put.apply(this as never, args);
  const count = (puts.get(transaction) ?? 0) + 1;
  puts.set(transaction, count);
  if (count === ROOM && transaction.db.name.startsWith('small:')) {
    setTimeout(() => transaction._abort('QuotaExceededError'));
  }
  return request;
};

async function makeDevice() {
  return {
    run: async () => new IndexedDbStores(),
    small: async () => new IndexedDbStores({ prefix: 'small:' }),
    // Another tab, or the person.
    wipe: (name: string) => deleteDB(`kith:${name}`),
    later: async (steps: readonly Step[]) => new IndexedDbStores({ steps }),
    refused: async () => {
      const stores = new IndexedDbStores();
      return {
        isDurable: true,
        remove: (name: string) => stores.remove(name),
        open: (name: string) => {
          Reflect.deleteProperty(globalThis, 'indexedDB');
          return stores.open(name).finally(() => Object.assign(globalThis, { indexedDB }));
        },
      };
    },
    close: async () => {},
  };
}

replicaStoreContract('the store in IndexedDB', makeDevice);
lastingStoreContract('the store in IndexedDB', makeDevice);
sharedStoreContract('the store in IndexedDB', makeDevice);

describe('a store in IndexedDB', () => {
  let names = 0;
  const freshName = () => {
    names += 1;
    return `special ${names}`;
  };
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  /** The browser's side of the last connection that was opened. */
  function watchConnections(): { last: unknown } {
    const seen: { last: unknown } = { last: null };
    const open = indexedDB.open.bind(indexedDB);
    vi.spyOn(indexedDB, 'open').mockImplementation((...args) => {
      const request = open(...args);
      request.addEventListener('success', () => {
        seen.last = request.result;
      });
      return request;
    });
    return seen;
  }

  it('goes on where the browser ended the connection by itself', async () => {
    const connections = watchConnections();
    const store = await new IndexedDbStores().open(freshName());
    await store.write(mixed(1, messages(1, 3)));
    if (connections.last) forceCloseDatabase(connections.last as never);
    await Promise.all([store.write(mixed(2, [message(4)])), store.write(mixed(3, [message(5)]))]);
    expect((await contentsOf(store)).entries).toEqual(messages(1, 5));
  });

  it('[STO12] is gone, and not begun anew, where the browser ended the connection and removed it', async () => {
    const connections = watchConnections();
    const name = freshName();
    const store = await new IndexedDbStores().open(name);
    await store.write(mixed(1, messages(1, 3)));
    if (connections.last) forceCloseDatabase(connections.last as never);
    await deleteDB(`kith:${name}`);
    expect(await reasonOf(store.write(mixed(2, [])))).toBe('gone');
    expect((await indexedDB.databases()).map((database) => database.name)).not.toContain(`kith:${name}`);
  });

  it('gives way to a tab with a later version, and is gone then', async () => {
    const name = freshName();
    const store = await new IndexedDbStores().open(name);
    await store.write(mixed(1, messages(1, 3)));
    const later = await new IndexedDbStores({ steps: [(_part, value) => value] }).open(name);
    expect(await reasonOf(store.write(mixed(2, [])))).toBe('gone');
    expect((await contentsOf(later)).entries).toEqual(messages(1, 3));
  });

  it('is blocked where the browser does not answer, and closes a connection that comes too late', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const name = freshName();
    const late: (() => void)[] = [];
    vi.stubGlobal('setImmediate', (task: () => void) => late.push(task));
    const reason = reasonOf(new IndexedDbStores().open(name));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await reason).toBe('blocked');
    vi.unstubAllGlobals();
    vi.useRealTimers();
    const connections = watchConnections();
    for (const task of late) task();
    // One that were left open would be asked to go, and this would wait for it.
    const blocked = vi.fn();
    const later = await openDB(`kith:${name}`, 9, { blocked });
    later.close();
    expect(blocked).not.toHaveBeenCalled();
    expect(connections.last).not.toBeNull();
  });

  it('[STO15] is blocked where the browser refuses, and full where it has no room to open', async () => {
    for (const [error, reason] of [
      ['SecurityError', 'blocked'],
      ['InvalidStateError', 'blocked'],
      ['QuotaExceededError', 'full'],
    ] as const) {
      vi.spyOn(indexedDB, 'open').mockImplementation(() => {
        throw new DOMException('no', error);
      });
      expect(await reasonOf(new IndexedDbStores().open(freshName()))).toBe(reason);
    }
  });

  it('reads neither all entries at the start, nor more than a page of a long history', async () => {
    const name = freshName();
    const store = await new IndexedDbStores().open(name);
    for (let from = 1; from <= 20_000; from += 2_000) await store.write({ entries: messages(from, from + 1_999) });
    const getAll = vi.spyOn(IDBObjectStore.prototype, 'getAll');
    const read: number[] = [];
    await store.load();
    expect(getAll.mock.contexts.map((context) => (context as unknown as Store).name)).not.toContain('entries');
    getAll.mockClear();
    for (const nearest of ['from', 'to'] as const) {
      const query = { conversation: message(1).conversation, from: 1, to: Number.MAX_SAFE_INTEGER, limit: 50, nearest };
      read.push((await store.entries(query)).length);
    }
    const results = getAll.mock.results.map(({ value }) => (value as Request).result.length);
    expect([read, results]).toEqual([
      [50, 50],
      [50, 50],
    ]);
  });
});
