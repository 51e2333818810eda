import { describe, expect, it } from 'vitest';
import { localKeyValues, memoryKeyValues } from './key-values.js';

/** A localStorage that is blocked, full, or there. */
class Local {
  readonly texts = new Map<string, string>();
  isFull = false;
  getItem(name: string): string | null {
    return this.texts.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    if (this.isFull) throw new DOMException('full', 'QuotaExceededError');
    this.texts.set(name, value);
  }
  removeItem(name: string): void {
    this.texts.delete(name);
  }
}

const blocked = (): never => {
  throw new DOMException('denied', 'SecurityError');
};
const STORES = {
  'in memory': () => memoryKeyValues(),
  'in localStorage': () => {
    const local = new Local();
    return localKeyValues(() => local);
  },
  'where localStorage is forbidden': () => localKeyValues(blocked),
  'where localStorage is full': () => {
    const local = new Local();
    local.isFull = true;
    return localKeyValues(() => local);
  },
};

describe.each(Object.entries(STORES))('small texts %s', (_, make) => {
  it('are there until they are removed', async () => {
    const store = make();
    await expect(store.get('a')).resolves.toBeNull();
    await store.set('a', '1');
    await store.set('b', '2');
    await store.set('a', '3');
    await expect(store.get('a')).resolves.toBe('3');
    await store.remove('a');
    await expect(store.get('a')).resolves.toBeNull();
    await expect(store.get('b')).resolves.toBe('2');
  });
});

describe('small texts in localStorage', () => {
  it('are seen by other tabs', async () => {
    const local = new Local();
    await localKeyValues(() => local).set('a', '1');
    await expect(localKeyValues(() => local).get('a')).resolves.toBe('1');
  });

  it('are right in this run when it has become full, and leave no older text for the others', async () => {
    const local = new Local();
    const store = localKeyValues(() => local);
    await store.set('a', 'old');
    local.isFull = true;
    await store.set('a', 'new');
    await expect(store.get('a')).resolves.toBe('new');
    expect(local.texts.has('a')).toBe(false);
    local.isFull = false;
    await store.set('a', 'newest');
    expect(local.texts.get('a')).toBe('newest');
    await expect(store.get('a')).resolves.toBe('newest');
  });
});
